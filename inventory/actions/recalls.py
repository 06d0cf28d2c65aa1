"""Recalling a lot: blocked at every site by one action, and given free again by two people."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from audit.actions import record
from catalog.models import Product
from inventory.actions.books import Opened, open_book, resolve_ids
from inventory.actions.movements import check_right, post_now
from inventory.models import Lot, Recall
from inventory.queries.documents import plain
from inventory.rules.drafts import MAX_LOT, LineDraft, MovementDraft
from inventory.rules.posting import Move
from inventory.rules.states import AVAILABLE, BLOCKED
from inventory.sql import lots as sql
from lib import clock
from lib.actors import Actor
from lib.faults import refuse

ZERO = Decimal(0)
State = Recall.State


def recall_key(recall: Recall) -> str:
    """The alert's key."""
    return f"lot_recall:{recall.pk}"


def _release_key(recall: Recall) -> str:
    return f"lot_release:{recall.pk}"


@transaction.atomic
def start_recall(*, actor: Actor, sku: str, lot: str, reason: str) -> Recall:
    """Block a lot everywhere: what is available at any site, of any owner, and whatever of it still arrives.

    The lot need not be known yet. It reaches beyond the actor's own sites: who finds poison does not ask whose it is.
    Raises Faults 403; 409 `already_recalled`; 422 `reason_required`, `unknown_sku`, `invalid_lot`.
    Locks: the lot, then as a posting. Records: lot.recalled, movement.posted; raises a major alert.
    Allowed: lots.recall.
    """
    check_right(actor, "lots.recall")
    if not reason.strip():
        raise refuse("reason_required", "Say why the lot is recalled.", pointer="/reason")
    product = Product.objects.filter(sku=sku).first()
    if product is None:
        raise refuse("unknown_sku", f"There is no product {sku!r}.", pointer="/sku")
    if not lot or len(lot) > MAX_LOT:
        raise refuse("invalid_lot", f"A lot has 1 to {MAX_LOT} characters.", pointer="/lot")
    Lot.objects.bulk_create([Lot(product=product, code=lot)], ignore_conflicts=True)
    found = Lot.objects.select_for_update(no_key=True).get(product=product, code=lot)
    if found.is_recalled:
        raise refuse("already_recalled", f"Lot {lot} of {sku} is recalled already.", status=409)
    Lot.objects.filter(pk=found.pk).update(is_recalled=True)
    recall = Recall.objects.create(
        lot=found,
        reason=reason,
        started_by_id=actor.id if actor.kind == "user" else None,
        started_by_name=actor.name[:200],
    )
    units, sites = _block(actor, recall, product, lot)
    Recall.objects.filter(pk=recall.pk).update(units=units, sites=len(sites))
    recall.refresh_from_db()
    record(
        actor=actor,
        kind="lot.recalled",
        subject=f"lot:{found.pk}",
        reason=reason,
        before={"recalled": False},
        after={
            "recalled": True,
            "sku": sku,
            "lot": lot,
            "recall": recall.pk,
            "units": plain(units),
            "sites": len(sites),
        },
        site_ids=sites,
    )
    raise_alert(
        key=recall_key(recall),
        kind="lot_recall",
        severity="major",
        title=format_lazy(_("Lot {lot} of {sku} is recalled"), lot=lot, sku=sku),
        detail=reason,
        url=f"/stock/recalls/{recall.pk}/",
        category="goods_condition",
        actor=actor,
    )
    return recall


def _block(actor: Actor, recall: Recall, product: Product, lot: str) -> tuple[Decimal, list[int]]:
    """Everything available of the lot set aside in one movement; (units, sites). The lot is locked."""
    with connection.cursor() as cursor:
        cursor.execute(sql.HOLDERS, [product.pk, lot])
        holders = cursor.fetchall()
    lines = tuple(
        LineDraft(product.sku, code, code, Decimal(1), lot, to_state=BLOCKED, owner=owner)
        for code, owner in holders
    )
    return _move_all(actor, f"RECALL-{recall.pk}", recall.reason, lines, None)


def _move_all(
    actor: Actor,
    reference: str,
    reason: str,
    lines: tuple[LineDraft, ...],
    most: dict[tuple[str, str], Decimal] | None,
) -> tuple[Decimal, list[int]]:
    """Post the lines with what is there once it is locked, at most so much of each (site, owner); (units, sites)."""
    if not lines:
        return ZERO, []
    asked = MovementDraft(reference, "transfer", lines, reason=reason, source="recall")
    opened = open_book(actor, [asked], None)
    draft = replace(asked, lines=_with_quantities(opened, lines, most))
    move, faults = resolve_ids(draft, opened, clock.now()) if draft.lines else (None, [])
    if move is None:
        assert not faults, faults
        return ZERO, []
    _post(actor, opened, draft, move)
    units = sum((line.quantity for line in draft.lines), ZERO)
    return units, sorted({line.from_id for line in move.lines})


