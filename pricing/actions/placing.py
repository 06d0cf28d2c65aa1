"""Placing: lay segments of price over the timeline, by closing what they cover and inserting what takes its place.

The only code that inserts or closes price rows. One SQL statement per step, whatever the number of lines.
"""

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from audit.queries import Digest, digests_of
from lib.faults import Fault, Faults
from pricing.queries.taking_back import RESTORING

#: Price keys are locked by buckets of (list, product), in order of the bucket: few locks, however many lines.
BUCKETS = 1024
LOCK_SPACE = 4711
#: How many conflicts are told one by one.
TOLD = 100


class Placed(NamedTuple):
    """What placing did. known_from is the one instant at which all of it became known."""

    known_from: datetime
    created: int
    closed: int


class Moved(NamedTuple):
    """A line whose live price is not the one it was written against."""

    line_id: int
    sku: str
    price_list: str


def stage_change(change_id: int) -> None:
    """Fill the temporary table `pricing_placing` with the lines of a change, their base rows and asked windows."""
    _make_stage()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pg_temp.pricing_placing (line_id, price_list_id, product_id, min_quantity, currency, amount,"
            " asked_from, asked_until, price_change_id, base_ids)"
            " SELECT l.id, l.price_list_id, l.product_id, l.min_quantity, l.currency, l.amount,"
            " greatest(c.effective_from, l.valid_from), least(c.effective_until, l.valid_until), c.id, l.base_ids"
            " FROM pricing_pricechangeline l JOIN pricing_pricechange c ON c.id = l.change_id WHERE c.id = %s",
            [change_id],
        )


def stage_restoring(change_id: int) -> None:
    """Fill `pricing_placing` with what must be laid over the live rows of a change so that what was before is back.

    Amounts keep the change they came from; stretches without a price before get none.
    """
    _make_stage()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pg_temp.pricing_placing (price_list_id, product_id, min_quantity, currency, amount,"
            f" asked_from, asked_until, price_change_id) {RESTORING}",
            {"change": change_id},
        )


def _make_stage() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.pricing_placing")
        cursor.execute(
            "CREATE TEMPORARY TABLE pricing_placing (line_id bigint, price_list_id bigint, product_id bigint,"
            " min_quantity numeric(18,6), currency varchar(3), amount numeric(20,6), asked_from timestamptz,"
            " asked_until timestamptz, price_change_id bigint, base_ids bigint[], span tstzrange) ON COMMIT DROP"
        )


def lock_prices() -> None:
    """Lock the keys (list, product) of the stage, in order, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pg_temp.pricing_placing")
        cursor.execute(
            "SELECT count(pg_advisory_xact_lock(%s, bucket)) FROM (SELECT DISTINCT"
            " abs(hashint8(price_list_id * 1000003 + product_id) %% %s) AS bucket"
            " FROM pg_temp.pricing_placing ORDER BY bucket) keys",
            [LOCK_SPACE, BUCKETS],
        )


def fix_spans() -> datetime:
    """Give every staged segment its final range: not before now, by the database's clock; what is over goes.

    Call it after `lock_prices`. Returns that now.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        cursor.execute("DELETE FROM pg_temp.pricing_placing WHERE asked_until <= %s", [now])
        cursor.execute(
            "UPDATE pg_temp.pricing_placing SET span = tstzrange(greatest(asked_from, %s), asked_until)",
            [now],
        )
    return now


def moved_lines() -> list[Moved]:
    """The staged lines whose live rows are no longer those they were written against; 1 query.

    A base row that somebody closed, or a live row in the line's window that was not there: either is a conflict.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.line_id, p.sku, l.code FROM pg_temp.pricing_placing s"
            " JOIN catalog_product p ON p.id = s.product_id JOIN pricing_pricelist l ON l.id = s.price_list_id"
            " WHERE s.base_ids IS NOT NULL AND (EXISTS (SELECT FROM pricing_price b WHERE b.id = ANY(s.base_ids)"
            "  AND NOT upper_inf(b.known)) OR EXISTS (SELECT FROM pricing_price b"
            "  WHERE b.price_list_id = s.price_list_id AND b.product_id = s.product_id"
            "  AND b.min_quantity = s.min_quantity AND b.currency = s.currency AND b.valid && s.span"
            "  AND upper_inf(b.known) AND NOT b.id = ANY(s.base_ids)))"
            " ORDER BY s.line_id"
        )
        return [Moved(*row) for row in cursor.fetchall()]


def refuse_moved(moved: list[Moved]) -> None:
    """Raise 409 `base_moved` naming the lines, if there are any."""
    if moved:
        raise Faults(
            [
                Fault(
                    "/lines",
                    "base_moved",
                    f"The price of {one.sku} in {one.price_list} was changed by others since this was prepared.",
                )
                for one in moved[:TOLD]
            ],
            status=409,
        )


def place_staged(event_id: int, now: datetime) -> Placed:
    """Lay the staged segments over the timeline under `event_id`.

    Live rows in their way are closed; the parts of those that no segment covers are inserted again, known from the
    same instant; then the segments with an amount. That instant is `now`, or 1 µs after the newest row closed.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.pricing_hit")
        cursor.execute(HIT)
        cursor.execute("SELECT count(*), max(known_from) + interval '1 microsecond' FROM pg_temp.pricing_hit")
        closed, after = cursor.fetchone()
        known_from = max(now, after) if after else now
        cursor.execute(
            "UPDATE pricing_price p SET known = tstzrange(lower(p.known), %s), closed_event_id = %s"
            " FROM pg_temp.pricing_hit h WHERE p.id = h.id",
            [known_from, event_id],
        )
        cursor.execute(RESTS, {"known_from": known_from, "event": event_id})
        created = cursor.rowcount
        cursor.execute(SEGMENTS, {"known_from": known_from, "event": event_id})
        created += cursor.rowcount
    return Placed(known_from, created, closed)


HIT = """
CREATE TEMPORARY TABLE pricing_hit ON COMMIT DROP AS
SELECT p.id, p.price_list_id, p.product_id, p.min_quantity, p.currency, p.amount, p.price_change_id, p.known_from,
       tstzmultirange(p.valid) - range_agg(s.span) AS rest
  FROM pg_temp.pricing_placing s
  JOIN pricing_price p ON p.price_list_id = s.price_list_id AND p.product_id = s.product_id
   AND p.min_quantity = s.min_quantity AND p.currency = s.currency AND p.valid && s.span AND upper_inf(p.known)
 GROUP BY p.id
"""
RESTS = """
INSERT INTO pricing_price (price_list_id, product_id, min_quantity, currency, amount, valid, known, known_from,
                           price_change_id, event_id)
SELECT price_list_id, product_id, min_quantity, currency, amount, part, tstzrange(%(known_from)s, NULL),
       %(known_from)s, price_change_id, %(event)s
  FROM pg_temp.pricing_hit, LATERAL unnest(rest) AS part ORDER BY id, part
"""
SEGMENTS = """
INSERT INTO pricing_price (price_list_id, product_id, min_quantity, currency, amount, valid, known, known_from,
                           price_change_id, event_id)
SELECT price_list_id, product_id, min_quantity, currency, amount, span, tstzrange(%(known_from)s, NULL),
       %(known_from)s, price_change_id, %(event)s
  FROM pg_temp.pricing_placing WHERE amount IS NOT NULL
 ORDER BY price_list_id, product_id, min_quantity, span
"""


def price_digests(event_id: int) -> list[Digest]:
    """The digests over the rows this event created and closed; 3 queries."""
    return digests_of(event_id, ["pricing_price"])
