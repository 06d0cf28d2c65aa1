"""Stock with five million entries and a million balances: any day's balance, a whole site, a close, the proof.

Everything runs in one process of its own (`python -m bench.figures.volume`), as the owner of the instance's database,
in one transaction that is rolled back; the four figures share it. The file's name puts it last, because the rows that
are rolled back stay in the instance's files.
"""

import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from bench.apart import measured_apart
from bench.instance import Instance
from bench.registry import Measured, figure

SITES, PRODUCTS, LINES = 20, 50_000, 2_500_000
ASKED = 200
DAY_WITHIN_MS, SITE_WITHIN_S, CLOSE_WITHIN_S, PROOF_WITHIN_S = 20.0, 1.0, 60.0, 60.0


@cache
def _measured(instance: Instance) -> dict[str, list[Any]]:
    whole = measured_apart(instance, "bench.figures.volume", "all")
    made: dict[str, list[Any]] = json.loads(whole.note)
    return made


@figure("balance_any_day_ms", unit="ms", goal=1.0, better="lower")
def balance_any_day(instance: Instance) -> Measured:
    """95 of 100 questions for one (site, product) as of any day among 5,000,000 entries, against 20 ms."""
    return Measured(*_measured(instance)["day"])


@figure("balance_whole_site_s", unit="s", goal=1.0, better="lower")
def balance_whole_site(instance: Instance) -> Measured:
    """All 50,000 balances of a site as of a day, as REST gives them, against one second."""
    return Measured(*_measured(instance)["site"])


@figure("period_close_1m_s", unit="s", goal=1.0, better="lower")
def period_close(instance: Instance) -> Measured:
    """Closing one month of 20 sites with 1,000,000 balances, against 60 seconds."""
    return Measured(*_measured(instance)["close"])


@figure("verify_ledger_5m_s", unit="s", goal=1.0, better="lower")
def verify_ledger(instance: Instance) -> Measured:
    """Every proof of verify_ledger over 5,000,000 entries, against 60 seconds."""
    return Measured(*_measured(instance)["proof"])


# -- in the process of its own ---------------------------------------------------------------------------------------

PLACES = """
INSERT INTO catalog_product (sku, name, unit, barcode, status, tax_class, net_content_unit, abc_class)
    SELECT 'VOL-' || lpad(k::text, 6, '0'), 'Volume product ' || k, 'pcs', '', 'active', 'standard', '', ''
    FROM generate_series(1, %(products)s) AS s (k);
CREATE TEMP TABLE volume_site ON COMMIT DROP AS
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM catalog_site WHERE code LIKE 'VOL-%%';
CREATE TEMP TABLE volume_product ON COMMIT DROP AS
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM catalog_product WHERE sku LIKE 'VOL-%%';
"""

# Two receipts of ten at 2.00 everywhere, a month apart, and a sale of three of every second pair since.
LINES_SQL = """
CREATE TEMP TABLE volume_line ON COMMIT DROP AS
SELECT k, s.id AS site_id, p.id AS product_id, k / pairs.of AS turn, k / 100 AS document,
       CASE k / pairs.of WHEN 0 THEN %(first)s WHEN 1 THEN %(second)s ELSE %(third)s END::timestamptz
           + ((k / 100) %% 20) * interval '1 day' AS occurred_at
FROM generate_series(0, %(lines)s - 1) AS g (k), (SELECT %(sites)s * %(products)s AS of) pairs,
     LATERAL (SELECT (k %% pairs.of) / %(products)s AS site, k %% %(products)s AS product) at,
     volume_site s, volume_product p
WHERE s.n = at.site AND p.n = at.product;
CREATE TEMP TABLE volume_document ON COMMIT DROP AS
SELECT document, turn, min(occurred_at) AS occurred_at, nextval('inventory_movement_id_seq') AS id
FROM volume_line GROUP BY 1, 2;
INSERT INTO inventory_movement (id, reference, kind, state, occurred_at, recorded_at, reason, source, event_id, note)
SELECT id, 'VOL', CASE turn WHEN 2 THEN 'sale' ELSE 'receipt' END, 'posted', occurred_at, now(), '', 'bench', 0, ''
FROM volume_document;
INSERT INTO inventory_entry (movement_id, line, location_id, counter_id, product_id, lot, quantity, unit_cost, value,
    currency, occurred_at, event_id, recorded_at)
SELECT d.id, l.k %% 100, v.location, v.counter, l.product_id, '', v.quantity, 2, v.quantity * 2, 'GBP', d.occurred_at, 0,
       now()
FROM volume_line l JOIN volume_document d USING (document, turn),
     LATERAL (SELECT CASE l.turn WHEN 2 THEN -2 ELSE -1 END AS other, CASE l.turn WHEN 2 THEN -3 ELSE 10 END AS moved) m,
     LATERAL (VALUES (l.site_id, m.other, m.moved::numeric), (m.other, l.site_id, -m.moved::numeric))
         v (location, counter, quantity);
INSERT INTO inventory_balance (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value,
    in_transit_value, pair_on_hand, pair_value, last_cost, last_occurred_at)
SELECT site_id, product_id, '', 'available', 0, quantity, 0, 0, quantity * 2, 0, quantity, quantity * 2, 2, latest
FROM (SELECT site_id, product_id, sum(CASE turn WHEN 2 THEN -3 ELSE 10 END) AS quantity, max(occurred_at) AS latest
      FROM volume_line GROUP BY 1, 2) b;
ANALYZE inventory_entry, inventory_balance, inventory_movement, catalog_product, catalog_site;
"""


