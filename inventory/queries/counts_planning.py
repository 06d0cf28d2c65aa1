"""What is due to be counted at a site, by rule; what is set up."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from catalog.models import Site
from inventory.models import CountRule, CountTolerance, Shelf
from inventory.queries.documents import plain

#: How many counts of a product its accuracy is taken over.
LAST_COUNTS = 5

# What stands at the site and no open count covers; last: when it was last settled, "-infinity" for never.
_CANDIDATES = """
WITH held AS (
    SELECT b.product_id, sum(b.on_hand) AS on_hand, max(b.last_occurred_at) AS moved_at, sum(b.value) AS value
    FROM inventory_balance b WHERE b.site_id = %(site)s GROUP BY 1),
c AS (
    SELECT p.id, p.sku, h.on_hand, h.moved_at, h.value, coalesce(l.closed_at, '-infinity') AS last
    FROM held h JOIN catalog_product p ON p.id = h.product_id
    LEFT JOIN LATERAL (
        SELECT i.closed_at FROM inventory_countitem i
        WHERE i.site_id = %(site)s AND i.product_id = p.id AND i.closed_at IS NOT NULL
        ORDER BY i.closed_at DESC LIMIT 1) l ON true
    WHERE (%(abc)s = '' OR coalesce(nullif(p.abc_class, ''), 'C') = %(abc)s)
        AND NOT EXISTS (SELECT FROM inventory_countitem i
                        WHERE i.site_id = %(site)s AND i.product_id = p.id AND i.is_open)
)
"""

_DUE = {
    "periodic": """
        SELECT sku FROM c WHERE on_hand <> 0 AND last < %(at)s - make_interval(days => %(days)s)
        ORDER BY last, value DESC, sku LIMIT %(most)s""",
    "turnover": """
        SELECT sku FROM c CROSS JOIN LATERAL (
            SELECT -sum(e.value) AS sold FROM inventory_entry e
            WHERE e.location_id = %(site)s AND e.product_id = c.id AND e.quantity < 0
                AND e.counter_id NOT IN (-3) AND e.occurred_at > greatest(c.last, %(at)s - interval '90 days')) t
        WHERE c.last < %(at)s - make_interval(days => %(days)s) AND t.sold > %(threshold)s
        ORDER BY t.sold DESC, sku LIMIT %(most)s""",
    "accuracy": """
        SELECT sku FROM c CROSS JOIN LATERAL (
            SELECT avg((x.outcome = 'matched')::int) AS accuracy FROM (
                SELECT i.outcome FROM inventory_countitem i
                WHERE i.site_id = %(site)s AND i.product_id = c.id AND i.closed_at IS NOT NULL AND i.outcome <> ''
                ORDER BY i.closed_at DESC LIMIT %(counts)s) x) t
        WHERE c.last < %(at)s - make_interval(days => %(days)s) AND t.accuracy < %(threshold)s
        ORDER BY t.accuracy, last, sku LIMIT %(most)s""",
    "zero": """
        SELECT sku FROM c WHERE on_hand = 0 AND moved_at > last AND moved_at > %(at)s - interval '30 days'
            AND last < %(at)s - make_interval(days => %(days)s)
        ORDER BY moved_at DESC, sku LIMIT %(most)s""",
    "negative": """
        SELECT sku FROM c WHERE on_hand < 0 AND last < %(at)s - make_interval(days => %(days)s)
        ORDER BY on_hand, sku LIMIT %(most)s""",
}


def due_products(rule: CountRule, site: Site, at: datetime) -> tuple[str, ...]:
    """SKUs that `rule` wants counted at `site`, the most pressing first, at most `rule.at_most`. 1 query."""
    values: dict[str, Any] = {
        "site": site.pk, "at": at, "abc": rule.abc_class, "days": rule.every_days, "threshold": rule.threshold,
        "most": rule.at_most, "counts": LAST_COUNTS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES + _DUE[rule.kind], values)
        return tuple(row[0] for row in cursor.fetchall())


def rules_at(visible: Collection[int] | None) -> QuerySet[CountRule]:
    """Rules of every site and of sites in scope. 1 query."""
    found = CountRule.objects.select_related("site").order_by("-pk")
    return found if visible is None else found.filter(Q(site__isnull=True) | Q(site_id__in=list(visible)))


def rule_body(rule: CountRule) -> dict[str, Any]:
    """A rule as REST shows it; needs `site`."""
    return {
        "id": rule.pk,
        "name": rule.name,
        "kind": rule.kind,
        "site": rule.site.code if rule.site else "",
        "abc_class": rule.abc_class,
        "every_days": rule.every_days,
        "threshold": plain(rule.threshold),
        "at_most": rule.at_most,
        "active": rule.is_active,
    }


def tolerances_at(visible: Collection[int] | None) -> QuerySet[CountTolerance]:
    """Tolerances of every site and of sites in scope. 1 query."""
    found = CountTolerance.objects.select_related("site", "product").order_by("-pk")
    return found if visible is None else found.filter(Q(site__isnull=True) | Q(site_id__in=list(visible)))


def tolerance_body(row: CountTolerance) -> dict[str, Any]:
    """A tolerance as REST shows it; needs `site` and `product`. Without a limit of its own: null."""
    names = ("over", "under", "value_over", "value_under")
    return {
        "id": row.pk,
        "site": row.site.code if row.site else "",
        "sku": row.product.sku if row.product else "",
        "abc_class": row.abc_class,
        **{name: plain(value) if (value := getattr(row, name)) is not None else None for name in names},
    }


def shelves_at(site: Site) -> QuerySet[Shelf]:
    """Where products stand at a site. 1 query."""
    return Shelf.objects.filter(site=site).select_related("product").order_by("pk")


def shelf_bodies(shelves: Iterable[Shelf]) -> list[dict[str, Any]]:
    """Places as REST shows them; needs `product`."""
    return [{"sku": shelf.product.sku, "zone": shelf.zone, "bin": shelf.bin} for shelf in shelves]


def zones_at(site_id: int) -> list[str]:
    """The zones of a site, by name. 1 query."""
    found = Shelf.objects.filter(site=site_id).order_by("zone").values_list("zone", flat=True)
    return list(found.distinct())
