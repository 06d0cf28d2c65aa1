"""What an edge was asked for: query parameters into an EventFilter."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.queries import EventFilter
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults

SPANS = {"today": 0, "yesterday": 1, "week": 6, "month": 29}


def instant(text: str, pointer: str) -> datetime | None:
    """ISO 8601 with an offset, or None for "". Raises Faults 422 `invalid_time`, `no_offset`."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
        if at.tzinfo is None:
            raise Faults(
                [Fault(pointer, "no_offset", _("A time needs an offset, such as 2026-03-01T00:00:00Z."))]
            )
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Faults([Fault(pointer, "invalid_time", _("This is no ISO 8601 time."))]) from error


def sites_of(request: Any) -> frozenset[int] | None:
    """The sites the reader sees, None for all; none when nobody has said (catalog's middleware says)."""
    visible = getattr(request, "visible_site_ids", None)
    return visible() if visible else frozenset()


def filter_of(asked: Mapping[str, Any], actor: Actor, site_ids: frozenset[int] | None) -> EventFilter:
    """The filter of REST parameters or body: subject, actor, from, to, kind, reason, field.

    Raises Faults 422, all at once.
    """
    times: dict[str, datetime | None] = {}
    faults = []
    for name in ("from", "to"):
        try:
            times[name] = instant(str(asked.get(name) or ""), f"/{name}")
        except Faults as refused:
            faults += refused.faults
    if faults:
        raise Faults(faults)
    words = {name: _plain(asked.get(name)) for name in ("subject", "actor", "kind", "reason", "field")}
    return EventFilter(
        subject=words["subject"],
        actor=words["actor"],
        kind=words["kind"],
        words=words["reason"],
        field=words["field"],
        since=times["from"],
        until=times["to"],
        site_ids=site_ids,
        own_id=actor.id,
    )


def page_filter(asked: Mapping[str, Any], actor: Actor, site_ids: frozenset[int] | None) -> EventFilter:
    """The filter of the page's URL: who, kind, subject, q, field, span; readings only when asked for."""
    since, until = span_of(_plain(asked.get("span")))
    return EventFilter(
        subject=_plain(asked.get("subject")),
        actor=_plain(asked.get("who")),
        kind=_plain(asked.get("kind")),
        words=_plain(asked.get("q")),
        field=_plain(asked.get("field")),
        since=since,
        until=until,
        site_ids=site_ids,
        own_id=actor.id,
        with_readings=False,
    )


def span_of(span: str) -> tuple[datetime | None, datetime | None]:
    """ "today", "yesterday", "week" (7 days) or "month" (30 days) in the reader's zone; anything else is all time."""
    if span not in SPANS:
        return None, None
    midnight = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    since = midnight - timedelta(days=SPANS[span])
    return since, midnight if span == "yesterday" else None


def _plain(value: Any) -> str:
    return str(value or "").replace("\x00", "").strip()[:200]
