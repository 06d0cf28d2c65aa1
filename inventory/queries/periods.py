"""Months of sites, for pages and REST."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from inventory.models import Period
from inventory.queries.documents import plain


def periods(visible: Collection[int] | None, site: str = "", state: str = "") -> QuerySet[Period]:
    """Months that anything was written into, newest first. 1 query."""
    found = Period.objects.select_related("site").order_by("-month", "site__code", "-id")
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    if site:
        found = found.filter(site__code=site)
    if state:
        found = found.filter(state=state)
    return found


def period_body(period: Period) -> dict[str, Any]:
    """A month as REST shows it; needs `site`."""
    return {
        "id": period.pk,
        "site": period.site.code,
        "month": f"{period.month:%Y-%m}",
        "state": period.state,
        "starts_at": period.starts_at.isoformat(),
        "ends_at": period.ends_at.isoformat(),
        "closed_at": period.closed_at.isoformat() if period.closed_at else None,
        "lines": period.line_count,
        "value": plain(period.value),
        "currency": period.site.currency,
    }
