"""Disputes and comparisons."""

from collections.abc import Collection
from typing import TypeVar

from django.db.models import Model, QuerySet

from finance.models import Dispute

M = TypeVar("M", bound=Model)


def in_scope(rows: QuerySet[M], visible: Collection[int] | None) -> QuerySet[M]:
    """Rows of these sites; None: all, also those of no site."""
    return rows if visible is None else rows.filter(site_id__in=list(visible))


def disputes_of() -> QuerySet[Dispute]:
    """Disputes with their site, the most urgent first."""
    return Dispute.objects.select_related("site").order_by("due_at", "id")
