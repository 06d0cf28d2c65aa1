"""Drafts: create a change, put and remove its lines, evaluate them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from audit.actions import record
from catalog.rules import fields
from catalog.rules.fields import Wrong
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.actions.compliance import settle_signatures
from pricing.actions.evaluation import evaluate
from pricing.actions.lines import MAX_LINES, LineDraft, note_bases, read_lines, write_lines
from pricing.actions.local_times import LATE, refuse_past, settle_window
from pricing.models import PriceChange
from pricing.queries.market import product_facts
from pricing.rules.amounts import read_instant, read_quantity
from pricing.rules.local_times import read_wall, wall_text

TITLE_LENGTH = 200
REASON_LENGTH = 4000


@dataclass(frozen=True, kw_only=True)
class ChangeDraft:
    """A change as asked for, unparsed; times are ISO 8601 text with an offset, or aware datetimes, or None.

    local_from/local_until instead: wall times "2026-11-30T09:00" in each site's zone.

    faults: what the edge found wrong already, told together with the rest.
    """

    title: Any
    reason: Any = ""
    reason_code: Any = "regular"
    effective_from: Any = None
    effective_until: Any = None
    local_from: Any = None
    local_until: Any = None
    is_advertised: Any = False
    lines: Sequence[LineDraft] = field(default_factory=tuple)
    faults: Sequence[Fault] = field(default_factory=tuple)


@dataclass(frozen=True)
class LinesPut:
    """What `put_lines` took. A fault's pointer is "/lines/<index>/<field>"; faulty lines were not taken."""

    change: PriceChange
    taken: int
    faults: list[Fault]


@transaction.atomic
def create_change(*, actor: Actor, draft: ChangeDraft) -> PriceChange:
    """A new draft with its findings.

    Raises Faults 422 with every fault at once (then nothing is stored): blank, unknown_reason_code, not_a_time,
    no_offset, effective_in_past, ends_before_it_begins and those of `actions.lines.read_lines`; 413 `too_many`.
    Locks: nothing. Records: price_change.created. Allowed: prices.edit.
    """
    access.require_right(actor, "prices.edit")
    now = clock.now()
    header, faults = _read_header(draft, now)
    if len(draft.lines) > MAX_LINES:
        raise refuse("too_many", f"A change has at most {MAX_LINES:,} lines.", pointer="/lines", status=413)
    good, line_faults = read_lines(draft.lines, access.editable_lists(actor))
    if faults or line_faults:
        raise Faults(faults + line_faults)
    change = PriceChange.objects.create(
        **header,
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
        line_count=len(good),
    )
    if good:
        write_lines(change, good, now)
    change = access.locked_change(change.pk)
    evaluate(change, now)
    refuse_past(change, now)
    record(
        actor=actor,
        kind="price_change.created",
        subject=f"price_change:{change.pk}",
        reason=change.reason,
        after={**_header_of(change), "lines": len(good)},
    )
    return access.access_change(change.pk)


@transaction.atomic
def put_lines(*, actor: Actor, change_id: int, lines: Sequence[LineDraft], partial: bool = False) -> LinesPut:
    """Add lines to a draft, or overwrite those with the same list, product and minimum quantity.

    partial: take the good lines and return the faults of the others (a paste into the grid); otherwise any fault
    refuses all. Findings are not renewed here: call `evaluate_change`.
    Raises Faults 422 as `create_change`, 403 `not_yours`, 409 `wrong_state`, 413 `too_many`; Http404.
    Locks: the change. Records: price_change.lines_put. Allowed: prices.edit.
    """
    access.require_right(actor, "prices.edit")
    change = access.locked_change(change_id)
    access.require_preparer(change, actor)
    access.require_state(change, PriceChange.State.DRAFT)
    if len(lines) + change.line_count > MAX_LINES:
        raise refuse("too_many", f"A change has at most {MAX_LINES:,} lines.", pointer="/lines", status=413)
    good, faults = read_lines(lines, access.editable_lists(actor))
    if faults and not partial:
        raise Faults(faults)
    if good:
        write_lines(change, good, clock.now())
        _edited(change)
        record(
            actor=actor,
            kind="price_change.lines_put",
            subject=f"price_change:{change.pk}",
            after={"lines": len(good), "edition": change.edition + 1, "rows": _told(lines, good)},
        )
    return LinesPut(access.access_change(change.pk), len(good), faults)


