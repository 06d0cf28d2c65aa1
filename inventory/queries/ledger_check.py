"""The ledger against its balances, and costs and rates behind a site's stock: two checks of a verification."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.queries.exchange import exchange_rates
from catalog.rules.exchange import Rate
from lib.verifications import Compared, Differs

LISTED = 500
#: A unit cost that neither counts from nor was told within this time is stale.
COST_AGE = timedelta(days=400)
RATE_DAYS = 7

# Entries of the site summed by the key of a balance, beside the balance; then the same for what is on its way to it.
_BALANCES = """
WITH summed AS (
    SELECT product_id, lot, state, owner_id, sum(quantity) AS quantity, sum(value) AS value
      FROM inventory_entry WHERE location_id = %(site)s GROUP BY 1, 2, 3, 4),
compared AS MATERIALIZED (
    SELECT coalesce(b.product_id, e.product_id) AS product_id,
           concat_ws(' ', nullif(coalesce(b.lot, e.lot), ''), nullif(coalesce(b.state, e.state), 'available'),
                     CASE WHEN coalesce(b.owner_id, e.owner_id) <> 0
                          THEN 'supplier ' || coalesce(b.owner_id, e.owner_id) END) AS part,
           coalesce(e.quantity, 0) AS ours, coalesce(b.on_hand, 0) AS theirs,
           coalesce(e.value, 0) AS our_value, coalesce(b.value, 0) AS their_value
      FROM (SELECT * FROM inventory_balance WHERE site_id = %(site)s) b
      FULL JOIN summed e USING (product_id, lot, state, owner_id)),
road AS MATERIALIZED (
    SELECT product_id, coalesce(e.quantity, 0) AS ours, coalesce(b.in_transit, 0) AS theirs,
           coalesce(e.value, 0) AS our_value, coalesce(b.in_transit_value, 0) AS their_value
      FROM (SELECT product_id, in_transit, in_transit_value FROM inventory_balance
             WHERE site_id = %(site)s AND lot = '' AND state = 'available' AND owner_id = 0
               AND (in_transit <> 0 OR in_transit_value <> 0)) b
      FULL JOIN (SELECT product_id, sum(quantity) AS quantity, sum(value) AS value FROM inventory_entry
                  WHERE location_id = -4 AND destination_id = %(site)s
                  GROUP BY 1 HAVING sum(quantity) <> 0 OR sum(value) <> 0) e USING (product_id)),
both_parts AS (
    SELECT * FROM compared UNION ALL SELECT product_id, 'in transit', ours, theirs, our_value, their_value FROM road),
wrong AS (SELECT * FROM both_parts WHERE ours <> theirs OR our_value <> their_value)
SELECT (SELECT count(*) FROM both_parts), (SELECT count(*) FROM wrong),
       (SELECT sum(abs(our_value - their_value)) FROM wrong), p.sku, w.part, w.ours, w.theirs, w.our_value, w.their_value
  FROM (SELECT 1) one
  LEFT JOIN LATERAL (SELECT * FROM wrong ORDER BY product_id, part LIMIT %(limit)s) w ON true
  LEFT JOIN catalog_product p ON p.id = w.product_id
"""

# The newest cost of everything of ours that lies there.
_COSTS = """
SELECT p.sku, c.currency, c.valid_from,
       CASE WHEN c.product_id IS NULL THEN 'missing'
            WHEN greatest(c.valid_from, c.recorded_at) < %(stale)s THEN 'stale' ELSE '' END
  FROM (SELECT DISTINCT product_id FROM inventory_balance WHERE site_id = %(site)s AND owner_id = 0 AND on_hand > 0) b
  JOIN catalog_product p ON p.id = b.product_id
  LEFT JOIN LATERAL (SELECT u.product_id, u.currency, u.valid_from, u.recorded_at FROM catalog_unitcost u
                      WHERE u.product_id = b.product_id AND u.valid_from <= %(at)s
                      ORDER BY u.valid_from DESC LIMIT 1) c ON true
 ORDER BY p.sku
"""


def compare_balances(site_id: int, currency: str, at: datetime) -> Compared:
    """Every balance of the site against the sum of its entries, quantity and value. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"site": site_id, "limit": LISTED})
        rows = cursor.fetchall()
    lines, differing, value = rows[0][:3]
    return Compared(
        lines=lines,
        differing=differing,
        explained=0,
        differences=tuple(_balance(site_id, *row[3:]) for row in rows if row[3] is not None),
        complete_to=at,
        value=value,
        currency=currency,
    )


def _balance(site_id: int, sku: str, part: str, *figures: Decimal) -> Differs:
    ours, theirs, our_value, their_value = figures
    by_quantity = ours != theirs
    return Differs(
        key=f"balance:{sku}:{part}"[:200],
        class_code="quantity" if by_quantity else "value",
        title=f"{sku} {part}: the balance is not the sum of its entries".replace("  ", " "),
        site_id=site_id,
        sku=sku,
        ours=ours if by_quantity else our_value,
        theirs=theirs if by_quantity else their_value,
        explanation={"what": "balance", "reference": part, "source": "ledger"},
        url=f"/stock/products/{sku}/",
    )


def compare_costs(site_id: int, currency: str, at: datetime) -> Compared | None:
    """A unit cost for everything of ours at the site, none older than 400 days, and the rates its currencies need, none
    older than a week. None: there is no stock. 2 queries.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COSTS, {"site": site_id, "at": at, "stale": at - COST_AGE})
        costs = cursor.fetchall()
    if not costs:
        return None
    wrong = [_cost(site_id, *row) for row in costs if row[3]]
    pairs = {(cost_currency, currency) for _sku, cost_currency, _from, _code in costs if cost_currency}
    pairs = {pair for pair in pairs if pair[0] != pair[1]}
    rates = exchange_rates(sorted(pairs), at.date(), RATE_DAYS)
    for (base, quote), rate in sorted(rates.items()):
        if not isinstance(rate, Rate):
            wrong.append(_rate(site_id, base, quote, rate))
    return Compared(
        lines=len(costs) + len(pairs),
        differing=len(wrong),
        explained=0,
        differences=tuple(wrong[:LISTED]),
        complete_to=at,
    )


def _cost(site_id: int, sku: str, _currency: str, since: datetime | None, code: str) -> Differs:
    words = "has no unit cost" if code == "missing" else "has an old unit cost"
    return Differs(
        key=f"cost:{sku}",
        class_code=code,
        title=f"{sku} {words}",
        site_id=site_id,
        sku=sku,
        ours=f"{since:%Y-%m-%d}" if since else None,
        explanation={"what": "cost", "source": "cost"},
        url=f"/prices/products/{sku}/",
    )


def _rate(site_id: int, base: str, quote: str, problem: Any) -> Differs:
    code = "missing" if type(problem).__name__ == "MissingRate" else "stale"
    return Differs(
        key=f"rate:{base}:{quote}",
        class_code=code,
        title=f"No fresh exchange rate {base} to {quote}",
        site_id=site_id,
        explanation={"what": "rate", "reference": f"{base}/{quote}", "source": "rate"},
        url="/settings/rates/",
    )
