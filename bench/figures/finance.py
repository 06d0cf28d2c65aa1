"""Half a million sale lines matched with a settlement of as many lines, and a month of a million entries vouchered.

Both against the barest statement over the same rows in the same run. Everything runs in a process of its own
(`python -m bench.figures.finance`), as the owner of the instance's database, in one transaction that is rolled back.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from bench.apart import measured_apart
from bench.instance import Instance
from bench.registry import Measured, figure

ORDERS = 500_000
PRODUCTS = 2_000
#: One order in so many is paid too low, one in so many with too much commission.
SHORT, DEAR = 500, 300


@cache
def _measured(instance: Instance) -> dict[str, list[Any]]:
    made: dict[str, list[Any]] = json.loads(measured_apart(instance, "bench.figures.finance", "all").note)
    return made


@figure("settlement_500k_s", unit="s", goal=8.0, better="lower")
def settlement(instance: Instance) -> Measured:
    """500,000 settlement lines compared with 500,000 sale lines and kept, against summing and joining both in bare SQL."""
    return Measured(*_measured(instance)["settlement"])


@figure("voucher_1m_s", unit="s", goal=12.0, better="lower")
def voucher(instance: Instance) -> Measured:
    """A month of 1,000,000 entries and 500,000 sale lines vouchered with control totals, against one bare sum of the entries."""
    return Measured(*_measured(instance)["voucher"])


# -- in the process of its own ---------------------------------------------------------------------------------------

FILL = """
INSERT INTO catalog_channel (code, name, commission_fraction) VALUES ('FINB', 'Bench', 0.1);
INSERT INTO catalog_legalentity (code, name, country, currency) VALUES ('FINB', 'Bench', 'GB', 'GBP');
INSERT INTO catalog_region (code, name) VALUES ('FINB', 'Bench');
INSERT INTO catalog_site (code, name, kind, region_id, country, timezone, currency, legal_entity_id, operator, channel_id, opening_hours)
SELECT 'FINB', 'Bench', 'online', r.id, 'GB', 'UTC', 'GBP', e.id, 'own', c.id, '{}'
FROM catalog_region r, catalog_legalentity e, catalog_channel c WHERE r.code = 'FINB' AND e.code = 'FINB' AND c.code = 'FINB';
INSERT INTO catalog_product (sku, name, category_id, unit, barcode, status, tax_class, net_content_unit, abc_class)
SELECT 'FINB-' || k, 'Bench ' || k, (SELECT min(id) FROM catalog_category), 'pcs', '', 'active', 'standard', '', ''
FROM generate_series(1, %(products)s) AS s (k);
SELECT steelyard_ensure_partition('inventory_entry', '2026-02-01');
CREATE TEMP TABLE fin ON COMMIT DROP AS
SELECT k, p.id AS product_id, s.id AS site_id, s.channel_id,
       timestamptz '2026-02-01 01:00Z' + k %% 640 * interval '1 hour' AS at, 900000000000 + k AS movement_id
FROM generate_series(1, %(orders)s) AS g (k)
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM catalog_product WHERE sku LIKE 'FINB-%%') p ON p.n = k %% %(products)s
CROSS JOIN (SELECT id, channel_id FROM catalog_site WHERE code = 'FINB') s;
INSERT INTO inventory_movement (id, reference, kind, state, occurred_at, recorded_at, reason, source, event_id, note)
SELECT movement_id, 'FINB-' || k, 'sale', 'posted', at, at, '', 'bench', 0, '' FROM fin;
INSERT INTO inventory_entry (id, movement_id, line, location_id, counter_id, product_id, quantity, unit_cost, value, currency,
    occurred_at, event_id, recorded_at)
SELECT 900000000000 + 2 * k + w, movement_id, 0, CASE w WHEN 0 THEN site_id ELSE -2 END, CASE w WHEN 0 THEN -2 ELSE site_id END,
       product_id, CASE w WHEN 0 THEN -1 ELSE 1 END, 2, CASE w WHEN 0 THEN -2.123456 ELSE 2.123456 END, 'GBP', at, 0, at