def _told(lines: Sequence[LineDraft], good: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"price_list": one.price_list.code, "sku": lines[one.index].sku, "amount": one.amount}
        for one in good[:100]
    ]


@transaction.atomic
def remove_lines(*, actor: Actor, change_id: int, keys: Sequence[tuple[str, str, Any]]) -> int:
    """Take lines out of a draft by (list code, sku, minimum quantity); how many went.

    Raises Faults 403 `not_yours`, 409 `wrong_state`; Http404. Unknown keys are passed over.
    Locks: the change. Records: price_change.lines_removed. Allowed: prices.edit.
    """
    access.require_right(actor, "prices.edit")
    change = access.locked_change(change_id)
    access.require_preparer(change, actor)
    access.require_state(change, PriceChange.State.DRAFT)
    lists = access.editable_lists(actor)
    products = product_facts({sku for _list, sku, _minimum in keys})
    wanted = {
        (lists[code].id, products[sku].id, read_quantity(minimum))
        for code, sku, minimum in keys
        if code in lists and sku in products
    }
    stored = change.lines.filter(product_id__in={product for _list, product, _minimum in wanted})
    ids = [
        pk
        for pk, *key in stored.values_list("pk", "price_list_id", "product_id", "min_quantity")
        if tuple(key) in wanted
    ]
    if ids:
        change.lines.filter(pk__in=ids).delete()
        _edited(change)
        record(
            actor=actor,
            kind="price_change.lines_removed",
            subject=f"price_change:{change.pk}",
            before={"lines": len(ids), "rows": [[code, sku] for code, sku, _minimum in keys[:100]]},
        )
    return len(ids)


@transaction.atomic
def edit_header(*, actor: Actor, change_id: int, draft: ChangeDraft) -> PriceChange:
    """Set title, reason, reason code and window of a draft (its lines are left alone).

    Raises Faults 422 as `create_change`, 403 `not_yours`, 409 `wrong_state`; Http404.
    Locks: the change. Records: price_change.edited. Allowed: prices.edit.
    """
    access.require_right(actor, "prices.edit")
    change = access.locked_change(change_id)
    access.require_preparer(change, actor)
    access.require_state(change, PriceChange.State.DRAFT)
    now = clock.now()
    header, faults = _read_header(draft, now)
    if faults:
        raise Faults(faults)
    before = _header_of(change)
    PriceChange.objects.filter(pk=change.pk).update(**header)
    _edited(change)
    change = access.locked_change(change.pk)
    settle_window(change)
    refuse_past(change, now)
    note_bases(change, now)
    record(
        actor=actor,
        kind="price_change.edited",
        subject=f"price_change:{change.pk}",
        reason=change.reason,
        before=before,
        after=_header_of(change),
    )
    return access.access_change(change.pk)


@transaction.atomic
def evaluate_change(*, actor: Actor, change_id: int) -> PriceChange:
    """Renew findings and each line's old amount, change and margin.

    Raises Faults 403 `not_yours`, 409 `wrong_state` (only drafts); Http404.
    Locks: the change. Records: nothing, it decides nothing. Allowed: prices.edit.
    """
    access.require_right(actor, "prices.edit")
    change = access.locked_change(change_id)
    access.require_preparer(change, actor)
    access.require_state(change, PriceChange.State.DRAFT)
    evaluate(change, clock.now())
    return access.access_change(change.pk)


