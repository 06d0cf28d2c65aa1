"""Reading a delivery and applying it, once."""

from dataclasses import replace
from decimal import Decimal

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert
from audit.actions import record
from feeds import storage
from feeds.actions.holding import hold_if_too_much
from feeds.actions.kinds import Kind, Outcome
from feeds.actions.numbering import advance, hold, keep_keys, newer_rows, place_of
from feeds.actions.quarantining import keep_rejected
from feeds.actions.registry import KINDS
from feeds.models import Delivery, Feed
from feeds.queries.mappings import readings_of
from feeds.rules.batches import Batch, batch_of
from feeds.rules.cells import fault_of
from feeds.rules.columns import plain_batch
from feeds.rules.duplicates import doubled
from feeds.rules.envelopes import envelope_of
from feeds.rules.totals import check_totals
from lib.actors import Actor
from lib.failpoints import failpoint
from lib.faults import Fault, Faults, refuse
from lib.sheets.grids import WORKBOOK_NAMES

LEASE_S = 600
MAX_ATTEMPTS = 5
State = Delivery.State


def claim_deliveries(limit: int = 20) -> list[tuple[int, int]]:
    """Take the oldest deliveries not read yet, each for ten minutes; (id, attempt) of each, numbered ones in their order.

    Locks: the rows for the statement (those another worker holds are left to it). Records: nothing, they are not changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE feeds_delivery SET lease_until = now() + %s * interval '1 second', attempts = attempts + 1 WHERE id IN ("
            " SELECT id FROM feeds_delivery WHERE state = 'received' AND (lease_until IS NULL OR lease_until < now())"
            " ORDER BY id FOR UPDATE SKIP LOCKED LIMIT %s) RETURNING coalesce(epoch, 0), coalesce(sequence, 0), id, attempts",
            [LEASE_S, limit],
        )
        claimed = sorted(cursor.fetchall())
    failpoint("claim.committed")
    return [(number, attempt) for _epoch, _sequence, number, attempt in claimed]


def apply_delivery(*, actor: Actor, delivery_id: int, attempt: int) -> Delivery:
    """Read the delivery and apply it: all of it, all but the rows in quarantine, or (refused) nothing.

    One whose number does not follow may be held instead, and of one that comes late only what is newer is taken.
    Applied, quarantine, the stream and the event are one transaction; a delivery that another worker took over, or
    that is done, is left alone.
    Locks: the delivery, its stream, then what the kind's action locks. Records: delivery.applied, .quarantined,
    .superseded, .held or .refused.
    """
    delivery = Delivery.objects.select_related("feed__site", "feed__source__site", "stream__feed").get(
        pk=delivery_id
    )
    kind = KINDS[delivery.feed.kind]
    try:
        if attempt > MAX_ATTEMPTS:
            raise refuse("gave_up", f"It could not be applied in {MAX_ATTEMPTS} attempts.")
        batch = _read(delivery, kind)
        _check_envelope(delivery, batch)
        failpoint("apply.read")
        with transaction.atomic():
            if _is_ours(delivery_id, attempt):
                _take(actor, delivery, kind, batch)
                failpoint("apply.written")
        failpoint("apply.committed")
    except Faults as faults:
        with transaction.atomic():
            if _is_ours(delivery_id, attempt):
                _refuse(actor, delivery, faults)
                failpoint("refuse.written")
        failpoint("refuse.committed")
    return Delivery.objects.select_related("feed").get(pk=delivery_id)


def _read(delivery: Delivery, kind: Kind) -> Batch:
    """The rows: as a block of columns where the kind takes one and all is sound, else looked at one by one."""
    body, readings = _bytes(delivery), readings_of(delivery.feed)
    plain = None
    if kind.parted_by and not delivery.filename.lower().endswith(WORKBOOK_NAMES):
        plain = plain_batch(body, kind.layout, readings, kind.parted_by)
    only = only_site(delivery.feed)
    if plain is not None and plain.columns and (not only or plain.columns.shared.get("site") == only):
        return plain
    return batch_of(body, kind.layout, readings, delivery.filename)


def _check_envelope(delivery: Delivery, batch: Batch) -> None:
    """The envelope in the bytes is the one the delivery was taken in with, and its totals are the rows'."""
    found = envelope_of(batch.document)
    name = delivery.stream.name if delivery.stream else ""
    epoch = (found.epoch or 0) if found.sequence is not None else None
    totals = {total: Decimal(value) for total, value in delivery.totals.items()}
    was = (name, delivery.epoch, delivery.sequence, delivery.batch_kind, totals)
    if (found.stream, epoch, found.sequence, found.kind, found.totals) != was:
        raise refuse("envelope_behind_rows", "In a large body the envelope stands before the rows.")
    check_totals(totals, batch.rows)


def _take(actor: Actor, delivery: Delivery, kind: Kind, batch: Batch) -> None:
    place = place_of(delivery, kind)
    if place is not None and place.is_held:
        hold(actor, delivery, place)
        return
    newer, superseded = newer_rows(delivery, kind, batch, place)
    if hold_if_too_much(actor, delivery, newer):
        return
    outcome = outcome_of(actor, delivery, kind, newer) if newer.rows else Outcome()
    outcome.superseded = superseded
    keep_keys(delivery, kind, newer, {number for number, _fault, _row in outcome.rejected}, place)
    _finish(actor, delivery, batch, outcome)


