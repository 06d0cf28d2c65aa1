"""Snapshots through the feed path: delivered, read, applied, reconciled, against the time a person waits and bare SQL.

Everything runs in processes of their own (`python -m bench.figures.snapshots`), as the owner of the instance's database, in
a transaction that is rolled back; one process takes the deliveries in and tells how much memory it took.
"""

import json
import resource
import statistics
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from bench.apart import measured_apart
from bench.instance import Instance
from bench.registry import Measured, figure

SMALL, LARGE = 100_000, 1_000_000
WITHIN_S, MEMORY_MIB = 6.0, 400.0
ROUNDS = 3
#: One line in so many differs, and one in so many moved since the snapshot.
DIFFERS, MOVED = 400, 100


@cache
def _measured(instance: Instance) -> dict[str, list[Any]]:
    whole = measured_apart(instance, "bench.figures.snapshots", "all")
    made: dict[str, list[Any]] = json.loads(whole.note)
    return made


@figure("snapshot_100k_s", unit="s", goal=1.0, better="lower")
def snapshot_small(instance: Instance) -> Measured:
    """A delivery of 100,000 snapshot lines (JSON) from received to reconciled, against six seconds."""
    return Measured(*_measured(instance)["small"])


@figure("snapshot_1m_s", unit="s", goal=1.5, better="lower")
def snapshot_large(instance: Instance) -> Measured:
    """A delivery of 1,000,000 lines (CSV), against COPY, ANALYZE and a full join in bare SQL in the same run."""
    return Measured(*_measured(instance)["large"])


@figure("snapshot_1m_memory_mib", unit="MiB", goal=1.0, better="lower")
def snapshot_memory(instance: Instance) -> Measured:
    """The most memory of the process that takes 1,000,000 lines in, against 400 MiB."""
    return Measured(*_measured(instance)["memory"])


# -- in the process of its own ---------------------------------------------------------------------------------------

FILL = """
INSERT INTO catalog_product (sku, name, unit, barcode, status, tax_class, net_content_unit, abc_class)
    SELECT 'SNAP-' || lpad(k::text, 7, '0'), 'Snapshot product ' || k, 'pcs', '', 'active', 'standard', '', ''
    FROM generate_series(1, %(lines)s) AS s (k);
INSERT INTO inventory_balance (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value,
    in_transit_value, pair_on_hand, pair_value, last_cost, last_occurred_at)
SELECT %(site)s, id, '', 'available', 0, n, 0, 0, n * 2, 0, n, n * 2, 2, %(at)s - interval '9 days'
FROM catalog_product, LATERAL (SELECT CASE WHEN id %% %(moved)s = 0 THEN 9 ELSE 10 END AS n) held WHERE sku LIKE 'SNAP-%%';
INSERT INTO inventory_movement (reference, kind, state, occurred_at, recorded_at, reason, source, event_id, note)
    VALUES ('SNAP', 'sale', 'posted', %(at)s + interval '30 minutes', now(), '', 'bench', 0, '');
INSERT INTO inventory_entry (movement_id, line, location_id, counter_id, product_id, lot, quantity, unit_cost, value,
    currency, occurred_at, event_id, recorded_at)
SELECT m.id, p.id %% 30000, v.location, v.counter, p.id, '', v.quantity, 2, v.quantity * 2, 'GBP', m.occurred_at, 0,
       m.recorded_at
FROM inventory_movement m, catalog_product p,
     LATERAL (VALUES (%(site)s, -2, -1::numeric), (-2, %(site)s, 1::numeric)) v (location, counter, quantity)
WHERE m.reference = 'SNAP' AND p.sku LIKE 'SNAP-%%' AND p.id %% %(moved)s = 0;
ANALYZE catalog_product, inventory_balance, inventory_entry, inventory_movement;
"""

BARE = """
CREATE TEMP TABLE bare_difference ON COMMIT DROP AS
SELECT coalesce(p.id, b.product_id) AS product_id, c.sku, c.quantity AS counted, b.on_hand AS book
FROM bare_count c JOIN catalog_product p ON p.sku = c.sku
FULL JOIN (SELECT product_id, sum(on_hand) AS on_hand FROM inventory_balance WHERE site_id = %s GROUP BY 1) b
    ON b.product_id = p.id
WHERE coalesce(c.quantity, 0) <> coalesce(b.on_hand, 0)
"""


