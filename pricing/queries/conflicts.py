"""What collides on the timelines of prices, or will: found by one statement over every open change and live row."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from lib.references import reference
from pricing.queries.standing_conflicts import STANDING, standing_parameters

#: In the order in which they are shown; the number is the first part of a row's key.
KINDS = {
    "overlap": 1, "stale_base": 2, "price_ends": 3, "promotion_without_end": 4, "promotion_above_price": 5,
    "equal_priority": 6, "outside_band": 7,
}  # fmt: skip
NAMES = {number: name for name, number in KINDS.items()}
Key = tuple[int, int, int]


@dataclass(frozen=True)
class ConflictFilter:
    """kind: one of KINDS or ""; price_list: code or ""."""

    now: datetime
    kind: str = ""
    price_list: str = ""


@dataclass(frozen=True)
class Conflict:
    """One collision on (list, product, minimum quantity) from `start` to `end` (None = open).

    overlap: two changes ask for the same stretch, the first one not yet in effect; amount and change are the first,
    other_* the second. outcome `first_placed`: whichever is placed first stands, the other is then refused; `later_refused`: the first stands, the second
    was written before it; `later_covers`: the second knows the first and lies over it once placed.
    stale_base: the live price is not the one the line was written against; it will be refused (`later_refused`).
    price_ends: nothing follows in the list at `start`; outcome `next_list`. promotion_without_end: outcome `stays`.
    promotion_above_price: other_amount is what is asked instead (None in another currency); outcome `passed_over`.
    equal_priority: rows of two lists that only an equal priority could tell apart; outcome `by_chance`. outside_band: an
    own price of a derived list; other_amount is the limit; outcome `below_band` or `above_band`.
    """

    key: Key
    kind: str
    outcome: str
    price_list: str
    list_name: str
    list_id: int
    sku: str
    product_name: str
    currency: str
    min_quantity: Decimal
    start: datetime
    end: datetime | None
    amount: Decimal | None
    change: "Side"
    other_amount: Decimal | None
    other: "Side | None"


@dataclass(frozen=True)
class Side:
    """A change that takes part."""

    id: int
    reference: str
    title: str
    state: str


OPEN_LINES = """
open_lines AS MATERIALIZED (
  SELECT x.id, x.change_id, x.price_list_id, x.product_id, x.min_quantity, x.currency, x.amount, x.base_ids, c.placed_at,
         greatest(c.effective_from, x.valid_from) > %(now)s AS is_to_come,
         tstzrange(greatest(c.effective_from, x.valid_from, %(now)s), least(c.effective_until, x.valid_until)) AS span
    FROM pricing_pricechange c JOIN pricing_pricechangeline x ON x.change_id = c.id
   WHERE c.state IN ('pending', 'approved')
     AND coalesce(least(c.effective_until, x.valid_until), 'infinity') > greatest(c.effective_from, x.valid_from, %(now)s)
)"""
OVERLAP = """
  SELECT 1 AS kind, a.id AS a, b.id AS b,
         CASE WHEN a.placed_at IS NULL AND b.placed_at IS NULL THEN 'first_placed'
              WHEN EXISTS (SELECT FROM pricing_price p WHERE p.id = ANY(b.base_ids) AND p.price_change_id = a.change_id)
              THEN 'later_covers' ELSE 'later_refused' END AS outcome,
         a.price_list_id, a.product_id, a.min_quantity, lower(a.span * b.span) AS begins, upper(a.span * b.span) AS ends,
         a.amount AS amount, a.change_id AS change_id, b.amount AS other_amount, b.change_id AS other_id
    FROM open_lines a JOIN open_lines b
      ON b.price_list_id = a.price_list_id AND b.product_id = a.product_id AND b.min_quantity = a.min_quantity
     AND b.span && a.span AND b.placed_at IS NULL AND b.change_id <> a.change_id
     AND CASE WHEN a.placed_at IS NULL THEN a.id < b.id ELSE a.is_to_come END"""
STALE = """
  SELECT 2, x.id, 0, 'later_refused', x.price_list_id, x.product_id, x.min_quantity, lower(x.span), upper(x.span),
         x.amount, x.change_id, (SELECT p.amount FROM pricing_price p WHERE p.price_list_id = x.price_list_id
            AND p.product_id = x.product_id AND p.min_quantity = x.min_quantity AND p.currency = x.currency
            AND upper_inf(p.known) AND p.valid @> lower(x.span)), NULL::bigint
    FROM open_lines x
   WHERE x.placed_at IS NULL AND (EXISTS (SELECT FROM pricing_price p WHERE p.id = ANY(x.base_ids) AND NOT upper_inf(p.known))
      OR EXISTS (SELECT FROM pricing_price p WHERE p.price_list_id = x.price_list_id AND p.product_id = x.product_id
           AND p.min_quantity = x.min_quantity AND p.currency = x.currency AND p.valid && x.span AND upper_inf(p.known)
           AND NOT p.id = ANY(x.base_ids)))"""
ENDS = """
  SELECT 3, p.id, 0, 'next_list', p.price_list_id, p.product_id, p.min_quantity, upper(p.valid), NULL::timestamptz,
         p.amount, p.price_change_id, NULL::numeric, NULL::bigint
    FROM pricing_price p JOIN pricing_pricelist l ON l.id = p.price_list_id AND l.kind <> 'promotion'
   WHERE upper_inf(p.known) AND upper(p.valid) > %(now)s
     AND NOT EXISTS (SELECT FROM pricing_price f WHERE f.price_list_id = p.price_list_id AND f.product_id = p.product_id
           AND f.min_quantity = p.min_quantity AND f.currency = p.currency AND upper_inf(f.known)
           AND f.valid @> upper(p.valid))"""
ENDLESS = """
  SELECT 4, p.id, 0, 'stays', p.price_list_id, p.product_id, p.min_quantity, lower(p.valid), NULL::timestamptz,
         p.amount, p.price_change_id, NULL::numeric, NULL::bigint
    FROM pricing_price p JOIN pricing_pricelist l ON l.id = p.price_list_id AND l.kind = 'promotion'
   WHERE upper_inf(p.known) AND upper_inf(p.valid)"""
BRANCHES = {
    "overlap": OVERLAP,
    "stale_base": STALE,
    "price_ends": ENDS,
    "promotion_without_end": ENDLESS,
} | STANDING


def _found(wanted: ConflictFilter) -> str:
    branches = [BRANCHES[wanted.kind]] if wanted.kind else list(BRANCHES.values())
    names = "kind, a, b, outcome, price_list_id, product_id, min_quantity, begins, ends, amount, change_id, other_amount, other_id"
    listed = " WHERE price_list_id = (SELECT id FROM pricing_pricelist WHERE code = %(price_list)s)"
    return (
        f"WITH {OPEN_LINES}, found ({names}) AS (SELECT * FROM ({' UNION ALL '.join(branches)}) every ({names})"
        f"{listed if wanted.price_list else ''})"
    )


def _parameters(wanted: ConflictFilter) -> dict[str, Any]:
    return {
        "now": wanted.now, "kind": wanted.kind, "price_list": wanted.price_list,
        **standing_parameters(wanted.now, wanted.kind),
    }  # fmt: skip


def conflict_counts(wanted: ConflictFilter) -> dict[str, int]:
    """How many there are of each kind. 1 query, and those of `standing_parameters`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_found(wanted)} SELECT kind, count(*) FROM found GROUP BY kind", _parameters(wanted)
        )
        counts = dict(cursor.fetchall())
    return {name: counts.get(number, 0) for name, number in KINDS.items()}