FROM fin CROSS JOIN (VALUES (0), (1)) AS v (w);
INSERT INTO inventory_balance (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value, in_transit_value,
    pair_on_hand, pair_value, is_layered)
SELECT site_id, product_id, '', 'available', 0, -count(*), 0, 0, count(*) * -2.123456, 0, -count(*), count(*) * -2.123456, false
FROM fin GROUP BY 1, 2;
INSERT INTO sales_saleline (site_id, channel_id, product_id, quantity, unit_price, currency, sold_at, reference, movement_id, recorded_at)
SELECT site_id, channel_id, product_id, 1, 12, 'GBP', at, 'FINB-' || k, movement_id, at FROM fin;
INSERT INTO finance_settlementline (channel_id, payout, order_reference, sku, gross, commission, fees, refunds, currency, "on", source)
SELECT channel_id, 'P-' || k %% 10, 'FINB-' || k, '', CASE WHEN k %% %(short)s = 0 THEN 11 ELSE 12 END,
       CASE WHEN k %% %(dear)s = 0 THEN 2 WHEN k %% %(short)s = 0 THEN 1.1 ELSE 1.2 END, 0, 0, 'GBP', date '2026-03-02', ''
FROM fin;
ANALYZE catalog_product, inventory_movement, inventory_entry, sales_saleline, finance_settlementline, inventory_balance;
"""

BARE_JOIN = """
CREATE TEMP TABLE bare ON COMMIT DROP AS
SELECT coalesce(t.reference, o.reference) AS reference, t.gross, o.paid
FROM (SELECT order_reference AS reference, sum(gross) AS gross FROM finance_settlementline GROUP BY 1) t
FULL JOIN (SELECT reference, sum(quantity * unit_price) AS paid FROM sales_saleline
           WHERE sold_at >= '2026-01-01' AND sold_at < '2026-03-03' GROUP BY 1) o USING (reference)
"""

BARE_SUM = """
SELECT e.location_id, e.counter_id, e.currency, p.category_id, sum(e.value), sum(e.quantity), count(*)
FROM inventory_entry e JOIN catalog_product p ON p.id = e.product_id
WHERE e.occurred_at >= '2026-02-01' AND e.occurred_at < '2026-03-01' AND e.recorded_at >= '2026-01-31'
GROUP BY 1, 2, 3, 4
"""


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began_s = time.perf_counter()
    answer = work()
    return time.perf_counter() - began_s, answer


def _settlement(cursor: Any) -> list[Any]:
    from finance.actions.matching import compare
    from lib import actors, clock

    bare_s, _none = _timed(lambda: cursor.execute(BARE_JOIN))
    with clock.frozen(datetime(2026, 3, 20, tzinfo=UTC)):
        taken_s, found = _timed(lambda: compare(actor=actors.system("bench"), matching="settlement"))
    differing = ORDERS // SHORT + ORDERS // DEAR - ORDERS // 1500
    assert found.keys >= ORDERS and found.differing >= differing, found
    return [
        taken_s,
        bare_s,
        f"{found.matched:,} matched by machine, {found.differing:,} in {len(found.opened)} disputes",
    ]


def _voucher(cursor: Any) -> list[Any]:
    from finance.actions.vouchers import make_vouchers
    from lib import actors

    bare_s, _none = _timed(lambda: cursor.execute(BARE_SUM))
    actor, month = actors.system("bench"), (date(2026, 2, 1), date(2026, 3, 1))
    taken_s, made = _timed(lambda: make_vouchers(actor=actor, start=month[0], until=month[1], entity="FINB"))
    assert made[0].entries == ORDERS and made[0].debits == made[0].credits, made
    return [taken_s, bare_s, f"{made[0].lines.count()} lines, value {made[0].value:.2f}"]


def main() -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        values = {"orders": ORDERS, "products": PRODUCTS, "short": SHORT, "dear": DEAR}
        cursor.execute(FILL, values)
        found = {"settlement": _settlement(cursor), "voucher": _voucher(cursor)}
        print(json.dumps({"value": 0, "limit": 0, "note": json.dumps(found)}))
        transaction.set_rollback(True)


if __name__ == "__main__":
    assert sys.argv[1] == "all"
    main()
