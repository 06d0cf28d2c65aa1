"""Posting and reversing one movement; what needs an approval waits as a draft."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from approvals.models import ApprovalRequest
from audit.actions import Event
from catalog.access import visible_site_ids_or_all
from inventory.actions.asking import ask_approval, record_effect_applied, site_ids_of
from inventory.actions.books import Opened, load_timelines, open_book, resolve
from inventory.actions.costing import undos_of
from inventory.actions.lot_choice import with_lots
from inventory.actions.spelling import in_base_units, refused_as_asked, without_bundles
from inventory.actions.timelines import choose_lots
from inventory.actions.timelines import short_faults as short_faults
from inventory.actions.writing import Posting, bundle_sales, write_postings
from inventory.models import Movement
from inventory.queries.documents import (
    draft_json,
    entries_of,
    kept_draft,
    movement_draft,
    plain,
    sale_rows_of,
)
from inventory.rules.drafts import LineDraft, MovementDraft, draft_faults
from inventory.rules.locations import APPROVED_KINDS
from inventory.rules.posting import Line, Move, Short
from inventory.rules.valuation import Undo
from lib import clock
from lib.actors import Actor
from lib.faults import Faults, refuse
from web.idempotency import atomic_in_effect

EVENT_LINES = 50
#: How often lots that were read before anything was locked are read again when somebody was faster.
LOT_ATTEMPTS = 4


@atomic_in_effect()
def post_movement(*, actor: Actor, draft: MovementDraft) -> Movement:
    """Post `draft`, all lines or none; an adjustment or scrap beyond policy waits for approval instead.

    Returns the movement, `posted` or `pending`.
    Raises Faults 403 `not_allowed`; 422 with every fault of shape and reference, `insufficient_stock` for every short
    line of a command, `negative_later` with the first moment a backdated one would be short at,
    `missing_exchange_rate`, `stale_exchange_rate`.
    Locks: balances by (site, product, lot). Records: movement.posted or movement.requested. Allowed: stock.post.
    """
    check_right(actor, "stock.post")
    return post_document(actor, draft, visible_site_ids_or_all(actor))


def post_document(actor: Actor, draft: MovementDraft, visible: frozenset[int] | None) -> Movement:
    """`post_movement` inside the transaction of a document that has checked right and scope itself.

    visible: the sites that may be touched, None for any. Raises, locks and records as `post_movement`.
    """
    now = clock.now()
    spelled = in_base_units([draft])[0]
    draft = spelled.draft
    faults = [*spelled.faults, *draft_faults(draft, now)]
    if faults:
        raise Faults(faults)
    chosen = with_lots([draft])[0]
    for _attempt in range(LOT_ATTEMPTS - 1):
        if chosen == draft:
            break
        try:
            with transaction.atomic():
                return _open_and_post(actor, chosen, visible, now)
        except Faults:
            # Somebody was faster: other lots, if there are any; what was locked is free again.
            before, chosen = chosen, with_lots([draft])[0]
            if chosen == before:
                raise
    return _open_and_post(actor, chosen, visible, now)


def _open_and_post(
    actor: Actor, draft: MovementDraft, visible: frozenset[int] | None, now: datetime
) -> Movement:
    opened = open_book(actor, [draft], visible, unless_bundles=True)
    if not opened.is_refused:
        return _post_opened(actor, opened, draft, now)
    spelled = without_bundles([draft], now)[0]
    if spelled.faults:
        raise Faults(spelled.faults)
    try:
        return _post_opened(actor, open_book(actor, [spelled.draft], visible), spelled.draft, now)
    except Faults as refused:
        raise refused_as_asked(refused, spelled.draft) from refused


def _post_opened(actor: Actor, opened: Opened, draft: MovementDraft, now: datetime) -> Movement:
    """Check a draft against its book and post it, or ask whether it may be."""
    move, faults = resolve(draft, opened, now)
    if move is None:
        raise Faults(faults)
    load_timelines(opened.book, [move])
    refuse_shorts(opened.book.shorts(move), draft)
    opened.book.check_rates(move)
    movement_id = opened.movement_ids[0]
    if move.kind in APPROVED_KINDS:
        return _post_or_ask(actor, opened, movement_id, draft, move)
    return post_now(actor, opened, movement_id, draft, move)


def post_now(
    actor: Actor, opened: Opened, movement_id: int, draft: MovementDraft, move: Move, policy: str = ""
) -> Movement:
    """Write a checked movement and its event."""
    posting = Posting(
        id=movement_id,
        reference=draft.reference,
        move=move,
        entries=opened.book.post(move, movement_id),
        reason=draft.reason,
        source=draft.source,
        draft=kept_draft(draft),
        also_sold=bundle_sales(opened, movement_id, draft, move),
    )
    event = posted_event(posting, opened, draft, policy)
    recorded_at = write_postings(actor, opened, [posting], event)
    return as_movement(actor, posting, opened.event_id, recorded_at)


def _post_or_ask(
    actor: Actor, opened: Opened, movement_id: int, draft: MovementDraft, move: Move
) -> Movement:
    """Let policy say whether an adjustment is routine: post it at once, or keep it as a pending draft."""
    request = ask_approval(actor, opened, movement_id, draft, move)
    policy = f"{request.policy_name} v{request.policy_version}"
    if request.state == ApprovalRequest.State.APPROVED:
        movement = post_now(actor, opened, movement_id, draft, move, policy)
        record_effect_applied(actor, request.pk)
        return movement
    posting = Posting(
        id=movement_id,
        reference=draft.reference,
        move=move,
        entries=(),
        reason=draft.reason,
        source=draft.source,
        state="pending",
        draft=draft_json(draft),
    )
    event = Event(
        kind="movement.requested",
        subject=f"movement:{movement_id}",
        reason=draft.reason,
        policy=policy,
        after=event_content(draft, "pending"),
        site_ids=site_ids_of(move),
    )
    recorded_at = write_postings(actor, opened, [posting], event)
    return as_movement(actor, posting, opened.event_id, recorded_at)


@atomic_in_effect()
def reverse_movement(*, actor: Actor, movement_id: int, reason: str) -> Movement:
    """Take a posted movement back by one that goes the other way, now, at the values it moved.

    Raises Faults 403; 404 `unknown_movement` (also out of scope); 409 `already_reversed`, `is_reversal`, `has_document`,
    `wrong_state`; 422 `reason_required`, `insufficient_stock`.
    Locks: balances by (site, product, lot). Records: movement.reversed. Allowed: stock.reverse.
    """
    check_right(actor, "stock.reverse")
    visible = visible_site_ids_or_all(actor)
    original = Movement.objects.filter(pk=movement_id).first()
    if original is None or not _in_scope(original, visible):
        raise refuse("unknown_movement", "There is no such movement.", status=404)
    if not reason.strip():
        raise refuse("reason_required", "Say why the movement is taken back.", pointer="/reason")
    _refuse_reversal(original)
    draft = _mirrored(original, movement_draft(original), reason)
    opened = open_book(actor, [draft], visible)
    chosen, faults = choose_lots(opened.book, _reversing_move(original, opened), draft)
    if chosen is None:
        raise Faults(faults)
    move = chosen
    load_timelines(opened.book, [move])
    refuse_shorts(opened.book.shorts(move), draft)
    posting = Posting(
        id=opened.movement_ids[0],
        reference=original.reference,
        move=move,
        entries=opened.book.post(move, opened.movement_ids[0]),
        reason=reason,
        source=actor.channel,
        reverses_id=original.pk,
        prices=sale_rows_of(original.pk, opened.movement_ids[0], move.occurred_at),
    )
    event = Event(
        kind="movement.reversed",
        subject=f"movement:{original.pk}",
        reason=reason,
        after={"reversed_by": posting.id, **event_content(draft, "posted")},
        site_ids=site_ids_of(move),
    )
    try:
        with transaction.atomic():
            recorded_at = write_postings(actor, opened, [posting], event)
    except IntegrityError as error:
        raise refuse("already_reversed", "This movement was reversed before.", status=409) from error
    return as_movement(actor, posting, opened.event_id, recorded_at)


def _in_scope(movement: Movement, visible: frozenset[int] | None) -> bool:
    if visible is None:
        return True
    touched = {entry.location_id for entry in entries_of(movement) if entry.location_id > 0}
    return touched <= visible if touched else movement.destination_id in visible


def _refuse_reversal(original: Movement) -> None:
    if original.reverses_id is not None:
        raise refuse("is_reversal", "A reversal is not reversed; post the movement again.", status=409)
    if original.kind == Movement.Kind.VALUATION:
        raise refuse("has_document", "A change of value is taken back by its document.", status=409)
    if original.state != Movement.State.POSTED:
        raise refuse("wrong_state", f"The movement is {original.state}.", status=409)
    if Movement.objects.filter(reverses_id=original.pk).exists():
        raise refuse("already_reversed", "This movement was reversed before.", status=409)


def _mirrored(original: Movement, moved: MovementDraft, reason: str) -> MovementDraft:
    """The original's lines the other way round, by codes, so that the book opens on what they touch."""
    return MovementDraft(
        reference=original.reference,
        kind=original.kind,
        lines=tuple(
            LineDraft(
                line.sku,
                line.to_code,
                line.from_code,
                line.quantity,
                line.lot,
                from_state=line.to_state,
                to_state=line.from_state,
                owner=line.owner,
            )
            for line in moved.lines
        ),
        destination=moved.destination,
        reason=reason,
    )


