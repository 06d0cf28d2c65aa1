"""Counts of both warehouses: what lies around them in the ledger, and figures with planted differences of each class.

All of it is simulated. Each warehouse's goods are put in a fixed order by a hash; the first places get the differences.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.backends.utils import CursorWrapper

from accounts.models import User
from catalog import queries
from catalog.actions import upsert_products
from demo.rules import number_sql
from inventory.actions.movements import post_movement
from inventory.actions.snapshots import CountedLine, SnapshotDraft, post_snapshot
from inventory.rules.differences import TIMING_WINDOW
from inventory.rules.drafts import LineDraft, MovementDraft
from lib.actors import Actor

WAREHOUSES = ("WH-UK", "WH-EU")
COUNT_TIMES = (time(6), time(14), time(22))
AGE = timedelta(minutes=30)
CANDIDATES = 120
BOX = 12
LATE, DOUBLED, ON_THE_WAY, BEYOND, BOXED, SWAPPED, MISSED, PLAIN = (
    (1, 2),
    (3,),
    (4, 5),
    (6,),
    2,
    (10, 11),
    12,
    13,
)
LATE_UNITS, DOUBLED_UNITS, ASN_UNITS, SWAPPED_UNITS = 40, 24, 60, 7
LATE_HOURS = TIMING_WINDOW.total_seconds() / 3600 / 2
PLAIN_GAPS = (-2, 1, -5, -11, 3)
UNKNOWN_SKU = "NOT-LISTED-1"

_CANDIDATES = """
CREATE TEMPORARY TABLE demo_counted ON COMMIT DROP AS
SELECT site_id, code, currency, product_id, sku, cost, place FROM (
    SELECT s.site_id, s.code, s.currency, p.product_id, p.sku, round(p.cost * r.rate, 4) AS cost,
           row_number() OVER (PARTITION BY s.site_id ORDER BY {order}, p.sku) AS place
      FROM demo_sources s
      CROSS JOIN demo_products p
      JOIN demo_first_rates r USING (currency)
      JOIN catalog_product c ON c.id = p.product_id AND c.status = 'active'
     WHERE s.is_warehouse AND p.cost IS NOT NULL
       AND p.product_id NOT IN (SELECT product_id FROM demo_transit)) x
 WHERE place <= {most}
"""

# place, kind, reference, from, to (null = the warehouse itself), goods for, units, hours before the count
_AROUND = """
INSERT INTO stage_lines
SELECT key || c.code, kind, reference || c.code, at, at, c.place, c.product_id, coalesce(from_location, c.site_id),
       coalesce(to_location, c.site_id), CASE WHEN to_location = -4 THEN c.site_id END, '', units,
       CASE WHEN kind = 'receipt' THEN c.cost END, NULL, c.currency, NULL, reason
  FROM demo_counted c
  JOIN (VALUES {rows}) AS w (place, kind, key, reference, from_location, to_location, units, hours, reason)
       USING (place)
  CROSS JOIN LATERAL (SELECT %s::timestamptz - w.hours * interval '1 hour' AS at) t
"""

# More shipped than there is: the receipt that was there was never posted.
_BEYOND = """
INSERT INTO stage_lines
SELECT 'SHIP-' || c.code, 'sale', 'SHIP-' || c.code, %s::timestamptz - interval '1 hour',
       %s::timestamptz - interval '1 hour', 1, c.product_id, c.site_id, -2, NULL, '',
       3 + (SELECT sum(CASE WHEN l.to_location = c.site_id THEN l.quantity ELSE -l.quantity END)
              FROM stage_lines l WHERE l.product_id = c.product_id AND c.site_id IN (l.from_location, l.to_location)),
       NULL, NULL, c.currency, NULL, 'simulated: shipped before its receipt was posted'
  FROM demo_counted c WHERE c.place = {place}
