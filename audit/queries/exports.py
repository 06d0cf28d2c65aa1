"""Exports of the trail."""

from audit.models import Export


def export_by_id(export_id: int, owner_id: int | None) -> Export | None:
    """An export of `owner_id`; None when there is none or it is another's. One query."""
    return Export.objects.filter(pk=export_id, requested_by_id=owner_id or 0).first()


def exports_of(owner_id: int | None, limit: int = 10) -> list[Export]:
    """A person's exports, the newest first. One query."""
    return list(Export.objects.filter(requested_by_id=owner_id or 0).order_by("-id")[:limit])


def exports_waiting() -> bool:
    """Whether an export is queued or unfinished. One query."""
    return Export.objects.filter(state__in=[Export.State.QUEUED, Export.State.RUNNING]).exists()
