"""Reading rows in quarantine: what is open, whose it is, until when."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404

from catalog.models import Site
from feeds.models import QuarantineRow
from feeds.queries.uploads import feeds_in

MAX_EXPORTED = 100_000
SiteIds = Collection[int] | None
State = QuarantineRow.State


@dataclass(frozen=True)
class RowFilter:
    """feed, code: exact, "" for all. owner: a user's name, "role:<role>", or "". state: "" for all. overdue_at: only open
    rows due before it. delivery: its id, 0 for all."""

    feed: str = ""
    code: str = ""
    owner: str = ""
    state: str = State.OPEN
    delivery: int = 0
    overdue_at: datetime | None = None


def rows_in(site_ids: SiteIds, asked: RowFilter = RowFilter(state="")) -> QuerySet[QuarantineRow]:
    """Rows in scope, by deadline: of feeds in scope, and of no site or of one in scope."""
    rows = QuarantineRow.objects.select_related("delivery__feed__source", "owner")
    rows = rows.filter(feeds_in(site_ids, "delivery__feed__"))
    if site_ids is not None:
        codes = Site.objects.filter(pk__in=list(site_ids)).values("code")
        rows = rows.filter(Q(site_code="") | Q(site_code__in=codes))
    exact = {
        "delivery__feed__name": asked.feed,
        "code": asked.code,
        "state": asked.state,
        "delivery_id": asked.delivery,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.owner.startswith("role:"):
        rows = rows.filter(owner=None, owner_role=asked.owner.removeprefix("role:"))
    elif asked.owner:
        rows = rows.filter(owner__username=asked.owner)
    if asked.overdue_at is not None:
        rows = rows.filter(state=State.OPEN, due_at__lt=asked.overdue_at)
    return rows.order_by("due_at", "id")


def row_in(site_ids: SiteIds, row_id: int) -> QuarantineRow:
    """One row. Raises Http404: unknown, or outside the scope. One query."""
    found = rows_in(site_ids).filter(pk=row_id).first()
    if found is None:
        raise Http404(row_id)
    return found


def filter_choices(site_ids: SiteIds) -> dict[str, list[Any]]:
    """What open rows can be filtered by, with how many there are: feeds, codes, owners. One query."""
    found = (
        rows_in(site_ids, RowFilter())
        .order_by()
        .values_list("delivery__feed__name", "code", "owner__username", "owner_role")
        .annotate(rows=Count("id"))
    )
    feeds: dict[str, int] = {}
    codes: dict[str, int] = {}
    owners: dict[str, int] = {}
    for feed, code, owner, role, rows in found:
        feeds[feed] = feeds.get(feed, 0) + rows
        codes[code] = codes.get(code, 0) + rows
        who = owner or f"role:{role}"
        owners[who] = owners.get(who, 0) + rows
    return {
        name: sorted(given.items())
        for name, given in (("feeds", feeds), ("codes", codes), ("owners", owners))
    }


@dataclass(frozen=True)
class Overdue:
    """Open rows of one feed that are past their deadline."""

    feed: str
    rows: int
    since: datetime
    site_id: int | None


def overdue_rows(at: datetime) -> list[Overdue]:
    """By feed, the longest overdue first. One query."""
    rows = (
        QuarantineRow.objects.filter(state=State.OPEN, due_at__lt=at)
        .values_list("delivery__feed__name", "delivery__feed__site_id")
        .annotate(rows=Count("id"), since=Min("due_at"))
        .order_by("since")
    )
    return [Overdue(feed, count, since, site_id) for feed, site_id, count, since in rows]


def open_counts(delivery_id: int) -> dict[str, int]:
    """How many rows of the delivery are in each state. One query."""
    rows = QuarantineRow.objects.filter(delivery_id=delivery_id).order_by().values_list("state")
    return dict(rows.annotate(rows=Count("id")))


def exported(rows: QuerySet[QuarantineRow]) -> tuple[list[str], Iterator[list[Any]]]:
    """(columns, lines) of a file of failed rows: where each stands and why, then what it said, field by field."""
    found = list(rows[:MAX_EXPORTED])
    fields = list(dict.fromkeys(name for row in found for name in row.row))
    columns = ["feed", "delivery", "row", "code", "detail", "due_at", *fields]

    def lines() -> Iterator[list[Any]]:
        for row in found:
            said = [row.row.get(name, "") for name in fields]
            head = [row.delivery.feed.name, row.delivery_id, row.number, row.code, row.detail]
            yield [*head, row.due_at.isoformat() if row.due_at else "", *said]

    return columns, lines()