def conflicts(
    wanted: ConflictFilter, *, key: Key | None = None, back: bool = False, limit: int
) -> list[Conflict]:
    """Collisions in order of their key, from the one behind `key` (or, with `back`, those before it). 1 query, and
    those of `standing_parameters`."""
    order, sign = ("DESC", "<") if back else ("ASC", ">")
    beyond = f" WHERE (kind, a, b) {sign} (%(k)s, %(a)s, %(b)s)" if key else ""
    place = dict(zip("kab", key or (0, 0, 0), strict=True))
    by = f"ORDER BY kind {order}, a {order}, b {order}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_found(wanted)}, page AS (SELECT * FROM found{beyond} {by} LIMIT %(limit)s)"
            " SELECT f.kind, f.a, f.b, f.outcome, l.code, l.name, l.id, s.sku, s.name, l.currency, f.min_quantity, f.begins,"
            " f.ends, f.amount, c.id, c.created_at, c.title, c.state, f.other_amount, o.id, o.created_at, o.title, o.state"
            " FROM page f JOIN pricing_pricelist l ON l.id = f.price_list_id JOIN catalog_product s ON s.id = f.product_id"
            f" JOIN pricing_pricechange c ON c.id = f.change_id LEFT JOIN pricing_pricechange o ON o.id = f.other_id {by}",
            {**_parameters(wanted), **place, "limit": limit},
        )
        rows = [_conflict(row) for row in cursor.fetchall()]
    return rows[::-1] if back else rows


#: The columns of a page between the key and the two changes.
COLUMNS = (
    "price_list", "list_name", "list_id", "sku", "product_name", "currency", "min_quantity", "start", "end", "amount",
)  # fmt: skip


def _conflict(row: tuple[Any, ...]) -> Conflict:
    kind, a, b, outcome, *words = row
    plain: dict[str, Any] = dict(zip(COLUMNS, words, strict=False))
    return Conflict(
        key=(kind, a, b),
        kind=NAMES[kind],
        outcome=outcome,
        change=_side(words[10:14]),
        other_amount=words[14],
        other=_side(words[15:]) if words[15] else None,
        **plain,
    )


def _side(row: list[Any]) -> Side:
    pk, created_at, title, state = row
    return Side(pk, reference("PC", created_at.year, pk), title, state)