def _site() -> Any:
    """A warehouse of its own."""
    from catalog.models import Site

    like = Site.objects.order_by("pk")[0]
    names = ("region_id", "country", "legal_entity_id", "channel_id", "operator")
    same = {name: getattr(like, name) for name in names}
    return Site.objects.create(
        code="SNAP-1", name="Snapshots", kind="warehouse", timezone="Europe/London", currency="GBP", **same
    )


def _counted(k: int) -> int:
    return 8 if k % DIFFERS == 0 else 10


def _csv(site: str, at: datetime, count: int) -> bytes:
    """A file, written some lines at a time: making it takes no more memory than its bytes."""
    tail, made = at.isoformat(), BytesIO()
    made.write(b"site,sku,quantity,taken_at\n")
    for start in range(1, count + 1, 10_000):
        stop = min(start + 10_000, count + 1)
        rows = "".join(f"{site},SNAP-{k:07},{_counted(k)},{tail}\n" for k in range(start, stop))
        made.write(rows.encode())
    return made.getvalue()


def _json(site: str, at: datetime, count: int) -> bytes:
    rows = ",".join(f'{{"sku":"SNAP-{k:07}","quantity":"{_counted(k)}"}}' for k in range(1, count + 1))
    return f'{{"site":"{site}","taken_at":"{at.isoformat()}","complete":false,"lines":[{rows}]}}'.encode()


def _deliver(bodies: list[bytes], name: str) -> tuple[float, Any]:
    """Seconds from the bytes' arrival until they are reconciled, and the reconciliation; the last of `bodies` goes."""
    from feeds import actions
    from feeds.models import Feed
    from inventory.models import Reconciliation
    from lib.actors import job, system

    feed = Feed.objects.get(name="snapshots")
    began_s = time.perf_counter()
    delivery = actions.receive_file(
        actor=system("bench"), feed=feed, filename=name, body=bodies.pop(), is_claimed=True
    )
    done = actions.apply_delivery(actor=job("feeds.process"), delivery_id=delivery.pk, attempt=1)
    spent_s = time.perf_counter() - began_s
    if done.state != "applied":
        raise AssertionError(f"{done.state} {done.error_code} {done.error}")
    return spent_s, Reconciliation.objects.order_by("-pk").first()


def _bare(cursor: Any, body: bytes, site_id: int) -> float:
    cursor.execute("SET LOCAL work_mem = '128MB'")
    began_s = time.perf_counter()
    cursor.execute(
        "CREATE TEMP TABLE bare_count (site text, sku text, quantity numeric, taken_at timestamptz) ON COMMIT DROP"
    )
    cursor.copy_expert("COPY bare_count FROM STDIN (FORMAT csv, HEADER)", BytesIO(body))
    cursor.execute("ANALYZE bare_count")
    cursor.execute(BARE, [site_id])
    spent_s = time.perf_counter() - began_s
    cursor.execute("DROP TABLE bare_count, bare_difference")
    return spent_s


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Fill, measure, roll back; one line of JSON."""
    import django

    django.setup()
    from django.db import connection, transaction

    at = (datetime.now(UTC) - timedelta(hours=2)).replace(microsecond=0)
    ours: list[float] = []
    bare: list[float] = []
    with transaction.atomic(), connection.cursor() as cursor:
        site = _site()
        cursor.execute(FILL, {"lines": LARGE, "site": site.pk, "at": at, "moved": MOVED})
        small = [
            _deliver([_json(site.code, at + timedelta(seconds=n), SMALL)], "small.json")[0]
            for n in range(ROUNDS)
        ]
        for number in range(ROUNDS):
            bodies = [_csv(site.code, at + timedelta(minutes=number), LARGE)]
            bare.append(_bare(cursor, bodies[0], site.pk))
            spent_s, found = _deliver(bodies, "large.csv")
            ours.append(spent_s)
        note = f"{found.matched:,} lines matched, {found.differing:,} differ; rounds {[round(s, 2) for s in ours]}"
        transaction.set_rollback(True)
    made = {
        "small": [statistics.median(small), WITHIN_S, "received, read, applied, reconciled"],
        "large": [statistics.median(ours), statistics.median(bare), note],
        "memory": [_peak_mib(), MEMORY_MIB, "the whole process, with Django and the file's own bytes"],
    }
    print(json.dumps({"value": 0, "limit": 0, "note": json.dumps(made)}))


if __name__ == "__main__":
    main()