def _with_quantities(
    opened: Opened, lines: tuple[LineDraft, ...], most: dict[tuple[str, str], Decimal] | None
) -> tuple[LineDraft, ...]:
    made = []
    for line in lines:
        owner = opened.owners.get(line.owner, 0) if line.owner else 0
        key = (opened.sites[line.from_code].id, opened.products[line.sku], line.lot, line.from_state, owner)
        there = opened.book.balances[key].on_hand
        quantity = there if most is None else min(there, most[line.from_code, line.owner])
        if quantity > 0:
            made.append(replace(line, quantity=quantity))
    return tuple(made)


def _post(actor: Actor, opened: Opened, draft: MovementDraft, move: Move) -> None:
    post_now(actor, opened, opened.movement_ids[0], draft, move)


@transaction.atomic
def ask_release(*, actor: Actor, recall_id: int, reason: str) -> Recall:
    """Ask that a recalled lot be given free; somebody else decides.

    Raises Faults 403; 404 `unknown_recall`; 409 `wrong_state`; 422 `reason_required`.
    Locks: the recall. Records: recall.release_asked. Allowed: lots.recall.
    """
    check_right(actor, "lots.recall")
    if not reason.strip():
        raise refuse("reason_required", "Say why the lot may be sold again.", pointer="/reason")
    recall = _locked(recall_id, State.OPEN)
    Recall.objects.filter(pk=recall.pk).update(
        state=State.PENDING, release_reason=reason, asked_by_id=actor.id, asked_at=Now()
    )
    _record(actor, recall, "recall.release_asked", reason, State.PENDING)
    lot = Lot.objects.select_related("product").get(pk=recall.lot_id)
    raise_alert(
        key=_release_key(recall),
        kind="lot_recall",
        severity="note",
        title=format_lazy(_("Release of lot {lot} of {sku} is asked for"), lot=lot.code, sku=lot.product.sku),
        detail=reason,
        url=f"/stock/recalls/{recall.pk}/",
        actor=actor,
    )
    recall.refresh_from_db()
    return recall


@transaction.atomic
def decide_release(*, actor: Actor, recall_id: int, approve: bool, comment: str = "") -> Recall:
    """Give the lot free at every site, what the recall blocked of it and no more; or keep it blocked.

    Raises Faults 403, 403 `own_request` for whoever asked; 404 `unknown_recall`; 409 `wrong_state`.
    Locks: the recall, the lot, then as a posting. Records: recall.released or recall.kept, movement.posted; the alert
    ends. Allowed: lots.release.
    """
    check_right(actor, "lots.release")
    recall = _locked(recall_id, State.PENDING)
    if actor.kind == "user" and actor.id == recall.asked_by_id:
        raise refuse("own_request", "Somebody else decides what you asked for.", status=403)
    if not approve:
        Recall.objects.filter(pk=recall.pk).update(
            state=State.OPEN, asked_by_id=None, asked_at=None, release_reason=""
        )
        resolve_alert(_release_key(recall), "kept", actor=actor)
        _record(actor, recall, "recall.kept", comment, State.OPEN)
        recall.refresh_from_db()
        return recall
    lot = Lot.objects.select_for_update(no_key=True).select_related("product").get(pk=recall.lot_id)
    Lot.objects.filter(pk=lot.pk).update(is_recalled=False)
    _unblock(actor, recall, lot)
    Recall.objects.filter(pk=recall.pk).update(
        state=State.RELEASED, released_by_id=actor.id, released_at=Now()
    )
    _record(actor, recall, "recall.released", comment or recall.release_reason, State.RELEASED)
    for key in (recall_key(recall), _release_key(recall)):
        resolve_alert(key, recall.release_reason, actor=actor)
    recall.refresh_from_db()
    return recall


def _unblock(actor: Actor, recall: Recall, lot: Lot) -> None:
    reference = f"RECALL-{recall.pk}"
    values: dict[str, Any] = {
        "product": lot.product_id,
        "lot": lot.code,
        "since": recall.started_at,
        "reference": reference,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.BLOCKED_BY_RECALL, values)
        most = {(code, owner): quantity for code, owner, quantity in cursor.fetchall()}
    lines = tuple(
        LineDraft(
            lot.product.sku,
            code,
            code,
            Decimal(1),
            lot.code,
            from_state=BLOCKED,
            to_state=AVAILABLE,
            owner=owner,
        )
        for code, owner in most
    )
    _move_all(actor, f"{reference}-FREE", recall.release_reason, lines, most)


def _locked(recall_id: int, state: str) -> Recall:
    recall = Recall.objects.select_for_update().filter(pk=recall_id).first()
    if recall is None:
        raise refuse("unknown_recall", "There is no such recall.", status=404)
    if recall.state != state:
        raise refuse("wrong_state", f"The recall is {recall.state}.", status=409)
    return recall


def _record(actor: Actor, recall: Recall, kind: str, reason: str, state: str) -> None:
    record(
        actor=actor,
        kind=kind,
        subject=f"lot:{recall.lot_id}",
        reason=reason,
        before={"recall": recall.pk, "state": recall.state},
        after={"recall": recall.pk, "state": state},
    )