def _reversing_move(original: Movement, opened: Opened) -> Move:
    """The lines swapped, each with the values that the original moved at either end."""
    lines: dict[int, dict[str, Any]] = {}
    for entry in entries_of(original):
        side = lines.setdefault(entry.line, {})
        if entry.quantity < 0:
            side["out"] = entry
        elif entry.quantity > 0:
            side["in"] = entry
    undos = undos_of(original.pk, opened.book)
    return Move(
        kind=original.kind,
        occurred_at=clock.now(),
        destination_id=original.destination_id,
        is_reversal=True,
        lines=tuple(
            Line(
                number=number,
                product_id=side["out"].product_id,
                from_id=side["in"].location_id,
                to_id=side["out"].location_id,
                quantity=side["in"].quantity,
                lot=side["out"].lot,
                out_value=side["in"].value,
                in_value=-side["out"].value,
                from_state=side["in"].state,
                to_state=side["out"].state,
                owner_id=side["out"].owner_id,
                undo=undos.get(number, Undo(original.pk)),
            )
            for number, side in sorted(lines.items())
        ),
    )


# -- shared with bulk, placing and counting --------------------------------------------------------------------------


def check_right(actor: Actor, permission: str) -> None:
    """Raises Faults 403 `not_allowed` without `permission`."""
    if not actor.may(permission):
        raise refuse("not_allowed", f"Your role does not include {permission}.", status=403)


