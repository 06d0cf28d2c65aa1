"""Batches: made of what changed, claimed by one worker at a time, and what came back written down.

The network is never inside these transactions: `sending` calls between them.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from feeds import storage
from feeds.models import Dispatch, DispatchAttempt, Publication, PublishedItem
from feeds.queries.contents import PROVIDERS
from feeds.queries.dispatches import items_after
from feeds.queries.publications import outlet_of
from feeds.rules.dispatching import LEASE, NOT_LISTED, UNLISTED, Heading, body_of, items_in, totals_of
from feeds.senders import WAYS, Acknowledged, Batch, Item, Outlet, Sent


@dataclass(frozen=True)
class Claim:
    """One attempt at one batch; `attempt` is its fence."""

    dispatch_id: int
    attempt: int
    outlet: Outlet
    batch: Batch
    started_at: datetime


def claim_publication(publication_id: int, now: datetime) -> bool:
    """Take a publication's sending for a while; False where another worker has it.

    Locks: the row, by UPDATE. Records: nothing. Allowed: the loop.
    """
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    return bool(Publication.objects.filter(free, pk=publication_id).update(lease_until=now + LEASE))


def release_publication(publication_id: int) -> None:
    """Give it back. Allowed: the worker that holds it."""
    Publication.objects.filter(pk=publication_id).update(lease_until=None)


@transaction.atomic
def make_batch(publication_id: int, now: datetime) -> Dispatch | None:
    """The next batch of what has changed; None when there is nothing, or one is under way already.

    What changed several times since the last batch is told once. Locks: the publication. Records: nothing, the batch
    is its own record. Allowed: the loop.
    """
    rows = Publication.objects.select_for_update(of=("self",)).select_related("channel", "site")
    publication = rows.get(pk=publication_id)
    waiting = Dispatch.objects.filter(publication=publication, state=Dispatch.State.WAITING)
    is_still = not publication.is_active or publication.paused_at is not None
    if is_still or publication.sent_version >= publication.last_version:
        return None
    if waiting.exclude(kind=Dispatch.Kind.TEST).exists():
        return None
    is_complete = bool(publication.settings.get("complete"))
    start = 0 if is_complete else publication.sent_version
    items = items_after(publication.pk, start, None if is_complete else batch_items(publication))
    top = publication.last_version if is_complete or not items else items[-1].version
    Publication.objects.filter(pk=publication.pk).update(sent_version=top)
    if not items:
        return None
    is_full = is_complete or start < publication.resend_to
    kind = Dispatch.Kind.FULL if is_full else Dispatch.Kind.CHANGES
    return write_batch(publication, kind, items, (start, top), now)


def batch_items(publication: Publication) -> int:
    """How many items a batch may have: what the settings say, at most what the way takes."""
    most = WAYS[publication.way].batch_items
    asked = publication.settings.get("batch_items")
    return max(1, min(asked, most)) if isinstance(asked, int) else most


def write_batch(
    publication: Publication, kind: str, items: Sequence[Item], span: tuple[int, int], now: datetime
) -> Dispatch:
    """Freeze a batch: its bytes are kept before the row that names them."""
    message_id = f"msg_{uuid.uuid4().hex}"
    provider = PROVIDERS.get(publication.what)
    totals = totals_of(items, provider.figure if provider else "")
    channel = publication.channel.code if publication.channel else ""
    site = publication.site.code if publication.site else ""
    heading = Heading(
        message_id, publication.name, publication.what, channel, site, kind, span[0], span[1], now
    )
    body = body_of(heading, items, totals)
    return Dispatch.objects.create(
        publication=publication,
        message_id=message_id,
        kind=kind,
        version_from=span[0],
        version_to=span[1],
        items=len(items),
        totals=totals,
        sha256=storage.keep(body),
        size=len(body),
        next_at=now,
    )


@transaction.atomic
def claim_batch(publication_id: int, now: datetime) -> Claim | None:
    """The next batch to try, a test first; None when none is due.

    Locks: the batch, skipping a locked one. Records: nothing. Allowed: the worker that holds the publication.
    """
    publication = Publication.objects.select_related("channel", "site").get(pk=publication_id)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Dispatch.objects.select_for_update(skip_locked=True).filter(
        free, publication=publication, state=Dispatch.State.WAITING, next_at__lte=now
    )
    if not publication.is_active or publication.paused_at is not None:
        due = due.filter(kind=Dispatch.Kind.TEST)
    dispatch = due.order_by(F("kind").desc(), "id").first()  # "test" comes last in the alphabet
    if dispatch is None:
        return None
    Dispatch.objects.filter(pk=dispatch.pk).update(attempts=F("attempts") + 1, lease_until=now + LEASE)
    Publication.objects.filter(pk=publication_id).update(lease_until=now + LEASE)
    body = storage.read(dispatch.sha256)
    attempt = dispatch.attempts + 1
    batch = Batch(dispatch.message_id, dispatch.kind, items_in(body), dispatch.totals, body, attempt)
    return Claim(dispatch.pk, attempt, outlet_of(publication), batch, now)


@transaction.atomic
def finish_batch(claim: Claim, sent: Sent, next_at: datetime | None, now: datetime) -> bool:
    """Write one attempt's outcome; False where another worker has taken the batch over meanwhile.

    next_at: when it is tried again; None: it is over. Locks: the batch and its items. Records: nothing, the attempt is
    its own record. Allowed: the worker that holds the claim.
    """
    state, receipt = _verdict(claim.batch, sent)
    mine = Dispatch.objects.filter(pk=claim.dispatch_id, attempts=claim.attempt, state=Dispatch.State.WAITING)
    told = {"status_code": sent.status_code, "error_code": sent.error_code[:40], "answer": sent.answer}
    after: dict[str, Any] = {**told, "lease_until": None}
    if sent.filename:
        after["filename"] = sent.filename
    if next_at is not None:
        after["next_at"] = next_at
    else:
        after |= {"state": state, "receipt": receipt, "finished_at": now}
    if not mine.update(**after):
        return False
    DispatchAttempt.objects.create(
        dispatch_id=claim.dispatch_id, number=claim.attempt, started_at=claim.started_at, **told
    )
    if next_at is None and claim.batch.kind != Dispatch.Kind.TEST:
        _write_receipt(claim, sent)
    return True


def _verdict(batch: Batch, sent: Sent) -> tuple[str, dict[str, int]]:
    """The state of a batch that is over, and what its receipt counts; goods that are not listed there are no refusal."""
    count = len(batch.items)
    if sent.outcome != "delivered":
        return Dispatch.State.REFUSED, {"taken": 0, "refused": count, "silent": 0, "unlisted": 0}
    said = {one.key: _why_not(one) for one in sent.acknowledgements or ()}
    unlisted = sum(word == UNLISTED for word in said.values())
    refused = sum(word not in ("", UNLISTED) for word in said.values())
    receipt = {
        "taken": len(said) - refused - unlisted,
        "refused": refused,
        "silent": count - len(said),
        "unlisted": unlisted,
    }
    return (Dispatch.State.PARTLY if refused else Dispatch.State.DELIVERED), receipt


def _write_receipt(claim: Claim, sent: Sent) -> None:
    """What the other side took and what not, on the items; one that has a newer version by now is told of that one."""
    said = {one.key: one for one in sent.acknowledgements or ()}
    whole = "" if sent.outcome == "delivered" else (sent.error_code or "refused")
    rows = []
    for item in claim.batch.items:
        one = said.get(item.key)
        rows.append((item.key, item.version, _why_not(one) if one else whole))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {PublishedItem._meta.db_table} i SET"
            " taken_version = CASE WHEN w.refused = '' THEN greatest(i.taken_version, w.version) ELSE i.taken_version END,"
            " refused_version = CASE WHEN i.version > w.version THEN i.refused_version WHEN w.refused <> '' THEN w.version END,"
            " refused = CASE WHEN i.version > w.version THEN i.refused ELSE w.refused END"
            " FROM unnest(%s::text[], %s::bigint[], %s::text[]) AS w (key, version, refused)"
            " WHERE i.publication_id = %s AND i.key = w.key",
            [*map(list, zip(*rows, strict=True)), claim.outlet.id],
        )


def _why_not(one: Acknowledged) -> str:
    if one.is_taken:
        return ""
    if one.code in NOT_LISTED:
        return UNLISTED
    return f"{one.code or 'refused'}: {one.detail}"[:200] if one.detail else (one.code or "refused")
