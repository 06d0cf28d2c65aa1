"""Landed cost: charges spread over receipt lines; what is left of the goods takes its part, the rest is variance."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from approvals.models import ApprovalRequest
from audit.actions import Event
from catalog.access import visible_site_ids_or_all
from catalog.models import Site
from catalog.queries import sites_by_code
from inventory.access import access_landed_cost
from inventory.actions import valuation_documents as documents
from inventory.actions.asking import content_hash
from inventory.actions.costs import Rates
from inventory.actions.movements import check_right
from inventory.actions.valuing import Place, Valuing, open_valuation, post_valuation
from inventory.models import LandedCharge, LandedCost, LandedLine, ValuationState
from inventory.queries.documents import plain
from inventory.queries.valuation import (
    ReceiptLine,
    came_later,
    landed_lines,
    layered_lines,
    receipt_lines,
    taken_back,
)
from inventory.rules import landed_costs as rules
from inventory.rules.drafts import cost_fault
from inventory.rules.layers import LayeredPool
from inventory.rules.posting import Line
from inventory.rules.standard import StandardPool
from inventory.rules.valuation import ZERO, Pool, six
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from lib.money import minor_unit

MAX_LINES = 5_000
MAX_CHARGES = 50
POST = "valuations.post"


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge as it was billed."""

    kind: str
    amount: Decimal
    currency: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LandedOn:
    """A receipt line by its movement's number. line: None for all of the receipt; weight: kilograms of the whole line."""

    receipt: int
    line: int | None = None
    weight: Decimal | None = None


@dataclass(frozen=True)
class LandedDraft:
    """What is asked for."""

    reference: str
    reason: str
    basis: str
    charges: tuple[Charge, ...]
    lines: tuple[LandedOn, ...]


@dataclass(frozen=True)
class Spread:
    """A draft worked out: the receipt lines, each with its measure and share, and the charges converted."""

    lines: Sequence[ReceiptLine]
    measures: Sequence[Decimal]
    shares: Sequence[Decimal]
    converted: Sequence[Decimal]
    currency: str

    @property
    def total(self) -> Decimal:
        return sum(self.converted, ZERO)


def spread(actor: Actor, draft: LandedDraft) -> Spread:
    """Work a draft out without writing anything.

    Raises Faults 422 with every fault: `invalid_reference`, `reason_required`, `no_lines`, `too_many_lines`,
    `invalid_basis`, `no_charges`, `invalid_kind`, `invalid_amount`, `invalid_currency`, `unknown_receipt`,
    `duplicate_line`, `several_currencies`, `weight_needed`, `nothing_to_spread_by`, `missing_exchange_rate`,
    `stale_exchange_rate`.
    """
    faults = _faults(draft)
    lines, weights = _lines(actor, draft, faults)
    currencies = {line.currency for line in lines}
    if len(currencies) > 1:
        faults.append(Fault("/lines", "several_currencies", "The receipts are in several currencies."))
    if faults or not lines:
        raise Faults(faults)
    currency = currencies.pop()
    converted = _converted(draft.charges, currency)
    measures = _measures(draft.basis, lines, weights)
    unit = Decimal(1).scaleb(-minor_unit(currency))
    try:
        shares = rules.spread(sum(converted, ZERO), measures, unit)
    except rules.NothingToSpreadBy as error:
        detail = "The receipt lines have nothing to spread by; choose another basis."
        raise refuse("nothing_to_spread_by", detail, pointer="/basis") from error
    return Spread(lines, measures, shares, converted, currency)


def _faults(draft: LandedDraft) -> list[Fault]:
    faults = documents.document_faults(draft.reference, draft.reason, draft.lines, MAX_LINES)
    if draft.basis not in rules.BASES:
        faults.append(Fault("/basis", "invalid_basis", f"The bases are {', '.join(rules.BASES)}."))
    if not draft.charges or len(draft.charges) > MAX_CHARGES:
        faults.append(Fault("/charges", "no_charges", f"Give 1 to {MAX_CHARGES} charges."))
    for number, charge in enumerate(draft.charges):
        at = f"/charges/{number}"
        if charge.kind not in LandedCharge.Kind.values:
            detail = f"The kinds are {', '.join(LandedCharge.Kind.values)}."
            faults.append(Fault(f"{at}/kind", "invalid_kind", detail))
        wrong = cost_fault(charge.amount) or ("zero" if not charge.amount else "")
        if wrong:
            faults.append(Fault(f"{at}/amount", "invalid_amount", f"The amount is {wrong}."))
        if len(charge.currency) != 3 or not charge.currency.isalpha():
            faults.append(Fault(f"{at}/currency", "invalid_currency", "A currency has three letters."))
    return faults