def refuse_shorts(shorts: Sequence[Short], draft: MovementDraft) -> None:
    """Raises Faults 422 naming each short line; nothing when there is none."""
    if shorts:
        raise Faults(short_faults(shorts, draft))


def posted_event(posting: Posting, opened: Opened, draft: MovementDraft, policy: str = "") -> Event:
    return Event(
        kind="movement.posted",
        subject=f"movement:{posting.id}",
        reason=draft.reason,
        policy=policy,
        after=event_content(draft, "posted") | assumed_lots(posting.move),
        site_ids=site_ids_of(posting.move),
    )


def event_content(draft: MovementDraft, state: str) -> dict[str, Any]:
    """What the trail shows of a movement: its head and up to 50 lines (the digest covers all)."""
    content = draft_json(draft)
    content["line_count"] = len(draft.lines)
    content["lines"] = content["lines"][:EVENT_LINES]
    content["state"] = state
    return content


def assumed_lots(move: Move) -> dict[str, Any]:
    """Which lots were taken though nobody named them, for the trail; nothing where none were."""
    taken = [
        {"line": line.asked_number, "lot": line.lot, "quantity": plain(line.quantity)}
        for line in move.lines
        if line.is_assumed
    ]
    return {"assumed_lots": taken[:EVENT_LINES]} if taken else {}


def as_movement(actor: Actor, posting: Posting, event_id: int, recorded_at: datetime) -> Movement:
    """The stored movement, without reading it again; `taken` are its lines where lots were chosen."""
    movement = Movement(
        id=posting.id,
        reference=posting.reference,
        kind=posting.move.kind,
        state=posting.state,
        occurred_at=posting.move.occurred_at,
        recorded_at=recorded_at,
        reported_at=posting.move.reported_at,
        destination_id=posting.move.destination_id,
        reason=posting.reason,
        prepared_by_id=actor.id if actor.kind == "user" else None,
        reverses_id=posting.reverses_id,
        source=posting.source,
        draft=posting.draft,
        event_id=event_id,
    )
    if posting.move.remarks or any(line.piece_of is not None for line in posting.move.lines):
        movement.taken = posting.move.lines
    return movement
