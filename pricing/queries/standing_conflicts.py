"""Conflicts of what stands, not of changes: promotions nobody is asked for, lists that nothing but chance would tell apart,
own prices outside the band of their list. Parameters and branches for the statement of `conflicts`."""

from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from catalog.models import Site
from pricing.queries.list_book import price_list_book
from pricing.queries.market import RateBoard, derivation_pairs
from pricing.queries.patrol import promotions_passed_over
from pricing.rules.resolution import ONE, Book, ListFacts, RateProblem, are_rivals, rate_of_list

#: The resolver says which promotions are passed over; their rows are looked up by list and SKU.
PASSED_OVER = """
  SELECT 5, p.id, 0, 'passed_over', p.price_list_id, p.product_id, p.min_quantity, lower(p.valid), upper(p.valid),
         p.amount, p.price_change_id, CASE WHEN x.currency = l.currency THEN x.otherwise END, NULL::bigint
    FROM unnest(%(passed_lists)s::text[], %(passed_skus)s::text[], %(passed_amounts)s::numeric[],
                %(passed_currencies)s::text[]) AS x(code, sku, otherwise, currency)
    JOIN pricing_pricelist l ON l.code = x.code JOIN catalog_product s ON s.sku = x.sku
    JOIN LATERAL (SELECT r.* FROM pricing_price r WHERE r.price_list_id = l.id AND r.product_id = s.id
          AND upper_inf(r.known) AND r.valid @> %(now)s ORDER BY r.min_quantity LIMIT 1) p ON true"""
#: Rows of two rival lists that meet from now on.
EQUAL = """
  SELECT 6, p.id, q.id, 'by_chance', p.price_list_id, p.product_id, p.min_quantity,
         greatest(lower(p.valid * q.valid), %(now)s), upper(p.valid * q.valid), p.amount, p.price_change_id, q.amount,
         q.price_change_id
    FROM unnest(%(rivals)s::bigint[], %(others)s::bigint[]) AS x(one, other)
    JOIN pricing_price p ON p.price_list_id = x.one AND upper_inf(p.known)
    JOIN pricing_price q ON q.price_list_id = x.other AND upper_inf(q.known) AND q.product_id = p.product_id
     AND q.min_quantity = p.min_quantity AND q.valid && p.valid
   WHERE coalesce(upper(p.valid * q.valid), 'infinity') > %(now)s"""
#: A list's own rows against its band around the parent's own row; the limit that is broken stands beside.
OUTSIDE = """
  SELECT 7, r.id, 0, CASE WHEN r.amount < b.low * m.amount THEN 'below_band' ELSE 'above_band' END, r.price_list_id,
         r.product_id, r.min_quantity, lower(r.valid), upper(r.valid), r.amount, r.price_change_id,
         CASE WHEN r.amount < b.low * m.amount THEN b.low * m.amount ELSE b.high * m.amount END, NULL::bigint
    FROM unnest(%(banded)s::bigint[], %(parents)s::bigint[], %(lows)s::numeric[], %(highs)s::numeric[])
         AS b(list_id, parent_id, low, high)
    JOIN pricing_price r ON r.price_list_id = b.list_id AND upper_inf(r.known) AND r.valid @> %(now)s
    JOIN pricing_price m ON m.price_list_id = b.parent_id AND m.product_id = r.product_id
     AND m.min_quantity = r.min_quantity AND upper_inf(m.known) AND m.valid @> %(now)s
   WHERE r.amount < b.low * m.amount OR r.amount > b.high * m.amount"""
STANDING = {"promotion_above_price": PASSED_OVER, "equal_priority": EQUAL, "outside_band": OUTSIDE}


def standing_parameters(now: datetime, kind: str) -> dict[str, Any]:
    """What the branches read, for one kind or ("") all. ≤ 6 queries and 2 for each promotion with rows.

    A derived list whose rate is missing or too old has no band now, and so breaks none.
    """
    found: dict[str, Any] = {}
    if kind in ("", "promotion_above_price"):
        passed = promotions_passed_over(now)
        found["passed_lists"] = [one.price_list for one in passed]
        found["passed_skus"] = [one.sku for one in passed]
        found["passed_amounts"] = [one.otherwise for one in passed]
        found["passed_currencies"] = [one.currency for one in passed]
    if kind in ("", "equal_priority"):
        found |= _rivals(price_list_book(now))
    if kind in ("", "outside_band"):
        found |= _bands(price_list_book(now), now)
    return found


def _rivals(book: Book) -> dict[str, list[int]]:
    regions = dict(Site.objects.values_list("id", "region_id"))
    lists = sorted(book.values(), key=lambda facts: facts.id)
    pairs = [(one.id, other.id) for one, other in combinations(lists, 2) if are_rivals(one, other, regions)]
    return {"rivals": [one for one, _other in pairs], "others": [other for _one, other in pairs]}


def _bands(book: Book, now: datetime) -> dict[str, list[Any]]:
    """The derived lists with a band, with its limits as factors of the parent's amount."""
    rates = RateBoard(derivation_pairs(book), now.astimezone(UTC).date())
    banded = [
        (one, book[one.parent_id], factor)
        for one in book.values()
        if one.parent_id is not None
        and (one.floor_fraction, one.ceiling_fraction) != (None, None)
        and (factor := _factor(one, book[one.parent_id], rates)) is not None
    ]
    return {
        "banded": [one.id for one, _parent, _factor in banded],
        "parents": [parent.id for _one, parent, _factor in banded],
        "lows": [_limit(one.floor_fraction, factor) for one, _parent, factor in banded],
        "highs": [_limit(one.ceiling_fraction, factor) for one, _parent, factor in banded],
    }


def _factor(one: ListFacts, parent: ListFacts, rates: RateBoard) -> Any:
    if one.currency == parent.currency:
        return ONE
    try:
        return rate_of_list(one, parent.currency, rates).rate
    except RateProblem:
        return None


def _limit(fraction: Any, factor: Any) -> Any:
    return None if fraction is None else factor * (1 + fraction)
