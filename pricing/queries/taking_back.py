"""What the timeline becomes if a change is taken back, and which later changes were written on top of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.queries.products import plain
from pricing.models import PriceChange
from pricing.queries.price_changes import money_text

#: For each live row of a change and each stretch that it emptied, from now on: what was known just before the change was placed, and the gaps. Where
#: that came from a change taken back meanwhile, what was known before that one: its price never comes back.
RESTORING = """
WITH RECURSIVE ended AS (
  SELECT l.price_list_id, l.product_id, l.min_quantity, l.currency, unnest(tstzmultirange(tstzrange(
           greatest(c.effective_from, l.valid_from, clock_timestamp()), least(c.effective_until, l.valid_until)))
         - coalesce((SELECT range_agg(p.valid) FROM pricing_price p WHERE p.price_list_id = l.price_list_id
             AND p.product_id = l.product_id AND p.min_quantity = l.min_quantity AND p.currency = l.currency
             AND upper_inf(p.known)), '{}'::tstzmultirange)) AS span
    FROM pricing_pricechangeline l JOIN pricing_pricechange c ON c.id = l.change_id
   WHERE c.id = %(change)s AND c.placed_at IS NOT NULL AND l.amount IS NULL
     AND coalesce(least(c.effective_until, l.valid_until), 'infinity') > clock_timestamp()
     AND NOT EXISTS (SELECT FROM pricing_pricechangeline o JOIN pricing_pricechange later ON later.id = o.change_id
           WHERE o.price_list_id = l.price_list_id AND o.product_id = l.product_id AND o.amount IS NULL
             AND o.min_quantity = l.min_quantity AND later.placed_at > c.placed_at
             AND later.state IN ('approved', 'applied'))
), taken AS (
  SELECT p.id, p.price_list_id, p.product_id, p.min_quantity, p.currency,
         p.valid * tstzrange(clock_timestamp(), NULL) AS span
    FROM pricing_price p
   WHERE p.price_change_id = %(change)s AND upper_inf(p.known) AND p.valid && tstzrange(clock_timestamp(), NULL)
  UNION ALL
  SELECT -row_number() OVER (), e.* FROM ended e
), first_known AS (
  SELECT coalesce((SELECT min(known_from) FROM pricing_price WHERE price_change_id = %(change)s),
                  (SELECT placed_at FROM pricing_pricechange WHERE id = %(change)s)) AS at
), beneath AS (
  SELECT t.id, b.amount, b.price_change_id, b.valid * t.span AS span
    FROM taken t CROSS JOIN first_known f
    JOIN pricing_price b ON b.price_list_id = t.price_list_id AND b.product_id = t.product_id
     AND b.min_quantity = t.min_quantity AND b.currency = t.currency AND b.valid && t.span
     AND b.known @> (f.at - interval '1 microsecond')
  UNION ALL
  SELECT u.id, b.amount, b.price_change_id, b.valid * u.span
    FROM beneath u JOIN pricing_pricechange c ON c.id = u.price_change_id
    JOIN taken t ON t.id = u.id
    JOIN pricing_price b ON b.price_list_id = t.price_list_id AND b.product_id = t.product_id
     AND b.min_quantity = t.min_quantity AND b.currency = t.currency AND b.valid && u.span
     AND b.known @> (c.placed_at - interval '1 microsecond')
   WHERE c.state IN ('withdrawn', 'rolled_back')
), before AS (
  SELECT u.id, u.amount, u.price_change_id, u.span
    FROM beneath u LEFT JOIN pricing_pricechange c ON c.id = u.price_change_id
   WHERE c.id IS NULL OR c.state NOT IN ('withdrawn', 'rolled_back')
), gaps AS (
  SELECT t.id, unnest(tstzmultirange(t.span) - coalesce(
           (SELECT range_agg(b.span) FROM before b WHERE b.id = t.id), '{}'::tstzmultirange)) AS span
    FROM taken t WHERE t.id > 0
), restored AS (
  SELECT id, amount, price_change_id, span FROM before
  UNION ALL
  SELECT id, NULL, NULL, span FROM gaps
)
SELECT t.price_list_id, t.product_id, t.min_quantity, t.currency, r.amount, lower(r.span), upper(r.span),
       r.price_change_id
  FROM restored r JOIN taken t ON t.id = r.id
