"""What a person decides about a stream: go on without what is missing, watch it no more."""

from django.db import connection, transaction

from audit.actions import record
from feeds.actions.numbering import PROCESS, RELEASE
from feeds.models import Stream
from feeds.queries.streams import awaited
from jobs.actions import wake
from lib.actors import Actor
from lib.faults import refuse


@transaction.atomic
def skip_gap(*, actor: Actor, stream_id: int, reason: str) -> Stream:
    """Go on without the deliveries that are missing; what waited for them is applied. Should they come after all, of
    states only what is newer is taken, and facts are.

    Raises Faults 422 `reason_required`; 409 `no_gap`.
    Locks: the stream. Records: stream.gap_skipped. Allowed: feeds.manage and the stream in scope, at the edge.
    """
    if not reason.strip():
        raise refuse("reason_required", "Say why.", pointer="/reason")
    stream = Stream.objects.select_for_update(no_key=True, of=("self",)).select_related("feed", "site")
    found = stream.get(pk=stream_id)
    waits = awaited(found)
    if waits is None:
        raise refuse("no_gap", "Nothing is missing.", status=409)
    before = {"epoch": found.epoch, "sequence": found.sequence}
    Stream.objects.filter(pk=found.pk).update(
        epoch=waits.epoch, sequence=waits.last, state=Stream.State.LIVE, gap_at=None
    )
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"stream": found.pk, "epoch": waits.epoch, "reached": waits.last})
    record(
        actor=actor,
        kind="stream.gap_skipped",
        subject=f"feed:{found.feed.name}",
        reason=reason.strip(),
        before=before,
        after={"stream": found.name, "epoch": waits.epoch, "from": waits.first, "to": waits.last},
        site_ids=[found.site_id] if found.site_id else [],
    )
    wake(PROCESS)
    return Stream.objects.select_related("feed", "site").get(pk=found.pk)


@transaction.atomic
def set_stream_active(*, actor: Actor, stream_id: int, is_active: bool, reason: str) -> Stream:
    """Watch a stream no more, and let nobody wait for it; or watch it again.

    Raises Faults 422 `reason_required`; 409 `no_change`.
    Locks: the stream. Records: stream.changed. Allowed: feeds.manage and the stream in scope, at the edge.
    """
    if not reason.strip():
        raise refuse("reason_required", "Say why.", pointer="/reason")
    found = Stream.objects.select_for_update(no_key=True).get(pk=stream_id)
    if found.is_active == is_active:
        raise refuse("no_change", "It is so already.", status=409)
    Stream.objects.filter(pk=found.pk).update(is_active=is_active)
    record(
        actor=actor,
        kind="stream.changed",
        subject=f"feed:{Stream.objects.select_related('feed').get(pk=found.pk).feed.name}",
        reason=reason.strip(),
        before={"stream": found.name, "is_active": found.is_active},
        after={"stream": found.name, "is_active": is_active},
        site_ids=[found.site_id] if found.site_id else [],
    )
    return Stream.objects.select_related("feed", "site").get(pk=found.pk)