def _lines(
    actor: Actor, draft: LandedDraft, faults: list[Fault]
) -> tuple[list[ReceiptLine], list[Decimal | None]]:
    """The receipt lines asked for in their order, each once, with weights given."""
    found: dict[int, dict[int, list[ReceiptLine]]] = {}
    wanted = sorted({one.receipt for one in draft.lines})
    for row in receipt_lines(wanted, visible=visible_site_ids_or_all(actor)) if wanted else []:
        found.setdefault(row.receipt_id, {}).setdefault(row.line, []).append(row)
    lines: list[ReceiptLine] = []
    weights: list[Decimal | None] = []
    seen: set[tuple[int, int]] = set()
    for number, one in enumerate(draft.lines):
        rows = found.get(one.receipt, {})
        picked = rows if one.line is None else {one.line: rows.get(one.line, [])}
        if not any(picked.values()):
            detail = "There is no such line of a posted receipt."
            faults.append(Fault(f"/lines/{number}/receipt", "unknown_receipt", detail))
        for line, parts in sorted(picked.items()):
            if (one.receipt, line) in seen:
                detail = f"Line {line} of receipt {one.receipt} is named twice."
                faults.append(Fault(f"/lines/{number}/line", "duplicate_line", detail))
            elif parts:
                lines.append(parts[0])
                weights.append(one.weight)
            seen.add((one.receipt, line))
    return lines, weights


def _converted(charges: Sequence[Charge], currency: str) -> list[Decimal]:
    rates, today = Rates(), clock.now().date()
    unit = Decimal(1).scaleb(-minor_unit(currency))
    return [
        charge.amount
        if charge.currency == currency
        else six(charge.amount * rates(charge.currency, currency, today)).quantize(unit)
        for charge in charges
    ]


def _measures(basis: str, lines: Sequence[ReceiptLine], weights: Sequence[Decimal | None]) -> list[Decimal]:
    if basis == "amount":
        return [line.value for line in lines]
    if basis == "quantity":
        return [line.quantity for line in lines]
    measures, faults = [], []
    for number, (line, given) in enumerate(zip(lines, weights, strict=True)):
        weight = given if given is not None or line.weight is None else line.weight * line.quantity
        if weight is None or not weight.is_finite() or weight < 0:
            detail = f"Say what {line.sku} of {line.reference} weighs; the product does not tell."
            faults.append(Fault(f"/lines/{number}/weight", "weight_needed", detail))
        else:
            measures.append(six(weight))
    if faults:
        raise Faults(faults)
    return measures


@transaction.atomic
def request_landed_cost(*, actor: Actor, draft: LandedDraft) -> LandedCost:
    """Spread charges over receipts and post what they change, or ask for it where the value is beyond policy.

    Raises Faults 403; 422 as `spread`.
    Locks: balances. Records: landed_cost.requested, .posted. Allowed: valuations.post, sites in scope.
    """
    check_right(actor, POST)
    worked = spread(actor, draft)
    made = LandedCost.objects.create(
        reference=draft.reference.strip(),
        state=ValuationState.PENDING,
        reason=draft.reason.strip(),
        currency=worked.currency,
        total=worked.total,
        basis=draft.basis,
        content_hash=content_hash(_content(worked.lines, worked.shares)),
        **documents.prepared(actor),
    )
    LandedCharge.objects.bulk_create(
        LandedCharge(
            landed_cost=made, kind=one.kind, amount=one.amount, currency=one.currency, converted=converted,
            note=one.note[:200],
        )
        for one, converted in zip(draft.charges, worked.converted, strict=True)
    )  # fmt: skip
    LandedLine.objects.bulk_create(
        LandedLine(
            landed_cost=made, number=number, receipt_id=line.receipt_id, receipt_line=line.line, site_id=line.site_id,
            product_id=line.product_id, quantity=line.quantity, measure=measure, share=part,
        )
        for number, (line, measure, part) in enumerate(
            zip(worked.lines, worked.measures, worked.shares, strict=True)
        )
    )  # fmt: skip
    sites: list[Site] = list(sites_by_code(sorted({line.site for line in worked.lines})).values())
    request = documents.ask(actor, made, worked.total, sites)
    if request.state == ApprovalRequest.State.APPROVED:
        _post(actor, made, "posted", made.reason, documents.policy_of(request))
        documents.applied(actor, request)
    return made


def _content(lines: Sequence[ReceiptLine], shares: Sequence[Decimal]) -> dict[str, Any]:
    return {
        "lines": [
            [line.receipt_id, line.line, plain(share)] for line, share in zip(lines, shares, strict=True)
        ]
    }


def post_landed_cost(actor: Actor, document: LandedCost, policy: str) -> None:
    """Post an approved one. Raises Faults: it is not what was approved."""
    lines = [[one.receipt_id, one.receipt_line, plain(one.share)] for one in landed_lines(document)]
    if content_hash({"lines": lines}) != document.content_hash:
        raise refuse("content_changed", "The content is not what was approved.", status=409)
    _post(actor, document, "posted", document.reason, policy)