"""
STANDING = f"""
SELECT s.sku, l.code, r.min_quantity, r.currency, live.amount, r.amount, r.begins, r.ends, count(*) OVER (),
       count(*) FILTER (WHERE r.amount IS NULL) OVER ()
  FROM ({RESTORING}) r (price_list_id, product_id, min_quantity, currency, amount, begins, ends, price_change_id)
  JOIN catalog_product s ON s.id = r.product_id
  JOIN pricing_pricelist l ON l.id = r.price_list_id
  LEFT JOIN pricing_price live ON live.price_list_id = r.price_list_id AND live.product_id = r.product_id
   AND live.min_quantity = r.min_quantity AND live.currency = r.currency AND upper_inf(live.known)
   AND live.valid @> r.begins AND live.price_change_id = %(change)s
 ORDER BY r.amount IS NOT NULL, s.sku, l.code, r.min_quantity, r.begins LIMIT %(limit)s
"""
LATER = """
SELECT l.change_id, count(*) FROM pricing_pricechangeline l JOIN pricing_pricechange c ON c.id = l.change_id
 WHERE c.state IN ('pending', 'approved') AND c.applied_at IS NULL AND c.id <> %(change)s AND c.rolls_back_id IS NULL
   AND EXISTS (SELECT FROM pricing_price p WHERE p.id = ANY(l.base_ids) AND p.price_change_id = %(change)s)
 GROUP BY l.change_id
"""


@dataclass(frozen=True)
class Standing:
    """One stretch: what the change asks there and what stands after it; None = no price."""

    sku: str
    price_list: str
    min_quantity: Decimal
    currency: str
    asked: Decimal | None
    amount: Decimal | None
    begins: datetime
    ends: datetime | None


@dataclass(frozen=True)
class TakenBack:
    """The first stretches, those without a price before the others, and how many there are.

    later: the pending and approved changes that were written against prices of this one, with how many lines of each;
    their approval lapses at their moment if the base then lies beyond the band.
    """

    standing: list[Standing]
    total: int
    without_price: int
    later: list[tuple[PriceChange, int]]


def taken_back(change: PriceChange, limit: int = 50) -> TakenBack:
    """What would stand from now on if `change` were withdrawn or rolled back now. 3 queries."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"change": change.pk, "limit": limit})
        rows = cursor.fetchall()
        cursor.execute(LATER, {"change": change.pk})
        counts: dict[int, int] = dict(cursor.fetchall())
    later = PriceChange.objects.filter(pk__in=counts).order_by("effective_from", "id")
    return TakenBack(
        [Standing(*row[:8]) for row in rows],
        rows[0][8] if rows else 0,
        rows[0][9] if rows else 0,
        [(one, counts[one.pk]) for one in later],
    )


def taken_back_item(change: PriceChange) -> dict[str, Any]:
    """The same as REST gives it."""
    found = taken_back(change, limit=100)
    return {
        "total": found.total,
        "without_price": found.without_price,
        "standing": [
            {
                "sku": one.sku,
                "price_list": one.price_list,
                "min_quantity": plain(one.min_quantity),
                "currency": one.currency,
                "asked_amount": None if one.asked is None else money_text(one.asked, one.currency),
                "amount": None if one.amount is None else money_text(one.amount, one.currency),
                "begins": one.begins.isoformat(),
                "ends": one.ends and one.ends.isoformat(),
            }
            for one in found.standing
        ],
        "later_changes": [
            {"id": one.pk, "reference": one.reference, "state": one.state, "lines": lines}
            for one, lines in found.later
        ],
    }
