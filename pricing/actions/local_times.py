"""Local times of a change: its window from its lists' zones, each line's own window, and what to tell about them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lib.faults import refuse
from pricing.models import PriceChange
from pricing.queries.local_times import ListTimes, is_local, local_times
from pricing.rules.findings import BLOCK, NOTE, Found
from pricing.rules.local_times import GAP, OVERLAP

#: How late a wish for "now" may arrive and still not be in the past.
LATE = timedelta(seconds=60)


def settle_window(change: PriceChange) -> None:
    """Set effective_from and effective_until of a draft with local times: from its earliest zone to its latest.

    Raises Faults 422 `ends_before_it_begins` where daylight saving leaves nothing between the two. The caller holds
    the change's lock.
    """
    if not is_local(change):
        return
    lists = local_times(change)
    _refuse_empty(lists)
    change.effective_from = min((one.begins_at for one in lists if one.begins_at), default=None)
    change.effective_until = max((one.ends_at for one in lists if one.ends_at), default=None)
    PriceChange.objects.filter(pk=change.pk).update(
        effective_from=change.effective_from, effective_until=change.effective_until
    )


def stamp_lines(change: PriceChange) -> None:
    """Give each line the window of its list, when the change is submitted; one statement per list."""
    for one in local_times(change):
        if one.one_instant:
            change.lines.filter(price_list_id=one.facts.id).update(
                valid_from=one.begins_at, valid_until=one.ends_at
            )


def _refuse_empty(lists: Sequence[ListTimes]) -> None:
    for one in lists:
        for row in one.zones:
            if row.begins and row.ends and row.ends.at <= row.begins.at:
                detail = f"In {row.zone} nothing lies between the two: the clocks skip it."
                raise refuse("ends_before_it_begins", detail, pointer="/local_until")


def refuse_past(change: PriceChange, now: datetime) -> None:
    """Raise Faults 422 `effective_in_past` if the earliest zone of a change with local times has passed the moment."""
    if change.local_from and change.effective_from is not None and change.effective_from < now - LATE:
        told = change.effective_from.isoformat(timespec="minutes")
        detail = f"{change.local_from} has passed in the earliest zone, at {told}."
        raise refuse("effective_in_past", detail, pointer="/local_from")


def zone_findings(change: PriceChange) -> tuple[dict[int, Found], list[Found]]:
    """A block for each list over several zones, by list id; notes on the whole change for daylight saving. 3 queries."""
    blocks: dict[int, Found] = {}
    notes: dict[tuple[str, str], Found] = {}
    for one in local_times(change):
        if not one.one_instant:
            zones = ", ".join(
                f"{row.zone} {min(m.at for m in row.moments).isoformat(timespec='minutes')}"
                for row in one.zones
            )
            blocks[one.facts.id] = Found("several_zones", BLOCK, {"list": one.facts.code, "zones": zones})
        for row in one.zones:
            for moment in row.moments:
                if moment.kind in (GAP, OVERLAP):
                    told = {"zone": row.zone, "wall": moment.wall.isoformat(sep=" ", timespec="minutes")}
                    told["shown"] = moment.shown.isoformat(sep=" ", timespec="minutes")
                    told["at"] = moment.at.isoformat(timespec="minutes")
                    notes[(row.zone, told["wall"])] = Found(f"local_{moment.kind}", NOTE, told)
    return blocks, list(notes.values())