def _edited(change: PriceChange) -> None:
    PriceChange.objects.filter(pk=change.pk).update(
        edition=F("edition") + 1, edited_at=Now(), line_count=change.lines.count()
    )
    settle_signatures(change)


def _header_of(change: PriceChange) -> dict[str, Any]:
    return {
        "title": change.title,
        "reason": change.reason,
        "reason_code": change.reason_code,
        "effective_from": change.effective_from,
        "effective_until": change.effective_until,
        "local_from": change.local_from,
        "local_until": change.local_until,
        "is_advertised": change.is_advertised,
    }


def _read_header(draft: ChangeDraft, now: datetime) -> tuple[dict[str, Any], list[Fault]]:
    faults: list[Fault] = list(draft.faults)
    header: dict[str, Any] = {}
    for name, check in (("title", fields.text(TITLE_LENGTH)), ("reason", _reason)):
        try:
            header[name] = check(getattr(draft, name))
        except Wrong as wrong:
            faults.append(Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}."))
    if draft.reason_code not in PriceChange.ReasonCode.values:
        known = ", ".join(PriceChange.ReasonCode.values)
        faults.append(Fault("/reason_code", "unknown_reason_code", f"reason_code is one of {known}."))
    window: dict[str, datetime | None] = {}
    for name in ("effective_from", "effective_until"):
        raw = getattr(draft, name)
        try:
            window[name] = None if raw in (None, "") else read_instant(raw)
        except Wrong as wrong:
            window[name] = None
            faults.append(Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}."))
    begins, ends = window["effective_from"], window["effective_until"]
    if begins and begins < now - LATE:
        faults.append(
            Fault(
                "/effective_from", "effective_in_past", f"effective_from {begins.isoformat()} is in the past."
            )
        )
    if ends and ends <= max(now, begins or now):
        faults.append(
            Fault(
                "/effective_until", "ends_before_it_begins", "effective_until must come after the beginning."
            )
        )
    header["is_advertised"] = _read_advertised(draft, faults)
    walls = _read_walls(draft, faults)
    return {**header, "reason_code": draft.reason_code, **window, **walls}, faults


def _read_advertised(draft: ChangeDraft, faults: list[Fault]) -> bool:
    if not isinstance(draft.is_advertised, bool):
        faults.append(Fault("/is_advertised", "not_a_boolean", "is_advertised is true or false."))
        return False
    if draft.is_advertised and draft.reason_code != PriceChange.ReasonCode.PROMOTION:
        faults.append(Fault("/is_advertised", "not_a_promotion", "Only a promotion can be advertised."))
    return draft.is_advertised


def _read_walls(draft: ChangeDraft, faults: list[Fault]) -> dict[str, str]:
    """The local times, as they are kept; instants beside them are refused."""
    walls: dict[str, datetime | None] = {}
    for name in ("local_from", "local_until"):
        try:
            walls[name] = read_wall(getattr(draft, name))
        except Wrong as wrong:
            walls[name] = None
            faults.append(Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}."))
    begins, ends = walls["local_from"], walls["local_until"]
    if (begins or ends) and (draft.effective_from or draft.effective_until):
        faults.append(Fault("/local_from", "local_and_instant", "Give local times or instants, not both."))
    if begins and ends and ends <= begins:
        detail = "local_until must come after local_from."
        faults.append(Fault("/local_until", "ends_before_it_begins", detail))
    return {name: wall_text(wall) for name, wall in walls.items()}


def _reason(value: Any) -> str:
    """Text with line breaks; None is a missing field."""
    if value is None:
        raise Wrong("required", "is needed")
    if not isinstance(value, str) or len(value) > REASON_LENGTH:
        raise Wrong("not_text", f"must be text of at most {REASON_LENGTH} characters")
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Wrong("control_character", "must not hold control characters")
    return value.strip()


__all__ = [
    "ChangeDraft",
    "LineDraft",
    "LinesPut",
    "create_change",
    "edit_header",
    "evaluate_change",
    "put_lines",
    "remove_lines",
]