"""


@dataclass(frozen=True)
class Candidate:
    """A product of a warehouse in the order of the hash, with its book stock."""

    sku: str
    place: int
    book: Decimal


def count_instant(now: datetime, zone: str = "Europe/London") -> datetime:
    """The last of 06:00, 14:00 and 22:00 in `zone` that is at least half an hour past."""
    local = (now - AGE).astimezone(ZoneInfo(zone))
    instants = [
        datetime.combine(local.date() - timedelta(days=back), at, tzinfo=local.tzinfo)
        for back in (0, 1)
        for at in COUNT_TIMES
    ]
    return max(instant for instant in instants if instant <= local)


def stage_around(cursor: CursorWrapper, taken_at: datetime) -> None:
    """Lines in `stage_lines` that explain differences: late, doubled, on their way, beyond what is there."""
    order = number_sql("'count' || s.code || p.sku", 1_000_003)
    cursor.execute(_CANDIDATES.format(order=order, most=CANDIDATES))
    rows = [
        *(
            (
                p,
                "receipt",
                "LATE-",
                "GR-LATE-",
                "-1",
                "NULL",
                LATE_UNITS,
                LATE_HOURS,
                "simulated: goods received",
            )
            for p in LATE
        ),
        *(
            (p, "receipt", "TWICE-A-", "GR-TWICE-", "-1", "NULL", DOUBLED_UNITS, 50, "simulated: posted")
            for p in DOUBLED
        ),
        *(
            (
                p,
                "receipt",
                "TWICE-B-",
                "GR-TWICE-",
                "-1",
                "NULL",
                DOUBLED_UNITS,
                49,
                "simulated: posted twice",
            )
            for p in DOUBLED
        ),
        *(
            (p, "receipt", "ASN-", "ASN-", "-1", "-4", ASN_UNITS, 240, "simulated: announced")
            for p in ON_THE_WAY
        ),
    ]
    values = ", ".join(
        f"({place}, '{kind}', '{key}', '{ref}', {source}::bigint, {goal}::bigint, {units}, {hours}, '{reason}')"
        for place, kind, key, ref, source, goal, units, hours, reason in rows
    )
    cursor.execute(_AROUND.format(rows=values), [taken_at])
    cursor.execute(_BEYOND.format(place=BEYOND[0]), [taken_at, taken_at])


def post_counts(people: dict[str, User], actor: Actor, cursor: CursorWrapper, taken_at: datetime) -> int:
    """A snapshot of each warehouse with its open reconciliation, and an adjustment that waits; how many snapshots."""
    clerk = people["clerk.stock"].as_actor(channel="command")
    for code in WAREHOUSES:
        candidates = _candidates(cursor, code)
        boxed = [
            c for c in candidates if c.place > PLAIN + len(PLAIN_GAPS) and c.book > 0 and c.book % BOX == 0
        ][:BOXED]
        _give_boxes(actor, boxed)
        counted = dict(_counted(cursor, code, candidates, boxed))
        lines = [CountedLine(sku, quantity) for sku, quantity in sorted(counted.items())]
        draft = SnapshotDraft(code, taken_at, lines, source="simulated count")
        post_snapshot(actor=clerk, draft=draft)
    _ask_adjustment(clerk, _candidates(cursor, WAREHOUSES[0])[-1])
    return len(WAREHOUSES)


def _candidates(cursor: CursorWrapper, code: str) -> list[Candidate]:
    cursor.execute(
        "SELECT c.sku, c.place, coalesce(b.on_hand, 0) FROM demo_counted c LEFT JOIN inventory_balance b"
        " ON b.site_id = c.site_id AND b.product_id = c.product_id AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0 WHERE c.code = %s ORDER BY c.place",
        [code],
    )
    return [Candidate(*row) for row in cursor.fetchall()]


def _give_boxes(actor: Actor, boxed: list[Candidate]) -> None:
    found = queries.products().filter(sku__in=[candidate.sku for candidate in boxed])
    box = {"unit": "box", "factor": str(BOX)}
    rows = [{**row, "packs": [box]} for row in queries.product_rows(found)]
    upsert_products(actor=actor, rows=rows, reason="demo: simulated, sold by the box")


def _counted(
    cursor: CursorWrapper, code: str, candidates: list[Candidate], boxed: list[Candidate]
) -> Iterator[tuple[str, Decimal]]:
    """SKU → what is counted: the book, but for the planted differences."""
    gaps: dict[int, int] = dict.fromkeys(LATE, -LATE_UNITS) | dict.fromkeys(DOUBLED, -DOUBLED_UNITS)
    gaps |= dict.fromkeys(ON_THE_WAY, ASN_UNITS)
    gaps |= {SWAPPED[0]: SWAPPED_UNITS, SWAPPED[1]: -SWAPPED_UNITS}
    gaps |= {PLAIN + place: gap for place, gap in enumerate(PLAIN_GAPS)}
    special = {c.sku: max(Decimal(0), c.book + gaps.get(c.place, 0)) for c in candidates}
    special |= {c.sku: c.book / BOX for c in boxed}
    missed = {c.sku for c in candidates if c.place == MISSED}
    cursor.execute(
        "SELECT p.sku, b.on_hand FROM inventory_balance b JOIN catalog_product p ON p.id = b.product_id"
        " JOIN catalog_site s ON s.id = b.site_id WHERE s.code = %s AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0",
        [code],
    )
    for sku, on_hand in cursor.fetchall():
        if sku not in missed:
            yield sku, special.get(sku, max(Decimal(0), on_hand))
    yield UNKNOWN_SKU, Decimal(BOX)


def _ask_adjustment(clerk: Actor, candidate: Candidate) -> None:
    """More than policy lets pass: it waits for the stock manager."""
    line = LineDraft(candidate.sku, "adjustment", WAREHOUSES[0], Decimal(180))
    draft = MovementDraft(
        "ADJ-FOUND-1", "adjustment", (line,), reason="simulated: pallet found in aisle 7", source="demo"
    )
    post_movement(actor=clerk, draft=draft)
