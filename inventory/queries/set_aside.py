"""What is on hand but not for sale: to be inspected, in quarantine, blocked; since when and why. And what was graded."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from catalog.models import Site
from inventory.models import Grading
from inventory.queries.documents import plain
from inventory.queries.write_offs import evidence_body
from inventory.rules.states import BLOCKED, INSPECT, QUARANTINE
from web.stored_files import attachments_of

ASIDE = (INSPECT, QUARANTINE, BLOCKED)
GRADING = "grading"

# Goods leave in the order they came: what is left is the last that came in. `come` counts back from now until it covers
# what is there; the movement it stops at is the oldest that is still here.
_ROWS = """
SELECT b.id, s.id AS site_id, s.code AS site, s.name AS site_name, s.timezone, s.currency, p.sku, p.name, p.unit, b.lot,
       b.state, coalesce(o.code, '') AS owner, b.on_hand, b.value, a.occurred_at AS since, a.movement_id AS movement,
       coalesce(m.reference, '') AS reference, coalesce(m.kind, '') AS kind, coalesce(m.reason, '') AS why
FROM inventory_balance b
JOIN catalog_site s ON s.id = b.site_id
JOIN catalog_product p ON p.id = b.product_id
LEFT JOIN catalog_supplier o ON o.id = b.owner_id
LEFT JOIN LATERAL (
    SELECT e.occurred_at, e.movement_id FROM (
        SELECT e.id, e.occurred_at, e.movement_id, e.quantity,
               sum(e.quantity) OVER (ORDER BY e.occurred_at DESC, e.id DESC) AS come
        FROM inventory_entry e
        WHERE e.product_id = b.product_id AND e.location_id = b.site_id AND e.lot = b.lot AND e.state = b.state
            AND e.owner_id = b.owner_id AND e.quantity > 0) e
    WHERE e.come - e.quantity < b.on_hand ORDER BY e.occurred_at, e.id LIMIT 1) a ON true
LEFT JOIN inventory_movement m ON m.id = a.movement_id
WHERE b.state <> 'available' AND b.state = ANY(%(states)s) AND b.on_hand > 0
    AND (%(visible)s::bigint[] IS NULL OR b.site_id = ANY(%(visible)s::bigint[]))
    AND (%(site)s = '' OR s.code = %(site)s) AND (%(sku)s = '' OR p.sku = %(sku)s)
    AND b.id > %(after)s
ORDER BY {order} LIMIT %(limit)s
"""


def set_aside_rows(
    visible: Collection[int] | None,
    *,
    state: str = "",
    site: str = "",
    sku: str = "",
    limit: int = 500,
    after: int | None = None,
) -> list[dict[str, Any]]:
    """What is set aside in scope, the oldest first; after: the rows behind that one, by their own number. 1 query.

    state: "" for all that are not available. since, why: of the oldest movement that is still there.
    """
    values = {
        "states": [state] if state in ASIDE else list(ASIDE),
        "visible": None if visible is None else sorted(visible),
        "site": site,
        "sku": sku,
        "after": -1 if after is None else after,
        "limit": limit,
    }
    order = "a.occurred_at, b.id" if after is None else "b.id"
    with connection.cursor() as cursor:
        cursor.execute(_ROWS.format(order=order), values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def set_aside_body(row: dict[str, Any], *, with_costs: bool) -> dict[str, Any]:
    """A row as REST shows it."""
    since = row["since"]
    return {
        **{name: row[name] for name in ("site", "sku", "lot", "state", "owner", "currency")},
        "quantity": plain(row["on_hand"]),
        "value": plain(row["value"]) if with_costs else None,
        "since": since.isoformat() if since else None,
        "movement": row["movement"],
        "reference": row["reference"],
        "why": row["why"],
    }


def sites_that_inspect(codes: Collection[str]) -> frozenset[str]:
    """Of these sites those whose control profile sends what customers bring back to inspection. 1 query."""
    found = Site.objects.filter(code__in=list(codes), control_profile__settings__returns_state=INSPECT)
    return frozenset(found.values_list("code", flat=True))


def waiting_too_long(at: datetime, limit: timedelta) -> list[tuple[int, str, int, datetime]]:
    """(site id, code, products, since) of sites where something has waited for its grade longer than `limit`. 1 query."""
    late: dict[int, tuple[int, str, int, datetime]] = {}
    for row in set_aside_rows(None, state=INSPECT, limit=10_000):
        if row["since"] is not None and row["since"] < at - limit:
            number = late[row["site_id"]][2] if row["site_id"] in late else 0
            since = late[row["site_id"]][3] if row["site_id"] in late else row["since"]
            late[row["site_id"]] = (row["site_id"], row["site"], number + 1, min(since, row["since"]))
    return sorted(late.values(), key=lambda one: one[3])


def visible_gradings(
    visible: Collection[int] | None, asked: dict[str, str] | None = None
) -> QuerySet[Grading]:
    """Gradings of sites in scope, newest first. 1 query."""
    found = Grading.objects.select_related("site", "product", "write_off", "supplier_return").order_by("-pk")
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    for name, field in (("site", "site__code"), ("sku", "product__sku"), ("grade", "grade")):
        if (asked or {}).get(name):
            found = found.filter(**{field: (asked or {})[name]})
    return found


def grading_body(one: Grading) -> dict[str, Any]:
    """A grading as REST shows it. 1 query."""
    markdown = one.markdown_fraction
    return {
        "id": one.pk,
        "site": one.site.code,
        "sku": one.product.sku,
        "lot": one.lot,
        "quantity": plain(one.quantity),
        "grade": one.grade,
        "outcome": one.outcome,
        "markdown_fraction": plain(markdown) if markdown is not None else None,
        "comment": one.comment,
        "movement": one.movement_id,
        "write_off": one.write_off_id,
        "supplier_return": one.supplier_return_id,
        "graded_by": one.graded_by_name,
        "graded_at": one.graded_at.isoformat(),
        "evidence": [evidence_body(file) for file in attachments_of(GRADING, [one.pk])],
    }
