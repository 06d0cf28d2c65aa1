"""Changing what stock is worth, by an amount or to a new unit cost: a document that may need approval."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from approvals.models import ApprovalRequest
from audit.actions import Event
from catalog.access import visible_site_ids_or_all
from catalog.models import Site
from catalog.queries import products_by_sku, sites_by_code
from inventory.access import access_revaluation
from inventory.actions import valuation_documents as documents
from inventory.actions.asking import content_hash
from inventory.actions.movements import check_right
from inventory.actions.valuing import Place, Valuing, open_valuation, post_valuation
from inventory.models import Revaluation, RevaluationLine, ValuationState
from inventory.queries.documents import plain
from inventory.rules.drafts import cost_fault
from inventory.rules.posting import Line
from inventory.rules.standard import StandardPool
from inventory.rules.valuation import ZERO, times
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

MAX_LINES = 1_000
POST = "valuations.post"


@dataclass(frozen=True, slots=True)
class Wish:
    """One pair's new value: `amount` more (or less), or `unit_cost` for each unit."""

    site: str
    sku: str
    amount: Decimal | None = None
    unit_cost: Decimal | None = None


@dataclass(frozen=True)
class RevaluationDraft:
    """What is asked for."""

    reference: str
    reason: str
    lines: tuple[Wish, ...]


@transaction.atomic
def request_revaluation(*, actor: Actor, draft: RevaluationDraft) -> Revaluation:
    """Revalue stock, or ask for it where the value is beyond policy.

    Raises Faults 403; 422 with every fault: `invalid_reference`, `reason_required`, `no_lines`, `too_many_lines`,
    `unknown_site`, `unknown_sku`, `duplicate_sku`, `amount_or_cost`, `invalid_amount`, `several_currencies`,
    `nothing_on_hand`, `below_zero`, `standard_cost`.
    Locks: balances. Records: revaluation.requested, .posted. Allowed: valuations.post, sites in scope.
    """
    check_right(actor, POST)
    sites = _checked(actor, draft)
    valuing = _open(actor, draft.lines, visible_site_ids_or_all(actor), draft.reference)
    amounts = _amounts(valuing, draft.lines)
    made = Revaluation.objects.create(
        reference=draft.reference.strip(),
        state=ValuationState.PENDING,
        reason=draft.reason.strip(),
        currency=sites[0].currency,
        total=sum(amounts, ZERO),
        content_hash=content_hash(draft_content(draft)),
        **documents.prepared(actor),
    )
    _keep_lines(made, draft)
    request = documents.ask(actor, made, sum(map(abs, amounts), ZERO), sites)
    if request.state == ApprovalRequest.State.APPROVED:
        _write(actor, made, valuing, draft.lines, documents.policy_of(request))
        documents.applied(actor, request)
    return made


def _checked(actor: Actor, draft: RevaluationDraft) -> list[Site]:
    faults = documents.document_faults(draft.reference, draft.reason, draft.lines, MAX_LINES)
    visible = visible_site_ids_or_all(actor)
    sites = {
        code: site
        for code, site in sites_by_code([wish.site for wish in draft.lines]).items()
        if visible is None or site.pk in visible
    }
    known, seen = products_by_sku([wish.sku for wish in draft.lines]), set()
    for number, wish in enumerate(draft.lines):
        at = f"/lines/{number}"
        if wish.site not in sites:
            faults.append(Fault(f"{at}/site", "unknown_site", f"There is no site {wish.site!r}."))
        if wish.sku not in known:
            faults.append(Fault(f"{at}/sku", "unknown_sku", f"There is no product {wish.sku!r}."))
        if (wish.site, wish.sku) in seen:
            faults.append(Fault(f"{at}/sku", "duplicate_sku", f"{wish.sku} at {wish.site} is named twice."))
        seen.add((wish.site, wish.sku))
        faults += _figure_faults(wish, at)
    if len({site.currency for site in sites.values()}) > 1:
        faults.append(Fault("/lines", "several_currencies", "One document changes values in one currency."))
    if faults:
        raise Faults(faults)
    return list(sites.values())


def _figure_faults(wish: Wish, at: str) -> list[Fault]:
    if (wish.amount is None) == (wish.unit_cost is None):
        return [Fault(at, "amount_or_cost", "Give an amount or a new unit cost.")]
    name, figure = ("unit_cost", wish.unit_cost) if wish.amount is None else ("amount", abs(wish.amount))
    assert figure is not None
    wrong = cost_fault(figure) or ("zero" if wish.amount is not None and not wish.amount else "")
    return [Fault(f"{at}/{name}", "invalid_amount", f"The amount is {wrong}.")] if wrong else []


def _open(actor: Actor, wishes: Sequence[Wish], visible: frozenset[int] | None, reference: str) -> Valuing:
    return open_valuation(actor, [Place(wish.site, wish.sku) for wish in wishes], visible, reference)


def _amounts(valuing: Valuing, wishes: Sequence[Wish]) -> list[Decimal]:
    """What each wish comes to as the book stands. Raises Faults 422 where it cannot be."""
    faults, amounts = [], []
    for line, wish in zip(valuing.lines, wishes, strict=True):
        pool = valuing.opened.book.pools[line.to_id, line.to_id, line.product_id]
        at, where = f"/lines/{line.number}", f"{wish.sku} at {wish.site}"
        amount = wish.amount if wish.amount is not None else ZERO
        if wish.unit_cost is not None:
            amount = times(pool.quantity, wish.unit_cost) - pool.value
        amounts.append(amount)
        if isinstance(pool, StandardPool):
            detail = f"{where} is valued at a standard; change the standard instead."
            faults.append(Fault(f"{at}/sku", "standard_cost", detail))
        elif pool.quantity <= 0:
            faults.append(Fault(f"{at}/sku", "nothing_on_hand", f"There is no {where}."))
        elif pool.value + amount < 0:
            detail = f"{where} is worth {plain(pool.value)}; that would take it below zero."
            faults.append(Fault(f"{at}/amount", "below_zero", detail))
    if faults:
        raise Faults(faults)
    return amounts