def _months(now: datetime) -> list[datetime]:
    """Noon of the first of the month before last and of last month, and 20 days ago."""
    this = now.replace(day=1, hour=12, minute=0, second=0, microsecond=0)
    last = (this - timedelta(days=1)).replace(day=1)
    return [(last - timedelta(days=1)).replace(day=1), last, now - timedelta(days=20)]


def _sites() -> None:
    """Twenty sites like the first one, in London."""
    from catalog.models import Site

    like = Site.objects.order_by("pk")[0]
    same = {"kind": "store", "timezone": "Europe/London", "currency": "GBP"}
    for name in ("region_id", "country", "legal_entity_id", "channel_id", "operator"):
        same[name] = getattr(like, name)
    Site.objects.bulk_create(
        Site(code=f"VOL-{number}", name=f"Volume site {number}", **same) for number in range(1, SITES + 1)
    )


def _fill(cursor: Any) -> None:
    first, second, third = _months(datetime.now(UTC))
    values = {"sites": SITES, "products": PRODUCTS, "lines": LINES, "first": first, "second": second}
    cursor.execute("SET LOCAL work_mem = '256MB'")
    _sites()
    cursor.execute(PLACES, values)
    cursor.execute(LINES_SQL, values | {"third": third})
    cursor.execute("SET LOCAL work_mem TO DEFAULT")


def _spent_s(work: Callable[[], Any]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def _ask(site: str, sku: str, at: datetime, limit: int = 10) -> int:
    from inventory.queries.ledger import Asked, balance_page

    return len(balance_page(Asked(site, sku), at=at, known_at=None, after=None, limit=limit)[0])


def _days() -> list[Any]:
    now, draw = datetime.now(UTC), random.Random(7)
    spent_ms = []
    for _ in range(ASKED):
        sku, site = f"VOL-{draw.randint(1, PRODUCTS):06}", f"VOL-{draw.randint(1, SITES)}"
        at = now - timedelta(days=draw.uniform(0, 80))
        spent_ms.append(1000 * _spent_s(lambda: _ask(site, sku, at)))  # noqa: B023
    note = f"p50 {statistics.median(spent_ms):.1f} ms, the slowest {max(spent_ms):.1f} ms"
    return [statistics.quantiles(spent_ms, n=20)[-1], DAY_WITHIN_MS, note]


def _site() -> list[Any]:
    at, seen = datetime.now(UTC) - timedelta(days=9), []
    spent_s = [_spent_s(lambda: seen.append(_ask("VOL-7", "", at, PRODUCTS))) for _ in range(3)]
    return [statistics.median(spent_s), SITE_WITHIN_S, f"{seen[0]} balances"]


def _close() -> list[Any]:
    from inventory.actions.periods import close_period
    from lib.actors import system

    month, kept = _months(datetime.now(UTC))[0].date().replace(day=1), []

    def close_all() -> None:
        for number in range(1, SITES + 1):
            done = close_period(actor=system("bench"), site_code=f"VOL-{number}", month=month)
            kept.append(done.line_count)

    spent_s = _spent_s(close_all)
    return [spent_s, CLOSE_WITHIN_S, f"{sum(kept):,} balances kept"]


def _proof() -> list[Any]:
    from inventory.queries.verification import ledger_breaches, ledger_size

    found: list[str] = []
    spent_s = _spent_s(lambda: found.extend(ledger_breaches()))
    entries, balances = ledger_size()
    if found:
        raise AssertionError(found[:3])
    return [spent_s, PROOF_WITHIN_S, f"{entries:,} entries, {balances:,} balances, no breach"]


def main() -> None:
    """Fill, measure, roll back; one line of JSON."""
    import django

    django.setup()
    from django.db import connection, transaction

    made: dict[str, list[Any]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        spent_s = _spent_s(lambda: _fill(cursor))
        made |= {"day": _days(), "site": _site(), "close": _close(), "proof": _proof()}
        closed = [_days()[0], _site()[0]]
        made["day"][2] += f"; after a close p95 {closed[0]:.1f} ms; rows made in {spent_s:.0f} s"
        made["site"][2] += f"; after a close {closed[1]:.2f} s"
        transaction.set_rollback(True)
    print(json.dumps({"value": 0, "limit": 0, "note": json.dumps(made)}))


if __name__ == "__main__":
    main()
