"""The list of changes, filtered."""

import re
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from pricing.models import PriceChange
from pricing.queries.price_changes import price_changes

REFERENCE = re.compile(r"(?:PC-\d{4}-)?0*(\d{1,12})", re.IGNORECASE)
ORDERS = {"id", "title", "state", "line_count", "effective_from", "created_at"}


@dataclass(frozen=True)
class ChangeFilter:
    """words: in title or reason, a reference, or a SKU among the lines."""

    state: str = ""
    prepared_by_id: int | None = None
    words: str = ""
    order: str = ""


def found_changes(wanted: ChangeFilter) -> QuerySet[PriceChange]:
    """Changes, newest first, each with `blocks`, `reviews` and `notes`; 1 query when read."""
    found = price_changes(wanted.state)
    if wanted.prepared_by_id:
        found = found.filter(prepared_by_id=wanted.prepared_by_id)
    words = wanted.words.replace("\x00", "").strip()
    if words:
        match = Q(title__icontains=words) | Q(reason__icontains=words) | Q(prepared_by_name__icontains=words)
        if numbered := REFERENCE.fullmatch(words):
            match |= Q(pk=int(numbered.group(1)))
        match |= Q(pk__in=PriceChange.objects.filter(lines__product__sku__iexact=words).values("pk"))
        found = found.filter(match)
    if wanted.order.removeprefix("-") in ORDERS:
        found = found.order_by(wanted.order, "-id")
    return found.annotate(
        blocks=Count("findings", filter=Q(findings__severity="block")),
        reviews=Count("findings", filter=Q(findings__severity="review")),
        notes=Count("findings", filter=Q(findings__severity="note")),
    )


def changes_to_rehearse(limit: int = 50) -> list[PriceChange]:
    """Changes that are written or wait, with lines, newest first; 1 query."""
    states = (PriceChange.State.PENDING, PriceChange.State.DRAFT, PriceChange.State.APPROVED)
    found = PriceChange.objects.filter(state__in=states, line_count__gt=0, placed_at__isnull=True)
    return list(found.order_by("-id")[:limit])
