"""What revaluations and landed costs share: asking for approval, what was decided, the end of what was refused."""

import logging
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from approvals.actions import open_request, record_effect
from approvals.models import ApprovalRequest
from approvals.queries import approved_unapplied, requests_of_subjects
from audit.actions import record
from catalog.models import Site
from inventory.models.valuation import LandedCost, Revaluation, ValuationDocument, ValuationState
from lib.actors import Actor
from lib.faults import Fault, Faults

log = logging.getLogger(__name__)

KIND = "stock_valuation"
WAKE = "inventory.settle_valuations"
NOUNS: dict[type[ValuationDocument], str] = {Revaluation: "revaluation", LandedCost: "landed_cost"}
PATHS = {"revaluation": "revaluations", "landed_cost": "landed-costs"}
WORDS = {"revaluation": gettext_lazy("Revaluation"), "landed_cost": gettext_lazy("Landed cost")}
ENDED = {
    "rejected": ValuationState.REFUSED,
    "withdrawn": ValuationState.WITHDRAWN,
    "void": ValuationState.WITHDRAWN,
    "returned": ValuationState.REFUSED,
}
#: Posts a locked document under a policy's name; raises Faults where it cannot.
Post = Callable[[Actor, Any, str], None]


def noun_of(document: ValuationDocument) -> str:
    return NOUNS[type(document)]


def subject_of(document: ValuationDocument) -> str:
    return f"{noun_of(document)}:{document.pk}"


def prepared(actor: Actor) -> dict[str, Any]:
    """Who made a document."""
    return {"prepared_by_id": actor.id if actor.kind == "user" else None, "prepared_by_name": actor.name}


def document_faults(reference: str, reason: str, lines: Sequence[object], most: int) -> list[Fault]:
    """What is wrong with the head of a document."""
    faults = []
    if not reference.strip() or len(reference) > 64:
        faults.append(Fault("/reference", "invalid_reference", "A reference has 1 to 64 characters."))
    if not reason.strip():
        faults.append(Fault("/reason", "reason_required", "Say why the value changes."))
    if len(reason) > 500:
        faults.append(Fault("/reason", "too_long", "A reason has up to 500 characters."))
    if not lines:
        faults.append(Fault("/lines", "no_lines", "Say what it is about."))
    if len(lines) > most:
        faults.append(Fault("/lines", "too_many_lines", f"At most {most} lines at a time."))
    return faults


def ask(actor: Actor, document: ValuationDocument, value: Decimal, sites: Sequence[Site]) -> ApprovalRequest:
    """Open the request for approval of a stored document. value: all that changes, without signs."""
    noun, weight = noun_of(document), value.quantize(Decimal("0.01"))
    codes = ", ".join(sorted({site.code for site in sites}))
    request = open_request(
        actor=actor,
        kind=KIND,
        subject=subject_of(document),
        title=f"{document.reference} · {codes}"[:200],
        summary=format_lazy(
            "{word}: {value} {currency}. {reason}",
            word=WORDS[noun],
            value=f"{weight:.2f}",
            currency=document.currency,
            reason=document.reason,
        ),
        url=f"/stock/{PATHS[noun]}/{document.pk}/",
        facts={
            "kind": noun,
            "value": weight,
            "currency": document.currency,
            "site": codes,
            "reason": document.reason,
        },
        content_hash=document.content_hash,
        site_ids=sorted({site.pk for site in sites}),
        wake_task=WAKE,
    )
    record(
        actor=actor,
        kind=f"{noun}.requested",
        subject=subject_of(document),
        reason=document.reason,
        policy=policy_of(request),
        after={"reference": document.reference, "total": document.total, "currency": document.currency},
        site_ids=sorted({site.pk for site in sites}),
    )
    return request


def policy_of(request: ApprovalRequest) -> str:
    return f"{request.policy_name} v{request.policy_version}"


def applied(actor: Actor, request: ApprovalRequest) -> None:
    record_effect(request_id=request.pk, effect="applied", actor=actor)


def set_state(document: ValuationDocument, **changes: Any) -> None:
    """Store the columns of a document that may change."""
    type(document)._default_manager.filter(pk=document.pk).update(**changes)
    for name, value in changes.items():
        setattr(document, name, value)


def give_effect(actor: Actor, kinds: dict[str, tuple[type[ValuationDocument], Post]]) -> int:
    """Post what was approved and end what was refused; returns how many documents changed.

    One that cannot be posted any more lapses and says why.
    Locks: each document, then as a posting. Records: as the document's posting. Allowed: the loop.
    """
    changed = 0
    for request in approved_unapplied(KIND):
        try:
            changed += _post(actor, request, kinds)
        except Exception:
            log.exception("approved %s was not posted", request.subject)
    for noun, (model, _post_one) in kinds.items():
        waiting = list(model._default_manager.filter(state=ValuationState.PENDING).order_by("pk"))
        requests = requests_of_subjects(KIND, [f"{noun}:{document.pk}" for document in waiting])
        for document in waiting:
            found = requests.get(f"{noun}:{document.pk}")
            if found is not None and found.state in ENDED:
                changed += _end(actor, document, ENDED[str(found.state)], found.close_reason)
    return changed


@transaction.atomic
def _post(
    actor: Actor, request: ApprovalRequest, kinds: dict[str, tuple[type[ValuationDocument], Post]]
) -> bool:
    noun, _colon, number = request.subject.partition(":")
    model, post = kinds[noun]
    document = (
        model._default_manager.select_for_update(skip_locked=True)
        .filter(pk=int(number), state=ValuationState.PENDING)
        .first()
    )
    if document is None:
        return False
    try:
        with transaction.atomic():
            post(actor, document, policy_of(request))
    except Faults as refused:
        why = "; ".join(fault.detail for fault in refused.faults)
        record_effect(request_id=request.pk, effect="lapsed", detail=why[:300], actor=actor)
        return _end(actor, document, ValuationState.REFUSED, why)
    applied(actor, request)
    return True


def _end(actor: Actor, document: ValuationDocument, state: str, why: str) -> bool:
    with transaction.atomic():
        ended = type(document)._default_manager.filter(pk=document.pk, state=ValuationState.PENDING)
        if not ended.update(state=state, note=why[:500]):
            return False
        record(
            actor=actor,
            kind=f"{noun_of(document)}.{state}",
            subject=subject_of(document),
            reason=why,
            before={"state": "pending"},
            after={"state": state},
        )
    return True
