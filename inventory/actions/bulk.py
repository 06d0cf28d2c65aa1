"""Many movements at once, each posted, replayed or refused by itself; the same rules as the single path.

What is plain (`rules.plain`) goes a shorter way through the same book, in the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.db import connection, transaction

from catalog.access import visible_site_ids_or_all
from catalog.queries.bills import bill_versions, has_bundle
from inventory.actions.books import open_book
from inventory.actions.bulk_posting import Poster
from inventory.actions.loading import Loaded, post_from_temp
from inventory.actions.lot_choice import with_lots
from inventory.actions.movements import check_right
from inventory.actions.spelling import as_asked, in_base_units, without_bundles
from inventory.queries.set_aside import sites_that_inspect
from inventory.rules.drafts import MovementDraft, draft_faults
from inventory.rules.plain import PlainDraft, plain_draft
from inventory.sql import posting as sql
from lib import clock
from lib.actors import Actor
from lib.collecting import no_search_for_cycles
from lib.faults import Fault, refuse
from web.idempotency import body_hash, claim_many, release_many

__all__ = ["BulkItem", "BulkResult", "Loaded", "post_from_temp", "post_movements"]

MAX_MOVEMENTS = 10_000
Status = Literal["posted", "replayed", "refused"]


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One movement of a batch under its key; asked identifies the request. Without a draft, `faults` say why."""

    key: str
    asked: bytes
    draft: MovementDraft | None
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one item."""

    key: str
    status: Status
    id: int | None = None
    faults: Sequence[Fault] = ()


@dataclass
class _Batch:
    """A batch while it is worked, all by place. plain, drafts: what is to be posted, either way, spelled out.

    unspelled: what kept packs or bundles from being spelled out. ids: of the movements that hold a key of their own.
    """

    items: Sequence[BulkItem]
    plain: dict[int, PlainDraft] = field(default_factory=dict)
    drafts: dict[int, MovementDraft] = field(default_factory=dict)
    unspelled: dict[int, Sequence[Fault]] = field(default_factory=dict)
    ids: dict[int, int] = field(default_factory=dict)
    results: dict[int, BulkResult] = field(default_factory=dict)

    def refuse(self, place: int, faults: Sequence[Fault]) -> None:
        self.plain.pop(place, None)
        self.drafts.pop(place, None)
        self.results[place] = BulkResult(self.items[place].key, "refused", faults=faults)


@no_search_for_cycles()
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
    batch = _Batch(items)
    _spell_out(batch, now)
    repeats = _claim(batch, owner_id)
    _check_shapes(batch, now)
    _post(actor, batch, now)
    _release(batch, owner_id)
    for place, earlier in repeats.items():
        first = batch.results[earlier]
        again: Status = "refused" if first.status == "refused" else "replayed"
        batch.results[place] = BulkResult(first.key, again, first.id, first.faults)
    return [batch.results[place] for place in range(len(items))]


def _spell_out(batch: _Batch, now: datetime) -> None:
    """Sort what is plain from what is not; of the latter packs are converted and bundles taken apart, as the single path
    does. 1 query, few more for what is rare."""
    drafts = {place: item.draft for place, item in enumerate(batch.items) if item.draft is not None}
    codes = {line.to_code for draft in drafts.values() if draft.kind == "return" for line in draft.lines}
    inspecting = sites_that_inspect(codes) if codes else frozenset()
    skus: set[str] = set()
    for place, draft in drafts.items():
        made = plain_draft(draft, now) if not batch.items[place].faults else None
        if made is None or (made.kind == "return" and made.site in inspecting):
            batch.drafts[place] = draft
        else:
            batch.plain[place] = made
            skus.update([line[0] for line in made.lines])
    others = {line.sku for draft in batch.drafts.values() for line in draft.lines}
    if (skus or others) and has_bundle(skus | others):
        bundles = set(bill_versions(skus))
        for place, plain in list(batch.plain.items()):
            if any(line[0] in bundles for line in plain.lines):
                del batch.plain[place]
                batch.drafts[place] = drafts[place]
        _take_apart(batch, now, has_bundles=True)
    elif batch.drafts:
        _take_apart(batch, now, has_bundles=False)


def _take_apart(batch: _Batch, now: datetime, *, has_bundles: bool) -> None:
    places = sorted(batch.drafts)
    made = dict(zip(places, in_base_units([batch.drafts[place] for place in places]), strict=True))
    if has_bundles:
        fine = [place for place in places if not made[place].faults]
        apart = without_bundles([made[place].draft for place in fine], now)
        made |= dict(zip(fine, apart, strict=True))
    batch.unspelled = {place: one.faults for place, one in made.items() if one.faults}
    chosen = with_lots([made[place].draft for place in places])
    batch.drafts = dict(zip(places, chosen, strict=True))


def _claim(batch: _Batch, owner_id: int) -> dict[int, int]:
    """Claim the keys with their answers, the ids of the movements; what is refused later is set free again.

    A key used twice in the batch: the same movement is a replay of the first (place → its place), another is refused.
    """
    first: dict[str, int] = {}
    repeats: dict[int, int] = {}
    for place, item in enumerate(batch.items):
        if not item.key or len(item.key) > 255:
            batch.refuse(place, [Fault("/idempotency_key", "invalid_key", "A key has 1 to 255 characters.")])
            continue
        earlier = first.setdefault(item.key, place)
        if earlier != place:
            batch.plain.pop(place, None)
            batch.drafts.pop(place, None)
            if batch.items[earlier].asked == item.asked:
                repeats[place] = earlier
            else:
                batch.refuse(place, [_reused(item.key)])
    if not first:
        return repeats
    with connection.cursor() as cursor:
        cursor.execute(sql.DRAW_MOVEMENTS, [len(first)])
        batch.ids = dict(zip(first.values(), sorted(cursor.fetchone()[0]), strict=True))
    hashes = {key: body_hash(batch.items[place].asked) for key, place in first.items()}
    answers = {key: {"id": batch.ids[place]} for key, place in first.items()}
    for key, answer in claim_many(owner_id, hashes, answers).items():
        place = first[key]
        del batch.ids[place]
        batch.plain.pop(place, None)
        batch.drafts.pop(place, None)
        if answer.body_sha256 == hashes[key]:
            batch.results[place] = BulkResult(key, "replayed", (answer.answer or {}).get("id"))
        else:
            batch.refuse(place, [_reused(key)])
    return repeats


def _reused(key: str) -> Fault:
    return Fault("/idempotency_key", "key_reused", f"The key {key!r} was used for another request.")


def _check_shapes(batch: _Batch, now: datetime) -> None:
    """Refuse what has a fault of shape; what is plain has none."""
    for place in batch.ids.keys() - batch.plain.keys():
        faults = list(batch.items[place].faults)
        draft = batch.drafts.get(place)
        if draft is not None:
            faults = [*batch.unspelled.get(place, ()), *as_asked(draft_faults(draft, now), draft)]
        if faults or draft is None:
            batch.refuse(place, faults)


def _post(actor: Actor, batch: _Batch, now: datetime) -> None:
    if not batch.plain and not batch.drafts:
        return
    visible = visible_site_ids_or_all(actor)
    opened = open_book(actor, list(batch.drafts.values()), visible, 0, plain=list(batch.plain.values()))
    poster = Poster(actor, opened, now, dict(sorted(batch.ids.items())))
    asked = {place: batch.items[place].draft for place in batch.plain}
    poster.post(batch.plain, batch.drafts, asked)
    for place in [*batch.plain, *batch.drafts]:
        if place in poster.refused:
            continue
        batch.results[place] = BulkResult(batch.items[place].key, "posted", batch.ids[place])
    for place, faults in poster.refused.items():
        batch.refuse(place, faults)


def _release(batch: _Batch, owner_id: int) -> None:
    """Free the keys of what was refused."""
    results, items = batch.results, batch.items
    release_many(
        owner_id, sorted(items[place].key for place in batch.ids if results[place].status == "refused")
    )
