"""Asking whether an adjustment is routine: what policy is told of it, and what an approval is bound to."""

import hashlib
from decimal import Decimal
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from approvals.actions import open_request, record_effect
from approvals.models import ApprovalRequest
from audit.actions import to_json
from inventory.actions.books import Opened
from inventory.models import Movement
from inventory.queries.documents import draft_json, plain
from inventory.rules.drafts import MovementDraft
from inventory.rules.posting import Move
from inventory.rules.valuation import ZERO
from lib.actors import Actor

APPROVAL_KIND = "stock_adjustment"
PLACE_TASK = "inventory.place_approved"


def record_effect_applied(actor: Actor, request_id: int) -> None:
    """Tell approvals that what it approved is in the ledger."""
    record_effect(request_id=request_id, effect="applied", actor=actor)


def ask_approval(
    actor: Actor, opened: Opened, movement_id: int, draft: MovementDraft, move: Move
) -> ApprovalRequest:
    units, value, currency = weight_of(opened, move)
    codes = opened.codes()
    sites = sorted({codes[number] for number in site_ids_of(move)})
    return open_request(
        actor=actor,
        kind=APPROVAL_KIND,
        subject=f"movement:{movement_id}",
        title=f"{draft.reference} · {', '.join(sites)}",
        summary=_summary(draft, units, value, currency),
        url=f"/stock/movements/{movement_id}/",
        facts={
            "kind": draft.kind,
            "units": units,
            "value": value,
            "currency": currency,
            "site": ", ".join(sites),
            "reason": draft.reason,
        },
        content_hash=content_hash(draft_json(draft)),
        site_ids=site_ids_of(move),
        wake_task=PLACE_TASK,
        contributors=draft.contributors,
    )


def _summary(draft: MovementDraft, units: Decimal, value: Decimal, currency: str) -> Any:
    return format_lazy(
        "{kind} × {lines}: {weight}. {reason}",
        kind=Movement.Kind(draft.kind).label,
        lines=len(draft.lines),
        weight=format_lazy(
            gettext_lazy("{units} units, {value} {currency}"),
            units=plain(units),
            value=f"{value:.2f}",
            currency=currency,
        ),
        reason=draft.reason,
    )


def weight_of(opened: Opened, move: Move) -> tuple[Decimal, Decimal, str]:
    """Units moved, their value at the average as it stands, and the currency; of several currencies the largest."""
    units = ZERO
    values: dict[str, Decimal] = {}
    for line in move.lines:
        units += line.quantity
        cost, currency = opened.book.cost_now(line, move)
        values[currency] = values.get(currency, ZERO) + line.quantity * cost
    currency = max(values, key=lambda code: values[code])
    return units, values[currency].quantize(Decimal("0.01")), currency


def site_ids_of(move: Move) -> list[int]:
    """The real sites a movement touches, its destination included."""
    ids = {end for line in move.lines for end in (line.from_id, line.to_id) if end > 0}
    return sorted(ids | ({move.destination_id} if move.destination_id else set()))


def content_hash(body: dict[str, Any]) -> str:
    """What an approval is bound to: SHA-256 of the draft's canonical JSON."""
    return hashlib.sha256(to_json(body).encode()).hexdigest()
