"""Publications as a person watches them: how far behind, what is not confirmed, what is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from feeds.models import Publication
from feeds.senders import LABELS, WAYS
from web.deadlines import clock_face

#: A change that is not at the other side after this long is late: 60 s to publish, the rest to send.
LATE_AFTER = timedelta(minutes=2)
#: What stands published and is not looked at for so long.
STALE_AFTER = timedelta(minutes=2)

_FIGURES = """
SELECT i.publication_id, count(*),
       count(*) FILTER (WHERE i.version > coalesce(i.taken_version, 0) AND i.refused = ''),
       min(i.effective_at) FILTER (WHERE i.version > coalesce(i.taken_version, 0) AND i.refused = ''),
       count(*) FILTER (WHERE i.refused NOT IN ('', 'not_listed')), max(i.published_at)
  FROM feeds_publisheditem i WHERE i.publication_id = ANY(%s) GROUP BY i.publication_id
"""


@dataclass(frozen=True)
class Board:
    """One publication with its figures. state: active, paused, failing, late, inactive."""

    publication: Publication
    items: int
    unsent: int
    waiting_since: datetime | None
    refused: int
    changed_at: datetime | None
    at: datetime

    @property
    def is_sent(self) -> bool:
        """Whether it is sent at all, or waits to be read."""
        way = WAYS.get(self.publication.way)
        return bool(way and way.batch_items)

    @property
    def lag(self) -> timedelta | None:
        """How long the oldest change has waited for the other side's word; None: nothing waits."""
        if not self.is_sent or self.waiting_since is None:
            return None
        return max(self.at - self.waiting_since, timedelta(0))

    @property
    def lag_text(self) -> str:
        return clock_face(self.lag) if self.lag is not None else ""

    @property
    def state(self) -> str:
        publication = self.publication
        if not publication.is_active:
            return "inactive"
        if publication.paused_at is not None:
            return "paused"
        if publication.failures:
            return "failing"
        computed = publication.computed_to
        is_stale = computed is not None and self.at - computed > STALE_AFTER
        is_late = self.lag is not None and self.lag > LATE_AFTER
        return "late" if is_stale or is_late else "active"

    @property
    def way(self) -> Any:
        return LABELS.get(self.publication.way, self.publication.way)


def boards(publications: Sequence[Publication], at: datetime) -> list[Board]:
    """The publications in their order. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [[one.pk for one in publications]])
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_board(one, found.get(one.pk, (0, 0, None, 0, None)), at) for one in publications]


def _board(publication: Publication, figures: tuple[Any, ...], at: datetime) -> Board:
    items, unsent, waiting_since, refused, changed_at = figures
    return Board(publication, items, unsent, waiting_since, refused, changed_at, at)
