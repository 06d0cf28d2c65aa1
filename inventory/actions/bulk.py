"""Many movements at once, each posted, replayed or refused by itself; the same book and rules as the single path."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from approvals.models import ApprovalRequest
from audit.actions import Event
from catalog.access import visible_site_ids_or_all
from inventory.actions.asking import ask_approval, record_effect_applied, site_ids_of
from inventory.actions.books import Opened, load_timelines, open_book, resolve_ids
from inventory.actions.loading import Loaded, post_from_temp
from inventory.actions.lot_choice import with_lots
from inventory.actions.movements import (
    as_movement,
    check_right,
    short_faults,
)
from inventory.actions.spelling import as_asked, in_base_units, may_hold_bundles, without_bundles
from inventory.actions.timelines import choose_lots
from inventory.actions.writing import Posting, bundle_sales, write_postings
from inventory.models import Movement
from inventory.queries.documents import draft_json, kept_draft, movement_body, posted_draft
from inventory.rules.drafts import MovementDraft, draft_faults
from inventory.rules.locations import APPROVED_KINDS
from inventory.rules.posting import Move
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from web.idempotency import body_hash, claim_many, release_many, store_many

__all__ = ["BulkItem", "BulkResult", "Loaded", "post_from_temp", "post_movements"]

MAX_MOVEMENTS = 10_000
Status = Literal["posted", "replayed", "refused"]


@dataclass(frozen=True)
class BulkItem:
    """One movement of a batch under its key; asked identifies the request. Without a draft, `faults` say why.

    unspelled: what kept its packs or bundles from being spelled out.
    """

    key: str
    asked: bytes
    draft: MovementDraft | None
    faults: Sequence[Fault] = ()
    unspelled: Sequence[Fault] = ()


@dataclass(frozen=True)
class BulkResult:
    """What became of one item."""

    key: str
    status: Status
    id: int | None = None
    faults: Sequence[Fault] = ()


@dataclass
class _Batch:
    """A batch while it is worked: results by place, postings so far."""

    items: Sequence[BulkItem]
    results: dict[int, BulkResult] = field(default_factory=dict)
    postings: list[tuple[int, Posting, MovementDraft]] = field(default_factory=list)
    effects: list[int] = field(default_factory=list)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def refuse(self, place: int, faults: Sequence[Fault]) -> None:
        self.results[place] = BulkResult(self.items[place].key, "refused", faults=faults)

    def open(self) -> list[int]:
        return [place for place in range(len(self.items)) if place not in self.results]


@transaction.atomic
def post_movements(*, actor: Actor, items: Sequence[BulkItem]) -> list[BulkResult]:
    """Post up to 10,000 movements in the order given; a refused one leaves the others alone.

    Answers in the order of `items`: posted (also when it waits for approval), replayed with the first id, or refused
    with faults; the key of a refused one stays free.
    Raises Faults 403; 413 `too_many`; 409 `in_flight`.
    Locks: keys, then balances by (site, product, lot). Records: one movements.posted with digests over all.
    Allowed: stock.post.
    """
    check_right(actor, "stock.post")
    if len(items) > MAX_MOVEMENTS:
        raise refuse("too_many", f"At most {MAX_MOVEMENTS} movements at a time.", status=413)
    owner_id = int(actor.id or 0)
    now = clock.now()
    items = _with_lots(_spelled_out(items, now))
    batch = _Batch(items)
    _check_keys(batch)
    _claim(batch, owner_id)
    _check_shapes(batch, now)
    places = batch.open()
    if places:
        _post(actor, batch, places, now)
    _finish(batch, owner_id)
    return [batch.results[place] for place in range(len(items))]


def _spelled_out(items: Sequence[BulkItem], now: datetime) -> list[BulkItem]:
    """Packs converted and bundles taken apart, as the single path does; what cannot be carries its faults. 2 queries."""
    drafts = {place: item.draft for place, item in enumerate(items) if item.draft is not None}
    made = dict(zip(drafts, in_base_units(list(drafts.values())), strict=True))
    fine = {place: spelled.draft for place, spelled in made.items() if not spelled.faults}
    if may_hold_bundles(list(fine.values())):
        made |= dict(zip(fine, without_bundles(list(fine.values()), now), strict=True))
    return [
        replace(item, draft=made[place].draft, unspelled=made[place].faults) if place in made else item
        for place, item in enumerate(items)
    ]


def _with_lots(items: Sequence[BulkItem]) -> list[BulkItem]:
    drafts = {place: item.draft for place, item in enumerate(items) if item.draft is not None}
    made = dict(zip(drafts, with_lots(list(drafts.values())), strict=True))
    return [replace(item, draft=made[place]) if place in made else item for place, item in enumerate(items)]


def _check_keys(batch: _Batch) -> None:
    for place, item in enumerate(batch.items):
        if not item.key or len(item.key) > 255:
            batch.refuse(place, [Fault("/idempotency_key", "invalid_key", "A key has 1 to 255 characters.")])


def _claim(batch: _Batch, owner_id: int) -> None:
    """Claim the keys. One used twice in the batch: the same movement is a replay of the first, another is refused."""
    first: dict[str, int] = {}
    repeats: dict[int, int] = {}
    for place in batch.open():
        item = batch.items[place]
        earlier = first.setdefault(item.key, place)
        if earlier != place:
            if batch.items[earlier].asked == item.asked:
                repeats[place] = earlier
            else:
                batch.refuse(place, [_reused(item.key)])
    hashes = {key: body_hash(batch.items[place].asked) for key, place in first.items()}
    for key, answer in claim_many(owner_id, hashes).items():
        place = first[key]
        if answer.body_sha256 == hashes[key]:
            batch.results[place] = BulkResult(key, "replayed", (answer.answer or {}).get("id"))
        else:
            batch.refuse(place, [_reused(key)])
    for place, earlier in repeats.items():
        batch.results[place] = BulkResult(batch.items[place].key, "replayed", -earlier - 1)


def _reused(key: str) -> Fault:
    return Fault("/idempotency_key", "key_reused", f"The key {key!r} was used for another request.")


def _check_shapes(batch: _Batch, now: datetime) -> None:
    for place in batch.open():
        item = batch.items[place]
        faults = list(item.faults)
        if item.draft is not None:
            faults = [*item.unspelled, *as_asked(draft_faults(item.draft, now), item.draft)]
        if faults:
            batch.refuse(place, faults)


def _post(actor: Actor, batch: _Batch, places: list[int], now: datetime) -> None:
    drafts = {place: draft for place in places if (draft := batch.items[place].draft) is not None}
    opened = open_book(actor, list(drafts.values()), visible_site_ids_or_all(actor))
    ids = iter(opened.movement_ids)
    moves: dict[int, Move] = {}
    for place, draft in drafts.items():
        move, faults = resolve_ids(draft, opened, now)
        if move is None:
            batch.refuse(place, as_asked(faults, draft))
        else:
            moves[place] = move
    load_timelines(opened.book, list(moves.values()))
    for place, move in moves.items():
        _post_one(actor, batch, opened, place, move, next(ids))
    if batch.postings:
        _write(actor, batch, opened)


def _post_one(actor: Actor, batch: _Batch, opened: Opened, place: int, asked: Move, movement_id: int) -> None:
    draft = batch.items[place].draft
    assert draft is not None
    move, faults = choose_lots(opened.book, asked, draft)
    if move is None:
        batch.refuse(place, as_asked(faults, draft))
        return
    shorts = opened.book.shorts(move)
    if shorts:
        batch.refuse(place, as_asked(short_faults(shorts, draft), draft))
        return
    try:
        opened.book.check_rates(move)
    except Faults as refused:
        batch.refuse(place, refused.faults)
        return
    state = "posted"
    if move.kind in APPROVED_KINDS:
        request = ask_approval(actor, opened, movement_id, draft, move)
        if request.state == ApprovalRequest.State.APPROVED:
            batch.effects.append(request.pk)
        else:
            state = "pending"
    posting = Posting(
        id=movement_id,
        reference=draft.reference,
        move=move,
        entries=opened.book.post(move, movement_id) if state == "posted" else (),
        reason=draft.reason,
        source=draft.source,
        state=state,
        draft=draft_json(draft) if state == "pending" else kept_draft(draft),
        also_sold=bundle_sales(opened, movement_id, draft, move) if state == "posted" else (),
    )
    batch.postings.append((place, posting, draft))
    batch.results[place] = BulkResult(batch.items[place].key, "posted", movement_id)


def _write(actor: Actor, batch: _Batch, opened: Opened) -> None:
    postings = [posting for _place, posting, _draft in batch.postings]
    sites = {site_id for posting in postings for site_id in site_ids_of(posting.move)}
    kinds: dict[str, int] = defaultdict(int)
    for posting in postings:
        kinds[posting.move.kind] += 1
    event = Event(
        kind="movements.posted",
        subject=f"movement_batch:{opened.event_id}",
        after={
            "movements": len(postings),
            "first_id": postings[0].id,
            "last_id": postings[-1].id,
            "kinds": dict(sorted(kinds.items())),
        },
        site_ids=sorted(sites),
    )
    recorded_at = write_postings(actor, opened, postings, event)
    for request_id in batch.effects:
        record_effect_applied(actor, request_id)
    batch.answers = {
        batch.items[place].key: (
            201,
            _answer(as_movement(actor, posting, opened.event_id, recorded_at), draft),
        )
        for place, posting, draft in batch.postings
    }


def _answer(movement: Movement, draft: MovementDraft) -> dict[str, Any]:
    return movement_body(movement, posted_draft(movement, draft))


def _finish(batch: _Batch, owner_id: int) -> None:
    """Keep the answers of what was posted, free the keys of what was refused, point repeats at the first one."""
    store_many(owner_id, batch.answers)
    refused = [
        result.key
        for result in batch.results.values()
        if result.status == "refused" and not _is_taken(result)
    ]
    release_many(owner_id, sorted(set(refused) - set(batch.answers)))
    for place, result in batch.results.items():
        if result.status == "replayed" and result.id is not None and result.id < 0:
            first: Any = batch.results[-result.id - 1]
            again: Status = "refused" if first.status == "refused" else "replayed"
            batch.results[place] = BulkResult(result.key, again, first.id, first.faults)


def _is_taken(result: BulkResult) -> bool:
    return any(fault.code in ("key_reused", "invalid_key") for fault in result.faults)
