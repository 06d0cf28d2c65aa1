"""Keeping published content up to date: what changed gets a new version, and only that."""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from catalog.actions import upserts
from feeds.models import Publication
from feeds.queries.contents import PROVIDERS, Asked, Provider, Wanted
from feeds.queries.publications import active_publications, settled_until, sites_of

log = logging.getLogger(__name__)
#: Everything is looked at again this often, whatever the moments say.
FULL_AFTER = timedelta(hours=24)
STAGE = "feeds_wanted"
COLUMNS = {
    "key": "varchar(140) PRIMARY KEY",
    "product_id": "bigint",
    "site_id": "bigint",
    "content": "jsonb",
    "effective_at": "timestamptz",
}
KEEP = f"""
WITH changed AS (
  SELECT w.key, w.product_id, w.site_id, coalesce(w.content, %(gone)s::jsonb) AS content, w.effective_at
    FROM pg_temp.{STAGE} w LEFT JOIN feeds_publisheditem i ON i.publication_id = %(publication)s AND i.key = w.key
   WHERE CASE WHEN i.id IS NULL THEN w.content IS NOT NULL
              ELSE i.content IS DISTINCT FROM coalesce(w.content, %(gone)s::jsonb) END
)
INSERT INTO feeds_publisheditem AS i (publication_id, key, product_id, site_id, version, content, effective_at)
SELECT %(publication)s, key, product_id, site_id,
       %(version)s + row_number() OVER (ORDER BY effective_at, key), content, effective_at
  FROM changed
ON CONFLICT (publication_id, key) DO UPDATE SET version = EXCLUDED.version, content = EXCLUDED.content,
  effective_at = EXCLUDED.effective_at, published_at = now(), refused = '', refused_version = NULL
"""
STAGE_GONE = f"""
INSERT INTO pg_temp.{STAGE} (key, product_id, site_id, content, effective_at)
SELECT i.key, i.product_id, i.site_id, NULL, %(at)s FROM feeds_publisheditem i
 WHERE i.publication_id = %(publication)s AND i.content <> %(gone)s::jsonb
   AND NOT EXISTS (SELECT FROM pg_temp.{STAGE} w WHERE w.key = i.key)
"""


@dataclass(frozen=True)
class Kept:
    """What one turn did: rows looked at, versions given out, whether everything was looked at."""

    looked_at: int
    changed: int
    is_full: bool


def keep_all(now: datetime) -> int:
    """Bring every active publication up to `now`; one that fails leaves the others alone. Returns versions given out."""
    changed = 0
    for publication_id in active_publications():
        try:
            kept = keep_content(publication_id, now)
        except Exception:  # the next tick tries again
            log.exception("publication %s", publication_id)
        else:
            changed += kept.changed if kept else 0
    return changed


@transaction.atomic
def keep_content(publication_id: int, now: datetime) -> Kept | None:
    """Bring a publication's content up to `now`; None where another worker is at it, or it is not active.

    Locks: the publication, skipping a locked one; versions are given out under this lock. Records: nothing (a copy of
    what is recorded elsewhere). Allowed: the loop, a person's full publication.
    """
    rows = Publication.objects.select_for_update(of=("self",), skip_locked=True)
    publication = rows.select_related("channel", "site").filter(pk=publication_id, is_active=True).first()
    provider = PROVIDERS.get(publication.what) if publication else None
    if publication is None or provider is None:
        return None
    until = settled_until(now)
    asked = Asked(publication, sites_of(publication), None, now)
    facts = provider.reader.facts(asked)
    is_full = _is_full(publication, facts, now)
    asked = Asked(publication, asked.sites, None if is_full else publication.computed_to, now)
    looked_at, changed = _write(publication, provider, provider.reader.wanted(asked), is_full, now)
    after: dict[str, Any] = {"computed_to": until, "computed_facts": facts}
    if changed:
        after["last_version"] = publication.last_version + changed
    if is_full:
        after |= {"computed_full_at": now, "is_full_asked": False}
    Publication.objects.filter(pk=publication.pk).update(**after)
    return Kept(looked_at, changed, is_full)


def _is_full(publication: Publication, facts: str, now: datetime) -> bool:
    last = publication.computed_full_at
    return (
        publication.is_full_asked
        or publication.computed_to is None
        or publication.computed_facts != facts
        or last is None
        or now - last >= FULL_AFTER
    )


def _write(
    publication: Publication, provider: Provider, wanted: Iterable[Wanted], is_full: bool, now: datetime
) -> tuple[int, int]:
    """Stage, compare, give out versions. Returns (rows looked at, versions given out)."""
    counted = _Counted(wanted)
    first = next(counted, None)
    if first is None and not is_full:
        return 0, 0
    upserts.stage(STAGE, COLUMNS, (_columns(row) for row in _chained(first, counted)))
    values: dict[str, int | str | datetime] = {
        "publication": publication.pk,
        "gone": json.dumps(provider.gone),
        "version": publication.last_version,
        "at": now,
    }
    with connection.cursor() as cursor:
        if is_full and provider.gone:
            cursor.execute(STAGE_GONE, values)
        cursor.execute(KEEP, values)
        return counted.count, cursor.rowcount


class _Counted(Iterator[Wanted]):
    """Counts what passes."""

    def __init__(self, rows: Iterable[Wanted]) -> None:
        self._rows = iter(rows)
        self.count = 0

    def __next__(self) -> Wanted:
        row = next(self._rows)
        self.count += 1
        return row


def _chained(first: Wanted | None, rest: Iterator[Wanted]) -> Iterator[Wanted]:
    if first is not None:
        yield first
        yield from rest


def _columns(row: Wanted) -> tuple[Any, ...]:
    content = None if row.content is None else json.dumps(row.content, ensure_ascii=False)
    return (row.key, row.product_id, row.site_id, content, row.effective_at)
