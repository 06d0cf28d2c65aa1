"""The facts of a change with local times, at the instant that each zone's clocks give."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from pricing.models import PriceChange
from pricing.queries.guardrails import Part, line_facts
from pricing.queries.local_times import local_times
from pricing.queries.world import Collected


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """What lines meet when the clocks of these zones show the change's time; "" where all lines share one instant."""

    zones: str
    collected: Collected


def facts_by_zone(change: PriceChange, at: datetime) -> list[ZoneFacts]:
    """The facts of all lines, once for each different instant of their lists' zones, the earliest first.

    A list's lines are there once for each instant its zones have, with the sites of those zones. 4 queries more than
    `line_facts` where times are local, and those of `line_facts` for each instant.
    """
    lists: dict[datetime, set[int]] = {}
    zones: dict[datetime, set[str]] = {}
    for one in local_times(change) if change.local_from else ():
        for row in one.zones:
            if row.begins is not None:
                lists.setdefault(row.begins.at, set()).add(one.facts.id)
                zones.setdefault(row.begins.at, set()).add(row.zone)
    if len(lists) < 2:
        return [ZoneFacts("", line_facts(change, at))]
    zone_of = _zones_of_sites()
    found = []
    for instant in sorted(lists):
        sites = frozenset(pk for pk, zone in zone_of.items() if zone in zones[instant])
        part = Part(instant, tuple(sorted(lists[instant])), sites)
        found.append(ZoneFacts(", ".join(sorted(zones[instant])), line_facts(change, at, part)))
    return found


def _zones_of_sites() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, timezone FROM catalog_site")
        return dict(cursor.fetchall())
