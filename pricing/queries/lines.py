"""Lines of a change as the pages show them: product, old and new, findings, and whether the base has moved."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from pricing.models import Finding


@dataclass(frozen=True)
class LineRow:
    """One line. is_moved: the live price is no longer the one it was written against; live_amount is what it is now.

    origin "follow": added because an own price follows its parent's.
    """

    id: int
    product_id: int
    sku: str
    name: str
    list_id: int
    price_list: str
    list_name: str
    currency: str
    min_quantity: Decimal
    amount: Decimal | None
    old_amount: Decimal | None
    change_fraction: Decimal | None
    margin_fraction: Decimal | None
    unit_cost: Decimal | None
    is_moved: bool
    live_amount: Decimal | None
    origin: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def severity(self) -> str:
        """The worst of its findings, "" without one."""
        found = {finding.severity for finding in self.findings}
        return next((one for one in ("block", "review", "note") if one in found), "")


LINES = """
SELECT l.id, p.id, p.sku, p.name, pl.id, pl.code, pl.name, l.currency, l.min_quantity, l.amount, l.old_amount,
       l.change_fraction, l.margin_fraction, l.unit_cost,
       c.state IN ('draft', 'pending') AND (
         EXISTS (SELECT FROM pricing_price b WHERE b.id = ANY(l.base_ids) AND NOT upper_inf(b.known))
         OR EXISTS (SELECT FROM pricing_price b WHERE b.price_list_id = l.price_list_id
              AND b.product_id = l.product_id AND b.min_quantity = l.min_quantity AND b.currency = l.currency
              AND upper_inf(b.known) AND NOT b.id = ANY(l.base_ids)
              AND b.valid && CASE WHEN span.until IS NULL OR span.until > span.since
                             THEN tstzrange(span.since, span.until) ELSE 'empty'::tstzrange END)),
       live.amount, l.origin
  FROM pricing_pricechangeline l
  JOIN pricing_pricechange c ON c.id = l.change_id
  JOIN catalog_product p ON p.id = l.product_id
  JOIN pricing_pricelist pl ON pl.id = l.price_list_id
  CROSS JOIN LATERAL (
    SELECT greatest(c.effective_from, l.valid_from, clock_timestamp()) AS since,
           least(c.effective_until, l.valid_until) AS until
  ) span
  LEFT JOIN LATERAL (
    SELECT b.amount FROM pricing_price b WHERE b.price_list_id = l.price_list_id AND b.product_id = l.product_id
       AND b.min_quantity = l.min_quantity AND upper_inf(b.known) AND b.valid @> clock_timestamp() LIMIT 1
  ) live ON true
 WHERE l.change_id = %(change)s AND (%(skus)s IS NULL OR p.sku = ANY(%(skus)s))
 ORDER BY pl.kind = 'promotion', pl.id, l.position, l.id
 LIMIT %(limit)s
"""
MAX_LINES = 20_000


def line_rows(change_id: int, skus: Collection[str] | None = None, limit: int = MAX_LINES) -> list[LineRow]:
    """Lines of a change with their findings, by list and position; only those of `skus` when given. 2 queries."""
    with connection.cursor() as cursor:
        asked = {"change": change_id, "skus": None if skus is None else list(skus), "limit": limit}
        cursor.execute(LINES, asked)
        rows = {row[0]: LineRow(*row) for row in cursor.fetchall()}
    for finding in Finding.objects.filter(change_id=change_id, line_id__in=list(rows)).order_by("id"):
        rows[finding.line_id or 0].findings.append(finding)
    return list(rows.values())
