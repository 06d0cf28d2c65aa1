"""Reservations for pages and REST."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from inventory.models import Reservation
from inventory.queries.documents import plain

STATES = ("open", "fulfilled", "released", "expired")


def reservations(visible: Collection[int] | None, asked: dict[str, str]) -> QuerySet[Reservation]:
    """Reservations newest first; asked: site, sku, reference, state. 1 query."""
    found = Reservation.objects.select_related("site", "product", "bundle", "end").order_by("-id")
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    if asked.get("site"):
        found = found.filter(site__code=asked["site"])
    if asked.get("sku"):
        found = found.filter(product__sku=asked["sku"])
    if asked.get("reference"):
        found = found.filter(reference=asked["reference"])
    if asked.get("state") == "open":
        found = found.filter(end__isnull=True)
    elif asked.get("state"):
        found = found.filter(end__reason=asked["state"])
    return found


def reservation_body(one: Reservation) -> dict[str, Any]:
    """A reservation as REST shows it; needs site, product and end."""
    end = getattr(one, "end", None)
    body = {
        "id": one.pk,
        "site": one.site.code,
        "sku": one.product.sku,
        "quantity": plain(one.quantity),
        "reference": one.reference,
        "expires_at": one.expires_at.isoformat(),
        "recorded_at": one.recorded_at.isoformat(),
        "ended": end.reason if end else None,
        "movement": end.movement_id if end else None,
    }
    if one.lot:
        body["lot"] = one.lot
    if one.bundle is not None:
        body["bundle"] = one.bundle.sku
    return body
