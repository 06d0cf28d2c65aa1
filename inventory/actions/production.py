"""Production: raw material in, finished goods out at one site, at the cost of what went in; dismantling is the reverse."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from audit.actions import Event
from catalog.access import visible_site_ids_or_all
from catalog.queries.bills import bill_versions
from catalog.rules.bills import in_force
from inventory.actions.asking import site_ids_of
from inventory.actions.books import Opened, load_timelines, open_book, resolve
from inventory.actions.movements import as_movement, check_right, event_content, refuse_shorts
from inventory.actions.spelling import in_base_units, without_bundles
from inventory.actions.writing import Posting, write_postings
from inventory.models import Movement
from inventory.queries.documents import draft_json, plain
from inventory.rules.drafts import MovementDraft, draft_faults
from inventory.rules.locations import PRODUCED, PRODUCTION
from inventory.rules.posting import Entry, Line, Move
from inventory.rules.production import (
    Part,
    ProductionDraft,
    as_movement_draft,
    pointer_of,
    production_faults,
    shared_cost,
)
from inventory.rules.valuation import ZERO, times
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.idempotency import atomic_in_effect


@atomic_in_effect()
def post_production(*, actor: Actor, draft: ProductionDraft) -> Movement:
    """Take the inputs out at their cost and put the outputs in at the sum of it and the added cost, all or nothing.

    The cost goes to the outputs by their shares, else by what each costs now, and to the last what is left over.
    Raises Faults 403; 422 with every fault: `no_inputs`, `no_outputs`, `no_bill`, `invalid_share`, `shares_incomplete`,
    `shares_sum`, those of movements, `bundle_has_no_stock`, `insufficient_stock`, `negative_later`.
    Locks: balances by (site, product, lot). Records: movement.posted. Allowed: stock.post.
    """
    check_right(actor, "stock.post")
    now = clock.now()
    draft = with_bills(draft, draft.occurred_at or now)
    try:
        return _post(actor, draft, now)
    except Faults as refused:
        raise _pointed(refused, len(draft.inputs)) from refused


def _pointed(refused: Faults, input_count: int) -> Faults:
    return Faults(
        [Fault(pointer_of(f.pointer, input_count), f.code, f.detail) for f in refused.faults], refused.status
    )


def _post(actor: Actor, draft: ProductionDraft, now: datetime) -> Movement:
    spelled = in_base_units([as_movement_draft(draft)])[0]
    asked = spelled.draft
    faults = [*production_faults(draft), *spelled.faults, *draft_faults(asked, now, (PRODUCED,))]
    if faults:
        raise Faults([fault for fault in faults if fault.pointer != "/lines"])
    opened = open_book(actor, [asked], visible_site_ids_or_all(actor), unless_bundles=True)
    if opened.is_refused:
        if bundles := without_bundles([asked], now)[0].faults:
            raise Faults(bundles)
        opened = open_book(actor, [asked], visible_site_ids_or_all(actor))
    move, faults = resolve(asked, opened, now)
    if move is None:
        raise Faults(faults)
    load_timelines(opened.book, [move])
    refuse_shorts(opened.book.shorts(move), asked)
    move, entries = _produced(opened, move, draft)
    return _write(actor, opened, asked, move, entries, draft.added_cost)


def _produced(opened: Opened, move: Move, draft: ProductionDraft) -> tuple[Move, list[Entry]]:
    """Post what goes in, share what it cost, post what comes out."""
    movement_id = opened.movement_ids[0]
    taken = tuple(line for line in move.lines if line.to_id == PRODUCTION)
    made = tuple(line for line in move.lines if line.from_id == PRODUCTION)
    weights = _weights(opened, made, move, draft.outputs)
    entries = opened.book.post(replace(move, lines=taken), movement_id)
    cost = sum((entry.value for entry in entries if entry.location_id == PRODUCTION), ZERO) + draft.added_cost
    values = shared_cost(cost, weights, [line.quantity for line in made])
    valued = tuple(replace(line, in_value=value) for line, value in zip(made, values, strict=True))
    entries += opened.book.post(replace(move, lines=valued), movement_id)
    return replace(move, lines=(*taken, *valued)), entries


def _weights(opened: Opened, made: Sequence[Line], move: Move, outputs: Sequence[Part]) -> list[Decimal]:
    """The given shares, else what each output would cost as the book stands."""
    if outputs[0].share_fraction is not None:
        return [part.share_fraction or ZERO for part in outputs]
    return [times(line.quantity, opened.book.cost_now(line, move)[0]) for line in made]


def _write(
    actor: Actor, opened: Opened, asked: MovementDraft, move: Move, entries: list[Entry], added_cost: Decimal
) -> Movement:
    kept: dict[str, Any] = draft_json(asked) | {"added_cost": plain(added_cost)}
    posting = Posting(
        id=opened.movement_ids[0],
        reference=asked.reference,
        move=move,
        entries=entries,
        reason=asked.reason,
        source=asked.source,
        draft=kept,
    )
    event = Event(
        kind="movement.posted",
        subject=f"movement:{posting.id}",
        reason=asked.reason,
        after=event_content(asked, "posted") | {"added_cost": plain(added_cost)},
        site_ids=site_ids_of(move),
    )
    recorded_at = write_postings(actor, opened, [posting], event)
    return as_movement(actor, posting, opened.event_id, recorded_at)


def with_bills(draft: ProductionDraft, at: datetime) -> ProductionDraft:
    """What is left out, from the bills in force at `at`: what the outputs are made of, or what the inputs fall into."""
    if bool(draft.inputs) == bool(draft.outputs):
        return draft
    given, name = (draft.outputs, "outputs") if draft.outputs else (draft.inputs, "inputs")
    versions = bill_versions([part.sku for part in given])
    base = in_base_units([as_movement_draft(draft)])[0].draft.lines
    needed: dict[str, Decimal] = {}
    faults = []
    for number, (part, line) in enumerate(zip(given, base, strict=True)):
        version = in_force(versions, part.sku, at)
        if version is None:
            detail = f"{part.sku} has no bill of materials then; say what it is made of."
            faults.append(Fault(f"/{name}/{number}/sku", "no_bill", detail))
        for sku, each in version.lines if version else ():
            needed[sku] = needed.get(sku, ZERO) + each * line.quantity
    if faults:
        raise Faults(faults)
    parts = tuple(Part(sku, quantity) for sku, quantity in needed.items())
    return replace(draft, inputs=parts) if draft.outputs else replace(draft, outputs=parts)