def _bytes(delivery: Delivery) -> bytes:
    try:
        return storage.read(delivery.sha256)
    except ValueError as error:
        raise refuse("bytes_altered", "The stored bytes are not what was received.") from error


def _is_ours(delivery_id: int, attempt: int) -> bool:
    row = Delivery.objects.select_for_update().only("state", "attempts").get(pk=delivery_id)
    return row.state == State.RECEIVED and row.attempts == attempt


def outcome_of(actor: Actor, delivery: Delivery, kind: Kind, batch: Batch) -> Outcome:
    """What becomes of the rows: those that are unfit as such are rejected at once, the others go to the kind's action.

    Locks, Records: what the kind's action does. Allowed: applying, a dry run that is rolled back, a replay of quarantine.
    """
    if batch.columns is not None:
        return kind.apply(actor, delivery, batch)
    unfit = unfit_rows(kind, batch, only_site(delivery.feed))
    if not unfit:
        return kind.apply(actor, delivery, batch)
    if kind.is_whole:
        raise Faults([replace(fault, pointer=f"/{batch.numbers[index]}") for index, fault in unfit.items()])
    kept = [index for index in range(len(batch.rows)) if index not in unfit]
    rows, numbers = [batch.rows[index] for index in kept], [batch.numbers[index] for index in kept]
    fit = replace(batch, rows=rows, numbers=numbers)
    outcome = kind.apply(actor, delivery, fit) if kept else Outcome()
    outcome.rejected += [(batch.numbers[index], fault, batch.rows[index]) for index, fault in unfit.items()]
    return outcome


def unfit_rows(kind: Kind, batch: Batch, site: str) -> dict[int, Fault]:
    """Index → fault of rows that reading could not make sense of, that contradict each other, or that are of another site
    than the only one this feed may tell of."""
    found = doubled(batch.rows, kind.unique) if kind.unique else {}
    shared = [str(batch.document[name]) for name in kind.sites if isinstance(batch.document.get(name), str)]
    for index, row in enumerate(batch.rows):
        if not isinstance(row, dict):
            continue
        unread = fault_of(row)
        if unread is not None:
            if not kind.reads_faults:
                found[index] = unread
        elif (
            site and kind.sites and site not in (named := [row[n] for n in kind.sites if n in row] or shared)
        ):
            found[index] = Fault("", "other_site", f"This feed is of site {site}, not of {str(named)[:100]}.")
    return found


def only_site(feed: Feed) -> str:
    """The code of the site that a feed or its source is of, when it is of one."""
    of_source = feed.source.site if feed.source else None
    site = feed.site or of_source
    return site.code if site else ""


def _finish(actor: Actor, delivery: Delivery, batch: Batch, outcome: Outcome) -> None:
    state = State.QUARANTINED if outcome.rejected else State.APPLIED
    if outcome.superseded == len(batch.rows):
        state = State.SUPERSEDED
    by_number = keep_rejected(delivery, batch, outcome)
    result = {
        **outcome.result,
        "form": batch.form,
        "encoding": batch.encoding,
        "ignored_columns": batch.ignored,
        **batch.reading,
    }
    until = delivery.event_time_to or outcome.event_time_to or delivery.sent_at or delivery.received_at
    Delivery.objects.filter(pk=delivery.pk).update(
        state=state,
        accepted=outcome.accepted,
        rejected=len(by_number),
        superseded=outcome.superseded,
        result=result,
        event_time_to=until,
        finished_at=Now(),
        lease_until=None,
    )
    delivery.event_time_to = until
    advance(actor=actor, delivery=delivery, until=until if outcome.accepted else None)
    record(
        actor=actor,
        kind=f"delivery.{state}",
        subject=f"delivery:{delivery.pk}",
        after={
            "feed": delivery.feed.name,
            "accepted": outcome.accepted,
            "rejected": len(by_number),
            "superseded": outcome.superseded,
            **result,
        },
    )


def _refuse(actor: Actor, delivery: Delivery, faults: Faults) -> None:
    first = faults.faults[0]
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.REFUSED,
        error_code=first.code[:60],
        error="; ".join(fault.detail for fault in faults.faults[:10])[:2000],
        finished_at=Now(),
        lease_until=None,
    )
    record(
        actor=actor,
        kind="delivery.refused",
        subject=f"delivery:{delivery.pk}",
        after={"feed": delivery.feed.name, "code": first.code, "detail": first.detail},
    )
    if delivery.way != Delivery.Way.FILE:  # nobody waits for the answer
        raise_alert(
            key=f"delivery_refused:{delivery.pk}",
            kind="delivery_refused",
            severity="warning",
            title=format_lazy(
                _("Feed {feed}: delivery {id} was refused: {code}"),
                feed=delivery.feed.name,
                id=delivery.pk,
                code=first.code,
            ),
            detail=first.detail,
            url=f"/feeds/deliveries/{delivery.pk}/",
            category="feed_trouble",
            actor=actor,
        )
