"""Keeping the rows that were not taken: as they came, with an owner and a deadline."""

from collections.abc import Iterable
from typing import Any

from feeds.actions.kinds import Outcome
from feeds.models import Delivery, QuarantineRow
from feeds.rules.batches import Batch
from feeds.rules.quarantine import due_within, kept_row, owner_role, site_code
from lib import clock
from lib.faults import Fault

Rejected = dict[int, tuple[Fault, Any]]


def keep_rejected(delivery: Delivery, batch: Batch, outcome: Outcome) -> Rejected:
    """Keep each rejected row as it came, once per place; place → (fault, row).

    Locks: nothing. Records: the delivery's event tells how many. Allowed: applying, in its transaction.
    """
    rejected = {number: (fault, row) for number, fault, row in outcome.rejected}
    if rejected and batch.form != "ecb":  # there one line makes several rows
        for number, row in zip(batch.numbers, batch.rows, strict=True):
            if number in rejected:
                rejected[number] = (rejected[number][0], row)
    QuarantineRow.objects.bulk_create(_rows(delivery, sorted(rejected.items())), batch_size=1000)
    return rejected


def _rows(delivery: Delivery, rejected: Iterable[tuple[int, tuple[Fault, Any]]]) -> Iterable[QuarantineRow]:
    feed = delivery.feed
    owner_id = feed.source.owner_id if feed.source else None
    due_at = clock.now() + due_within(feed.kind)
    for number, (fault, row) in rejected:
        kept, is_whole = kept_row(row)
        yield QuarantineRow(
            delivery=delivery,
            number=number,
            code=fault.code[:60],
            detail=fault.detail[:500].replace("\x00", ""),
            row=kept,
            is_whole=is_whole,
            site_code=site_code(kept),
            owner_id=owner_id,
            owner_role="" if owner_id else owner_role(feed.kind),
            due_at=due_at,
        )
