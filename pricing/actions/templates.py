"""Templates: prepare, retire, and make a draft change from one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404

from audit.actions import record
from catalog.rules.fields import Wrong
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from lib.money import round_money
from pricing import access
from pricing.actions.drafting import ChangeDraft, create_change
from pricing.actions.lines import LineDraft, read_lines
from pricing.actions.promotion_terms import Terms, bound_line_faults, placed_lines, read_terms
from pricing.models import PriceChange, PriceTemplate
from pricing.queries.list_book import price_list_book
from pricing.queries.market import RateBoard, derivation_pairs, fetch_rows, product_facts
from pricing.rules.amounts import read_decimal
from pricing.rules.resolution import Plan, RateProblem, list_price

MOST_LINES = 1000
MOST_HOURS = 168
ONE = Decimal(1)
REASON_CODES = {
    "emergency": "emergency",
    "promotion": "promotion",
    "launch": "regular",
    "clearance": "clearance",
}


@dataclass(frozen=True)
class TemplateDraft:
    """As asked for. lines: (list code, SKU, "9.90" or "-10%")."""

    kind: str
    name: str
    reason: str
    hours: int | None
    lines: Sequence[tuple[Any, Any, Any]]
    terms: Terms = field(default_factory=Terms)


@transaction.atomic
def prepare_template(*, actor: Actor, draft: TemplateDraft) -> PriceTemplate:
    """A new template.

    Raises Faults 422 with every fault: required, unknown_kind, hours_out_of_range, no_lines, out_of_range (percent from
    −90 to 200), name_taken, bound_list, sku_twice and those of `actions.lines.read_lines` and
    `actions.promotion_terms.read_terms`; 403 `not_allowed`.
    Locks: nothing. Records: price_template.prepared. Allowed: price_templates.manage.
    """
    access.require_right(actor, "price_templates.manage")
    faults = _header_faults(draft)
    terms, term_faults = read_terms(draft.terms, draft.kind, actor)
    stored, line_faults = _read(draft.lines, actor, with_sites=bool(terms["reach"]))
    if faults or term_faults or line_faults:
        raise Faults(faults + term_faults + line_faults)
    made = PriceTemplate.objects.create(
        kind=draft.kind, name=draft.name.strip(), reason=draft.reason.strip(), hours=draft.hours,
        lines=stored, prepared_by_id=actor.id or 0, **terms,
    )  # fmt: skip
    record(
        actor=actor,
        kind="price_template.prepared",
        subject=f"price_template:{made.pk}",
        reason=made.reason,
        after={"kind": made.kind, "name": made.name, "hours": made.hours, "lines": stored[:100], **terms},
    )
    return PriceTemplate.objects.get(pk=made.pk)


def _header_faults(draft: TemplateDraft) -> list[Fault]:
    faults = [
        Fault(f"/{name}", "required", f"{name} is needed, at most {most} characters.")
        for name, most in (("name", 150), ("reason", 4000))
        if not 0 < len(getattr(draft, name).strip()) <= most
    ]
    if draft.kind not in PriceTemplate.Kind.values:
        faults.append(
            Fault("/kind", "unknown_kind", f"kind is one of {', '.join(PriceTemplate.Kind.values)}.")
        )
    is_emergency = draft.kind == PriceTemplate.Kind.EMERGENCY
    if is_emergency and (draft.hours is None or not 1 <= draft.hours <= MOST_HOURS):
        faults.append(
            Fault("/hours", "hours_out_of_range", f"An emergency ends after 1 to {MOST_HOURS} hours.")
        )
    if not is_emergency and draft.hours is not None:
        faults.append(Fault("/hours", "hours_out_of_range", "Only an emergency ends after hours."))
    if not 0 < len(draft.lines) <= MOST_LINES:
        faults.append(Fault("/lines", "no_lines", f"A template has 1 to {MOST_LINES:,} lines."))
    if PriceTemplate.objects.filter(name=draft.name.strip(), retired_at__isnull=True).exists():
        faults.append(Fault("/name", "name_taken", "A template of this name exists; retire it first."))
    return faults


def _read(
    lines: Sequence[tuple[Any, Any, Any]], actor: Actor, *, with_sites: bool
) -> tuple[list[dict[str, str]], list[Fault]]:
    """The lines as stored, and their faults."""
    stored: list[dict[str, str]] = []
    faults: list[Fault] = []
    drafts = []
    for index, (price_list, sku, value) in enumerate(lines[:MOST_LINES]):
        text = str(value if value is not None else "").strip().replace("\u2212", "-")
        if text.endswith("%"):
            fault = _percent_fault(text.removesuffix("%").strip(), index)
            faults += [fault] if fault else []
            stored.append({"price_list": price_list, "sku": sku, "percent": text.removesuffix("%").strip()})
        else:
            stored.append({"price_list": price_list, "sku": sku, "amount": text})
        drafts.append(LineDraft(price_list, sku, "1" if text.endswith("%") else text or None))
    lists = access.editable_lists(actor)
    _good, line_faults = read_lines(drafts, lists, ends_allowed=False)
    faults += bound_line_faults(drafts, lists) if with_sites else []
    return stored, faults + line_faults


def _percent_fault(text: str, index: int) -> Fault | None:
    try:
        percent = read_decimal(text.removeprefix("+").removeprefix("-"))
    except Wrong as wrong:
        return Fault(f"/lines/{index}/percent", wrong.code, f"percent {wrong.detail}.")
    if percent > (90 if text.startswith("-") else 200):
        return Fault(f"/lines/{index}/percent", "out_of_range", "percent lies from −90 to 200.")
    return None


@transaction.atomic
def retire_template(*, actor: Actor, template_id: int) -> PriceTemplate:
    """Nobody may use it any more.

    Raises Faults 409 `retired`, 403 `not_allowed`; Http404.
    Locks: the template. Records: price_template.retired. Allowed: price_templates.manage.
    """
    access.require_right(actor, "price_templates.manage")
    template = locked_template(template_id)
    PriceTemplate.objects.filter(pk=template.pk).update(retired_at=Now())
    record(actor=actor, kind="price_template.retired", subject=f"price_template:{template.pk}")
    return PriceTemplate.objects.get(pk=template.pk)


@transaction.atomic
def draft_from_template(
    *, actor: Actor, template_id: int, effective_from: Any = None, effective_until: Any = None
) -> PriceChange:
    """A draft change of a template that is no emergency, with percentages worked out on today's prices.

    A promotion needs its end: when it is placed, the row that stands after the end is written at once. With a choice of
    sites its lines go to the promotion lists of just those, which are made where they are missing.
    Raises Faults 409 `retired`, `is_emergency`, `until_required`; 422 `no_price_yet` and those of `create_change`
    and `placed_lines`;
    403 `not_allowed`; Http404.
    Locks: the template. Records: price_change.created. Allowed: prices.edit.
    """
    access.require_right(actor, "prices.edit")
    template = locked_template(template_id)
    if template.kind == PriceTemplate.Kind.EMERGENCY:
        raise refuse("is_emergency", "An emergency is started, not drafted.", status=409)
    if template.kind == PriceTemplate.Kind.PROMOTION and not effective_until:
        raise refuse("until_required", "A promotion needs its end.", pointer="/effective_until")
    draft = ChangeDraft(
        title=template.name,
        reason=template.reason,
        reason_code=REASON_CODES[template.kind],
        effective_from=effective_from,
        effective_until=effective_until,
        lines=placed_lines(template, template_lines(template, clock.now()), actor),
    )
    change = create_change(actor=actor, draft=draft)
    PriceChange.objects.filter(pk=change.pk).update(template=template)
    return access.access_change(change.pk)


def locked_template(template_id: int) -> PriceTemplate:
    """The template, locked until the transaction ends. Raises Http404; Faults 409 `retired`."""
    found = PriceTemplate.objects.select_for_update().filter(pk=template_id).first()
    if found is None:
        raise Http404(template_id)
    if found.retired_at is not None:
        raise refuse("retired", "This template is retired.", status=409)
    return found


def template_lines(template: PriceTemplate, now: datetime) -> list[LineDraft]:
    """The lines with their amounts; percentages work on what the list charges now. Raises Faults 422 `no_price_yet`."""
    book = price_list_book(now)
    by_code = {facts.code: facts for facts in book.values()}
    products = product_facts({line["sku"] for line in template.lines})
    used = [by_code[line["price_list"]] for line in template.lines if line["price_list"] in by_code]
    rows = fetch_rows([one.id for one in products.values()], Plan(book, (), tuple(used)).list_ids(), now)
    rates = RateBoard(derivation_pairs(book), now.date())
    drafts, faults = [], []
    for index, line in enumerate(template.lines):
        amount = line.get("amount")
        if "percent" in line and line["price_list"] in by_code and line["sku"] in products:
            facts = by_code[line["price_list"]]
            try:
                old = list_price(facts, book, rows.get(products[line["sku"]].id, {}), ONE, rates)
            except RateProblem as problem:
                faults.append(Fault(f"/lines/{index}", problem.code, problem.detail))
                continue
            if old is None:
                faults.append(
                    Fault(f"/lines/{index}", "no_price_yet", f"{line['sku']} has no price to work from.")
                )
                continue
            amount = f"{round_money(old.amount * (1 + Decimal(line['percent']) / 100), facts.currency):f}"
        drafts.append(LineDraft(line["price_list"], line["sku"], amount))
    if faults:
        raise Faults(faults)
    return drafts
