"""Computing the daily figures, set-based: one statement per figure and day."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from audit.actions import record
from catalog.queries import MissingRate, StaleRate, exchange_rate
from lib.actors import Actor

MONEY_CTE = """
tax AS (
  SELECT DISTINCT ON (country, tax_class) country, tax_class, rate_fraction FROM catalog_taxrate
  WHERE valid_from <= %(on)s ORDER BY country, tax_class, valid_from DESC),
cost AS (
  SELECT DISTINCT ON (product_id) product_id, amount, currency FROM catalog_unitcost
  WHERE valid_from < %(on)s::date + 1 ORDER BY product_id, valid_from DESC),
rate (base, quote, rate) AS (
  SELECT * FROM unnest(%(bases)s::text[], %(quotes)s::text[], %(rates)s::numeric[])),
sold AS (
  SELECT f.site_id, f.revenue / (1 + coalesce(t.rate_fraction, 0)) AS net,
         (f.units_sold - f.units_returned) * c.amount * r.rate AS cost
  FROM sales_dailyfact f
  JOIN catalog_site s ON s.id = f.site_id
  JOIN catalog_product p ON p.id = f.product_id
  LEFT JOIN tax t ON t.country = s.country AND t.tax_class = p.tax_class
  LEFT JOIN cost c ON c.product_id = f.product_id
  LEFT JOIN rate r ON r.base = c.currency AND r.quote = s.currency
  WHERE f."on" = %(on)s)
"""

STATEMENTS = {
    "net_sales": f"WITH {MONEY_CTE} SELECT site_id, sum(net), 1 FROM sold GROUP BY site_id",
    "gross_margin": (
        f"WITH {MONEY_CTE} SELECT site_id, sum(net - cost), sum(net) FROM sold WHERE cost IS NOT NULL"
        " GROUP BY site_id HAVING sum(net) > 0"
    ),
    "availability": """
        WITH wanted AS (
          SELECT DISTINCT f.site_id, f.product_id FROM sales_dailyfact f JOIN catalog_site s ON s.id = f.site_id
          WHERE f."on" > %(on)s::date - 28 AND f."on" <= %(on)s AND s.kind <> 'warehouse' AND f.units_sold > 0),
        later AS (
          SELECT e.location_id, e.product_id, sum(e.quantity) AS quantity FROM inventory_entry e
          WHERE e.location_id > 0 AND e.occurred_at >= (%(on)s::date + 1)::timestamptz GROUP BY 1, 2),
        held AS (
          SELECT site_id, product_id, sum(on_hand) AS on_hand FROM inventory_balance GROUP BY 1, 2)
        SELECT w.site_id,
               count(*) FILTER (WHERE coalesce(h.on_hand, 0) - coalesce(l.quantity, 0) > 0), count(*)
        FROM wanted w
        LEFT JOIN held h ON h.site_id = w.site_id AND h.product_id = w.product_id
        LEFT JOIN later l ON l.location_id = w.site_id AND l.product_id = w.product_id
        GROUP BY w.site_id""",
    "stock_accuracy": """
        SELECT DISTINCT ON (r.site_id) r.site_id, r.matched, r.matched + r.differing
        FROM inventory_reconciliation r JOIN catalog_site s ON s.id = r.site_id
        WHERE (r.taken_at AT TIME ZONE s.timezone)::date = %(on)s AND r.matched + r.differing > 0
        ORDER BY r.site_id, r.taken_at DESC""",
    "stock_value": """
        WITH later AS (
          SELECT location_id, sum(value) AS value FROM inventory_entry
          WHERE location_id > 0 AND occurred_at >= (%(on)s::date + 1)::timestamptz GROUP BY 1)
        SELECT b.site_id, sum(b.value) - coalesce(max(l.value), 0), 1
        FROM inventory_balance b LEFT JOIN later l ON l.location_id = b.site_id GROUP BY b.site_id""",
}


@transaction.atomic
def record_figures(days: Iterable[date], *, actor: Actor) -> int:
    """Compute and store every figure of `days`; figures already stored for those days are replaced.

    Returns the number of figures. Days are local to each site for sales and end at 24:00 UTC for stock.
    Locks: nothing but the figures. Records: figures.recorded. Allowed: jobs and the system.
    """
    written = 0
    counted: list[str] = []
    for on in days:
        arguments = _arguments(on)
        with connection.cursor() as cursor:
            for name, statement in STATEMENTS.items():
                cursor.execute(
                    'INSERT INTO reports_figure (site_id, numerator, denominator, name, "on")'
                    f" SELECT q.*, %(name)s, %(on)s FROM ({statement}) q"
                    ' ON CONFLICT (name, "on", site_id) DO UPDATE'
                    " SET numerator = EXCLUDED.numerator, denominator = EXCLUDED.denominator,"
                    " recorded_at = now()",
                    {**arguments, "name": name},
                )
                written += cursor.rowcount
        counted.append(on.isoformat())
    record(
        actor=actor,
        kind="figures.recorded",
        subject="figures:daily",
        after={"days": counted, "figures": written},
    )
    return written


def missing_days(today: date, days: int) -> list[date]:
    """The days among the `days` before and including yesterday that have no figure, oldest first; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT DISTINCT "on" FROM reports_figure WHERE "on" >= %s', [today - timedelta(days=days)]
        )
        known = {row[0] for row in cursor.fetchall()}
    wanted = [today - timedelta(days=back) for back in range(days, 0, -1)]
    return [on for on in wanted if on not in known]


def _arguments(on: date) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.currency, s.currency FROM catalog_unitcost c CROSS JOIN"
            " (SELECT DISTINCT currency FROM catalog_site) s"
        )
        pairs = cursor.fetchall()
    found = []
    for base, quote in pairs:
        try:
            found.append((base, quote, exchange_rate(base, quote, on).rate))
        except (MissingRate, StaleRate):
            continue
    return {
        "on": on,
        "bases": [base for base, _quote, _rate in found],
        "quotes": [quote for _base, quote, _rate in found],
        "rates": [rate for _base, _quote, rate in found],
    }
