"""What is remembered of a feed's files: kept in versions, never overwritten."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from audit.actions import record
from feeds.actions.registry import KINDS
from feeds.models import Feed, Mapping
from feeds.queries.mappings import versions_of
from feeds.rules.mappings import reading_from, signature_of
from lib.actors import Actor
from lib.faults import Faults, refuse


@transaction.atomic
def save_mapping(
    *, actor: Actor, feed: Feed, headers: Sequence[str], data: Any, version: int | None = None
) -> Mapping:
    """Remember how files of the feed with these headers are read; without headers: all that have no mapping of their own.

    data: columns {header: field or ""}, constants {field: value}, decimal_mark, date_order, time_zone, delimiter, encoding.
    version: the one it was made from (0 for none); another that came meanwhile refuses it. Nothing is written when nothing
    changes.
    Raises Faults 422 of `rules.mappings.reading_from`; 409 `changed_meanwhile`.
    Locks: nothing (a unique version decides races). Records: feed.mapped. Allowed: feeds.push, checked at the edge.
    """
    reading, faults = reading_from(data, KINDS[feed.kind].layout.fields, headers)
    if faults:
        raise Faults(faults)
    before = versions_of(feed, reading.signature).first()
    current = before.version if before else 0
    if version is not None and version != current:
        raise _changed()
    after = reading.as_json()
    known = {name: getattr(before, name) for name in after} if before else {}
    if before is not None and before.is_active and known == after:
        return before
    try:
        with transaction.atomic():
            made = Mapping.objects.create(
                feed=feed,
                signature=reading.signature,
                version=current + 1,
                headers=[str(header)[:200] for header in headers],
                created_by=actor.name,
                **after,
            )
    except IntegrityError as error:
        raise _changed() from error
    _record(actor, made, known, after)
    return made


@transaction.atomic
def forget_mapping(*, actor: Actor, feed: Feed, signature: str) -> None:
    """Let files with this header be read by their own words again.

    Raises Faults 404 `unknown_mapping`; 409 `changed_meanwhile`.
    Locks: nothing (a unique version decides races). Records: feed.mapped. Allowed: feeds.push, checked at the edge.
    """
    before = versions_of(feed, signature).first()
    if before is None or not before.is_active:
        raise refuse("unknown_mapping", "There is no such mapping.", status=404)
    same = {
        name: getattr(before, name)
        for name in ("headers", "columns", "constants", "decimal_mark", "date_order", "time_zone", "delimiter", "encoding")
    }  # fmt: skip
    try:
        with transaction.atomic():
            made = Mapping.objects.create(
                feed=feed,
                signature=signature,
                version=before.version + 1,
                is_active=False,
                created_by=actor.name,
                **same,
            )
    except IntegrityError as error:
        raise _changed() from error
    _record(actor, made, {"is_active": True}, {"is_active": False})


def _changed() -> Faults:
    return refuse(
        "changed_meanwhile", "Somebody else changed this mapping meanwhile; look again.", status=409
    )


def _record(actor: Actor, made: Mapping, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(
        actor=actor,
        kind="feed.mapped",
        subject=f"feed:{made.feed.name}",
        before=before,
        after={"signature": made.signature[:12], "version": made.version, **after},
    )


__all__ = ["forget_mapping", "save_mapping", "signature_of"]
