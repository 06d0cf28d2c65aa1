"""When a change with local times takes effect in each of its lists, zone by zone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.models import Site
from pricing.models import PriceChange
from pricing.queries.list_book import price_list_book
from pricing.rules.local_times import LocalMoment, is_one_instant, local_moment, read_wall, wall_text
from pricing.rules.resolution import ListFacts


@dataclass(frozen=True, slots=True)
class Place:
    """A site as local times see it."""

    id: int
    code: str
    region_id: int
    channel_id: int | None
    currency: str
    zone: str
    sells: bool


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """One zone of a list: its sites, and the moments of beginning and end where they are asked for."""

    zone: str
    sites: tuple[str, ...]
    begins: LocalMoment | None
    ends: LocalMoment | None

    @property
    def moments(self) -> list[LocalMoment]:
        return [moment for moment in (self.begins, self.ends) if moment is not None]


@dataclass(frozen=True, slots=True)
class ListTimes:
    """A list's zones. one_instant: all of them begin and end together, so the list keeps one timeline."""

    facts: ListFacts
    places: tuple[Place, ...]
    zones: tuple[ZoneRow, ...]

    @property
    def one_instant(self) -> bool:
        return is_one_instant([row.begins for row in self.zones if row.begins]) and is_one_instant(
            [row.ends for row in self.zones if row.ends]
        )

    @property
    def begins_at(self) -> datetime | None:
        return min((row.begins.at for row in self.zones if row.begins), default=None)

    @property
    def ends_at(self) -> datetime | None:
        return max((row.ends.at for row in self.zones if row.ends), default=None)

    def has(self, kind: str) -> bool:
        """True if a zone's moment is of this kind (gap, overlap)."""
        return any(moment.kind == kind for row in self.zones for moment in row.moments)


def is_local(change: PriceChange) -> bool:
    """True if the change's times are wall times of each site."""
    return bool(change.local_from or change.local_until)


def local_times(change: PriceChange) -> list[ListTimes]:
    """The lists of the change's lines with their zones, by code; empty unless its times are local. 3 queries."""
    if not is_local(change):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT price_list_id FROM pricing_pricechangeline WHERE change_id = %s", [change.pk]
        )
        list_ids = {row[0] for row in cursor.fetchall()}
    book, places = price_list_book(), _places()
    begins, ends = read_wall(change.local_from), read_wall(change.local_until)
    found = [_times(book[pk], places, begins, ends) for pk in list_ids]
    return sorted(found, key=lambda times: times.facts.code)


def _times(
    facts: ListFacts, places: Sequence[Place], begins: datetime | None, ends: datetime | None
) -> ListTimes:
    inside = places_of(facts, places)
    zones = []
    for zone in sorted({place.zone for place in inside}) or ["UTC"]:
        sites = tuple(place.code for place in inside if place.zone == zone)
        start = local_moment(begins, zone) if begins else None
        end = local_moment(ends, zone) if ends else None
        zones.append(ZoneRow(zone, sites, start, end))
    return ListTimes(facts, tuple(inside), tuple(zones))


def _places() -> list[Place]:
    rows = Site.objects.order_by("code").values_list(
        "id", "code", "region_id", "channel_id", "currency", "timezone", "kind"
    )
    return [Place(*row[:6], row[6] != Site.Kind.WAREHOUSE) for row in rows]


def places_of(facts: ListFacts, places: Iterable[Place]) -> list[Place]:
    """The selling sites in a list's scope; for a list over everything those of its currency, where there are any."""
    inside = [
        place
        for place in places
        if facts.site_id in (None, place.id)
        and facts.region_id in (None, place.region_id)
        and facts.channel_id in (None, place.channel_id)
    ]
    inside = [place for place in inside if place.sells] or inside
    if facts.site_id is None and facts.region_id is None and facts.channel_id is None:
        return [place for place in inside if place.currency == facts.currency] or inside
    return inside


def local_time_rows(change: PriceChange) -> list[dict[str, Any]]:
    """The zones of each list, as REST gives them. 3 queries."""
    return [
        {
            "price_list": one.facts.code,
            "zone": row.zone,
            "sites": list(row.sites),
            "begins": _told(row.begins),
            "ends": _told(row.ends),
            "one_instant": one.one_instant,
        }
        for one in local_times(change)
        for row in one.zones
    ]


def _told(moment: LocalMoment | None) -> dict[str, str] | None:
    if moment is None:
        return None
    return {
        "wall": wall_text(moment.wall),
        "at": moment.at.isoformat(),
        "kind": moment.kind,
        "shown": wall_text(moment.shown),
    }