def _keep_lines(made: Revaluation, draft: RevaluationDraft) -> None:
    sites, products = (
        sites_by_code([w.site for w in draft.lines]),
        products_by_sku([w.sku for w in draft.lines]),
    )
    RevaluationLine.objects.bulk_create(
        RevaluationLine(
            revaluation=made,
            number=number,
            site=sites[wish.site],
            product=products[wish.sku],
            amount=wish.amount,
            unit_cost=wish.unit_cost,
        )
        for number, wish in enumerate(draft.lines)
    )


def draft_content(draft: RevaluationDraft) -> dict[str, Any]:
    """What an approval is bound to, and what the trail shows."""
    return {
        "reference": draft.reference.strip(),
        "reason": draft.reason.strip(),
        "lines": [
            {
                "site": wish.site,
                "sku": wish.sku,
                **({"amount": plain(wish.amount)} if wish.amount is not None else {}),
                **({"unit_cost": plain(wish.unit_cost)} if wish.unit_cost is not None else {}),
            }
            for wish in draft.lines
        ],
    }


def post_revaluation(actor: Actor, document: Revaluation, policy: str) -> None:
    """Post an approved one. Raises Faults: it is not what was approved, or cannot be any more."""
    lines = document.lines.select_related("site", "product").order_by("number")
    wishes = tuple(Wish(one.site.code, one.product.sku, one.amount, one.unit_cost) for one in lines)
    draft = RevaluationDraft(document.reference, document.reason, wishes)
    if content_hash(draft_content(draft)) != document.content_hash:
        raise refuse("content_changed", "The content is not what was approved.", status=409)
    valuing = _open(actor, wishes, None, document.reference)
    _amounts(valuing, wishes)
    _write(actor, document, valuing, wishes, policy)


def _write(
    actor: Actor, document: Revaluation, valuing: Valuing, wishes: Sequence[Wish], policy: str
) -> None:
    posted = []
    for line, wish in zip(valuing.lines, wishes, strict=True):
        if wish.amount is not None:
            valuing.opened.book.change_value(line, valuing.move, wish.amount, valuing.entries)
            posted.append(wish.amount)
        else:
            posted.append(
                valuing.opened.book.set_unit_cost(_at_cost(line, wish), valuing.move, valuing.entries)
            )
    stored = list(RevaluationLine.objects.filter(revaluation=document).order_by("number"))
    for one, amount in zip(stored, posted, strict=True):
        one.posted = amount
    RevaluationLine.objects.bulk_update(stored, ["posted"])
    draft = RevaluationDraft(document.reference, document.reason, tuple(wishes))
    _post(actor, document, valuing, ("posted", document.reason, policy, draft_content(draft)))


def _at_cost(line: Line, wish: Wish) -> Line:
    return Line(line.number, line.product_id, line.from_id, line.to_id, ZERO, unit_cost=wish.unit_cost)


def _post(
    actor: Actor, document: Revaluation, valuing: Valuing, told: tuple[str, str, str, dict[str, Any]]
) -> None:
    """Write the movement, its event and the document's state."""
    step, reason, policy, after = told
    sites = sorted({line.to_id for line in valuing.lines})

    def event(number: int | None) -> Event:
        content = {**after, "lines": after["lines"][:50], "movement": number}
        return Event(
            kind=f"revaluation.{step}",
            subject=documents.subject_of(document),
            reason=reason,
            policy=policy,
            after=content,
            site_ids=sites,
        )

    number = post_valuation(actor, valuing, reason, event, document.reference)
    if step == "posted":
        documents.set_state(document, state=ValuationState.POSTED, movement_id=number)
    else:
        documents.set_state(
            document, state=ValuationState.REVERSED, reversal_movement_id=number, note=reason[:500]
        )


@transaction.atomic
def reverse_revaluation(*, actor: Actor, revaluation_id: int, reason: str) -> Revaluation:
    """Take a posted revaluation back by the amounts it came to, out of what is on hand now.

    Raises Faults 403; 409 `wrong_state`; 422 `reason_required`, `nothing_on_hand`, `below_zero`, `standard_cost`; Http404.
    Locks: the document, balances. Records: revaluation.reversed. Allowed: valuations.post.
    """
    check_right(actor, POST)
    access_revaluation(actor, revaluation_id)
    document = Revaluation.objects.select_for_update().get(pk=revaluation_id)
    if document.state != ValuationState.POSTED:
        raise refuse("wrong_state", f"The revaluation is {document.state}.", status=409)
    if not reason.strip():
        raise refuse("reason_required", "Say why it is taken back.", pointer="/reason")
    lines = document.lines.select_related("site", "product").order_by("number")
    wishes = [Wish(one.site.code, one.product.sku, -(one.posted or ZERO)) for one in lines]
    valuing = _open(actor, wishes, None, document.reference)
    for line, amount in zip(valuing.lines, _amounts(valuing, wishes), strict=True):
        valuing.opened.book.change_value(line, valuing.move, amount, valuing.entries)
    after = draft_content(RevaluationDraft(document.reference, document.reason, tuple(wishes)))
    _post(actor, document, valuing, ("reversed", reason, "", after))
    return document