def _post(actor: Actor, document: LandedCost, step: str, reason: str, policy: str) -> None:
    """Post the shares, or for a reversal their opposite, by what is left of the goods now."""
    lines = landed_lines(document)
    places = [Place(one.site.code, one.product.sku, "supplier") for one in lines]
    valuing = open_valuation(actor, places, None, document.reference)
    parts = _parts(valuing, lines, is_back=step == "reversed")
    sites = sorted({one.site_id for one in lines})

    def event(number: int | None) -> Event:
        content = {
            "reference": document.reference, "basis": document.basis, "total": plain(document.total),
            "currency": document.currency, "movement": number, "line_count": len(lines),
            "to_stock": plain(sum((stock for stock, _ in parts), ZERO)),
            "to_variance": plain(sum((rest for _, rest in parts), ZERO)),
        }  # fmt: skip
        subject = documents.subject_of(document)
        return Event(
            kind=f"landed_cost.{step}",
            subject=subject,
            reason=reason,
            policy=policy,
            after=content,
            site_ids=sites,
        )

    number = post_valuation(actor, valuing, reason, event, document.reference)
    if step == "reversed":
        documents.set_state(
            document, state=ValuationState.REVERSED, reversal_movement_id=number, note=reason[:500]
        )
        return
    for one, (stock, rest) in zip(lines, parts, strict=True):
        one.to_stock, one.to_variance = stock, rest
    LandedLine.objects.bulk_update(lines, ["to_stock", "to_variance"], batch_size=500)
    documents.set_state(document, state=ValuationState.POSTED, movement_id=number)


def _parts(valuing: Valuing, lines: Sequence[LandedLine], *, is_back: bool) -> list[tuple[Decimal, Decimal]]:
    """What stock and variance take of each line; their entries are written into `valuing`."""
    book, later = valuing.opened.book, came_later(lines)
    receipts = {one.receipt_id for one in lines}
    layered, gone = layered_lines(receipts), taken_back(receipts)
    parts = []
    for line, one in zip(valuing.lines, lines, strict=True):
        pool = book.pools[line.to_id, line.to_id, line.product_id]
        source = (one.receipt_id, one.receipt_line)
        only = source if source in layered and isinstance(pool, LayeredPool) else None
        left = _left(pool, one, later.get(source, ZERO), only is not None)
        if one.receipt_id in gone:
            left = ZERO
        stock = rules.to_stock(one.share, left, one.quantity)
        if is_back:
            stock = -min(stock, one.to_stock or ZERO, _worth(pool, only))
        rest = (-one.share if is_back else one.share) - stock
        if stock:
            book.change_value(line, valuing.move, stock, valuing.entries, only=only)
        _vary(valuing, line, one, rest)
        parts.append((stock, rest))
    return parts


def _left(pool: Pool, one: LandedLine, came: Decimal, has_layer: bool) -> Decimal:
    """What is left of the line's goods; a standard takes no charges."""
    if isinstance(pool, StandardPool):
        return ZERO
    if has_layer and isinstance(pool, LayeredPool):
        return min(pool.left_of((one.receipt_id, one.receipt_line)), one.quantity)
    return rules.left_of_receipt(pool.quantity, came, one.quantity)


def _worth(pool: Pool, only: tuple[int, int] | None) -> Decimal:
    if only is not None and isinstance(pool, LayeredPool):
        return sum((layer.value for layer in pool.layers if layer.by == only), ZERO)
    return max(pool.value, ZERO)


def _vary(valuing: Valuing, line: Line, one: LandedLine, rest: Decimal) -> None:
    valuing.opened.book.vary(
        line, valuing.move, rest, valuing.opened.book.currencies[one.site_id], valuing.entries
    )


@transaction.atomic
def reverse_landed_cost(*, actor: Actor, landed_cost_id: int, reason: str) -> LandedCost:
    """Take a posted landed cost back: out of what is left of its goods, the rest out of variance.

    Raises Faults 403; 409 `wrong_state`; 422 `reason_required`; Http404.
    Locks: the document, balances. Records: landed_cost.reversed. Allowed: valuations.post.
    """
    check_right(actor, POST)
    access_landed_cost(actor, landed_cost_id)
    document = LandedCost.objects.select_for_update().get(pk=landed_cost_id)
    if document.state != ValuationState.POSTED:
        raise refuse("wrong_state", f"The landed cost is {document.state}.", status=409)
    if not reason.strip():
        raise refuse("reason_required", "Say why it is taken back.", pointer="/reason")
    _post(actor, document, "reversed", reason, "")
    return document
