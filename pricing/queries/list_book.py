"""Every price list as the rules see it, at a moment: what derives it stands in versions (`models.ListRule`).

The only place that decides which version counts, so that quotes, grid, history and simulator cannot differ.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from lib import clock
from pricing.rules.resolution import Book, ListFacts, Plan, with_book

#: What a version decides; the rest of a list's facts has no versions.
DERIVING = (
    "parent_id", "float_fraction", "ends_in", "float_amount", "floor_fraction", "ceiling_fraction",
    "rate_max_age_days", "rate_dead_band", "rate_step_limit",
)  # fmt: skip
FIXED = (
    "id", "code", "name", "currency", "kind", "region_id", "channel_id", "site_id", "priority", "tax_included",
    "exclusive", "customer_group_id", "override_policy",
)  # fmt: skip
READ = (
    f"SELECT {', '.join(f'l.{name}' for name in FIXED + DERIVING)}, r.id, r.effective_from,"
    f" {', '.join(f'r.{name}' for name in DERIVING)} FROM pricing_pricelist l LEFT JOIN pricing_listrule r"
    " ON r.price_list_id = l.id AND r.state = 'in_force'"
    " AND (%(known_at)s::timestamptz IS NULL OR r.known_from <= %(known_at)s) ORDER BY l.id, r.version"
)


class _Version(NamedTuple):
    effective_from: datetime | None
    deriving: tuple[Any, ...]


class Books:
    """Every list with its versions, as known at `known_at` (None = now). 1 query; a book for a moment costs none."""

    def __init__(self, known_at: datetime | None = None) -> None:
        self._lists: dict[int, tuple[tuple[Any, ...], list[_Version]]] = {}
        self._made: dict[int, dict[int, ListFacts]] = {}
        fixed, deriving = len(FIXED), len(DERIVING)
        with connection.cursor() as cursor:
            cursor.execute(READ, {"known_at": known_at})
            for row in cursor.fetchall():
                own = _Version(None, row[fixed : fixed + deriving])
                _fields, versions = self._lists.setdefault(row[0], (row[:fixed], [own]))
                if row[fixed + deriving] is not None:
                    versions.append(_Version(row[fixed + deriving + 1], row[-deriving:]))
        self._cuts = sorted(
            {
                version.effective_from
                for _fields, versions in self._lists.values()
                for version in versions
                if version.effective_from is not None
            }
        )

    def at(self, moment: datetime) -> dict[int, ListFacts]:
        """The book that counts at `moment`; the same object for moments no version lies between."""
        place = bisect_right(self._cuts, moment)
        made = self._made.get(place)
        if made is None:
            made = self._made[place] = {
                pk: _facts(fields, _counting(versions, moment))
                for pk, (fields, versions) in self._lists.items()
            }
        return made

    def moments(self, since: datetime, until: datetime) -> list[datetime]:
        """The moments after `since` and before `until` from which another version counts."""
        return [cut for cut in self._cuts if since < cut < until]

    def between(self, since: datetime, until: datetime) -> list[dict[int, ListFacts]]:
        """The different books of a stretch."""
        return [self.at(moment) for moment in (since, *self.moments(since, until))]

    def replanned(self, plan: Plan, moment: datetime) -> Plan:
        """The same lists in the same order as they derive at `moment`."""
        book = self.at(moment)
        return plan if plan.book is book else with_book(plan, book)

    def list_ids(self, plan: Plan, since: datetime, until: datetime) -> set[int]:
        """Every list whose rows matter to the plan at any moment of a stretch."""
        return set().union(*(with_book(plan, book).list_ids() for book in self.between(since, until)))


def _counting(versions: list[_Version], moment: datetime) -> tuple[Any, ...]:
    """The highest version whose moment has come; before the first one the list's own columns."""
    reached = [one for one in versions if one.effective_from is None or one.effective_from <= moment]
    return reached[-1].deriving


def _facts(fields: tuple[Any, ...], deriving: tuple[Any, ...]) -> ListFacts:
    named = dict(zip(FIXED + DERIVING, (*fields, *deriving), strict=True))
    policy = [named.pop(name) for name in ("rate_max_age_days", "rate_dead_band", "rate_step_limit")]
    is_linked = named["parent_id"] is not None and any(part is not None for part in policy)
    return ListFacts(**named, is_linked=is_linked)


def price_list_book(at: datetime | None = None, known_at: datetime | None = None) -> dict[int, ListFacts]:
    """Every price list by id as it derives at `at` (now), as known at `known_at` (now); 1 query."""
    return Books(known_at).at(at or clock.now())


def with_all_parents(books: Iterable[Book], list_ids: set[int]) -> set[int]:
    """These lists and all they derive from in any of the books."""
    wanted = set(list_ids)
    for book in books:
        for list_id in list_ids:
            parent = book[list_id].parent_id
            while parent is not None:
                wanted.add(parent)
                parent = book[parent].parent_id
    return wanted
