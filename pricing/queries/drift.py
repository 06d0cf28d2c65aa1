"""What has moved under an approved change since its figures were weighed."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import connection

from catalog.queries import unit_costs
from pricing.models import Guardrail, PriceChange
from pricing.queries.market import RateBoard
from pricing.rules.drift import Band, Drift
from pricing.rules.resolution import RateProblem

LINES = """
SELECT l.product_id, p.sku, pl.code, l.currency, l.unit_cost, l.old_amount, before.amount, cardinality(l.base_ids) > 0
  FROM pricing_pricechangeline l
  JOIN pricing_pricechange c ON c.id = l.change_id
  JOIN catalog_product p ON p.id = l.product_id
  JOIN pricing_pricelist pl ON pl.id = l.price_list_id
  LEFT JOIN pricing_price before ON before.price_list_id = l.price_list_id AND before.product_id = l.product_id
   AND before.min_quantity = l.min_quantity AND before.currency = l.currency AND upper_inf(before.known)
   AND before.valid @> (greatest(c.effective_from, l.valid_from) - interval '1 microsecond')
 WHERE l.change_id = %s ORDER BY l.position, l.id
"""


def approval_band() -> Band:
    """The house's band: the newest version of the guardrail `approval_band`, else 2 % and 5 %. 1 query."""
    found = (
        Guardrail.objects.filter(rule=Guardrail.Rule.APPROVAL_BAND, state=Guardrail.State.IN_FORCE)
        .order_by("-version")
        .first()
    )
    if found is None or not found.is_active:
        return Band()
    usual = Band()
    return Band(
        usual.warn_at if found.review_at is None else found.review_at,
        usual.lapse_at if found.block_at is None else found.block_at,
    )


def drifts_of(change: PriceChange) -> list[Drift]:
    """Cost (in the list's currency, so its rate too) and base of every line, then and at the effective moment.

    A cost that was not known then is not compared. A rate that is missing or too old counts as a cost that is gone.
    4 queries.
    """
    at = change.effective_from
    if at is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(LINES, [change.pk])
        rows = cursor.fetchall()
    costs = unit_costs({row[0] for row in rows}, at)
    pairs = {(costs[row[0]][1], row[3]) for row in rows if row[0] in costs}
    rates = RateBoard(pairs, _day(at))
    found = []
    for product_id, sku, code, currency, cost, old, live, had_rows in rows:
        if cost is not None:
            found.append(Drift(sku, code, "cost", cost, _converted(costs.get(product_id), currency, rates)))
        if old is not None and (had_rows or live is not None):
            found.append(Drift(sku, code, "base", old, live))
    return found


def _converted(cost: tuple[Decimal, str] | None, currency: str, rates: RateBoard) -> Decimal | None:
    if cost is None:
        return None
    if cost[1] == currency:
        return cost[0]
    try:
        return round(cost[0] * rates(cost[1], currency).rate, 6)
    except RateProblem:
        return None


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
