"""What guardrails find on a line: pure, on facts that `queries.guardrails` collects."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pricing.rules.costs import CostLaw, Subsidy
from pricing.rules.laws import Reference, reduction_fraction
from pricing.rules.margins import Load, left_on, net_of_tax

BLOCK, REVIEW, NOTE = "block", "review", "note"
#: So many prices before a reduction go into its finding as evidence.
EVIDENCE = 12


class Measured(NamedTuple):
    """What a country's law measures a reduction against, for an example site; amount is the line's, gross."""

    site: str
    country: str
    amount: Decimal
    reference: Reference


class Controlled(NamedTuple):
    """A government's ceiling or floor that a gross price breaks, in the line's currency."""

    kind: str
    country: str
    gross: Decimal
    limit: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The guardrails of a line's list and category. label names the versions, for the record."""

    change_review: Decimal | None = None
    change_block: Decimal | None = None
    cumulative_review: Decimal | None = None
    cumulative_block: Decimal | None = None
    margin_review: Decimal | None = None
    margin_block: Decimal | None = None
    checks_below_cost: bool = True
    soft_reasons: frozenset[str] = frozenset()
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class LineFacts:
    """A line and what it meets. amount None ends the price. unit_cost is in the line's currency, None = unknown.

    old_amount is what the list charged at the effective moment, anchor_amount what a person last decided. loads are
    the taxes and commissions under which this price is sold. other facts are filled where they exist.
    """

    line_id: int
    product_id: int
    sku: str
    list_id: int
    price_list: str
    currency: str
    min_quantity: Decimal
    amount: Decimal | None
    tax_included: bool = True
    old_amount: Decimal | None = None
    anchor_amount: Decimal | None = None
    unit_cost: Decimal | None = None
    rate_problem: tuple[str, str] | None = None
    loads: Sequence[Load] = ()
    base_moved: tuple[Decimal | None, Decimal | None] | None = None
    pending_in: str = ""
    scheduled_from: str = ""
    equal_to: str = ""
    otherwise_amount: Decimal | None = None
    otherwise_site: str = ""
    references: Sequence[Measured] = ()
    controls: Sequence[Controlled] = ()
    cost_laws: Sequence[CostLaw] = ()
    ends_at: datetime | None = None


class Found(NamedTuple):
    """A finding: its figures go into the sentence of `messages.finding_message`."""

    code: str
    severity: str
    params: dict[str, Any]


class Figures(NamedTuple):
    """What a line does: change against the old price, and its margin at the worst of its loads, subsidies counted."""

    change_fraction: Decimal | None
    net_amount: Decimal | None
    margin_fraction: Decimal | None
    margin_site: str
    subsidy: Decimal = Decimal(0)
    subsidies: tuple[Subsidy, ...] = ()
    left_out: tuple[Subsidy, ...] = ()


def figures_of(line: LineFacts) -> Figures:
    """Change and worst margin of a line."""
    if line.amount is None:
        return Figures(None, None, None, "")
    change = (line.amount - line.old_amount) / line.old_amount if line.old_amount else None
    return worst_of(line, line.amount, line.loads or (Load(Decimal(0), Decimal(0)),), change)


def worst_of(line: LineFacts, amount: Decimal, loads: Sequence[Load], change: Decimal | None) -> Figures:
    """The figures at the load that leaves the least."""
    worst = Figures(change, None, None, "")
    for load in loads:
        net = net_of_tax(amount, line.tax_included, load.tax_fraction)
        if line.unit_cost is None:
            if worst.net_amount is None or net < worst.net_amount:
                worst = Figures(change, net, None, load.site)
            continue
        margin, paid, by = left_on(net, load, line.unit_cost)
        if margin is None:
            return Figures(change, net, None, load.site)
        if worst.margin_fraction is None or margin < worst.margin_fraction:
            left_out = tuple(one for one in load.subsidies if one.problem)
            worst = Figures(change, net, margin, load.site, paid, by, left_out)
    return worst


def findings_on(line: LineFacts, figures: Figures, limits: Limits, reason_code: str) -> list[Found]:
    """Everything the guardrails have against a line, blocks first where they belong together."""
    found = list(_place_findings(line))
    if line.amount is None:
        return found
    found += _cost_findings(line, figures, limits, reason_code)
    found += _change_findings(line, figures, limits)
    if line.otherwise_amount is not None and line.amount > line.otherwise_amount:
        found.append(
            Found(
                "promotion_above_price",
                REVIEW,
                plain_figures(line, otherwise=line.otherwise_amount, site=line.otherwise_site),
            )
        )
    for control in line.controls:
        params = plain_figures(line, gross=control.gross, most=control.limit)
        found.append(
            Found(control.kind, BLOCK, {**params, "country": control.country, "source": control.source})
        )
    for measured in line.references:
        found += reference_findings(line, measured, reason_code)
    return found


def reference_findings(line: LineFacts, measured: Measured, reason_code: str) -> list[Found]:
    """What may be announced of a promotion by a country's law, with the prices before it as evidence.

    `reference_price`: no reduction may be announced; a person looks at it when the change calls itself a promotion.
    `announced_reduction`: a note of what may be announced at most.
    """
    reference = measured.reference
    if reference.is_exempt:
        return []
    history = [
        [one.begins.isoformat(), one.ends.isoformat(), _text(one.amount)]
        for one in reference.history[-EVIDENCE:]
    ]
    params = {
        **plain_figures(line, lowest=reference.amount, announced=measured.amount),
        "days": reference.rule.days,
        "country": measured.country,
        "site": measured.site,
        "found_by": reference.found_by,
        "since": reference.since.isoformat(),
        "source": reference.rule.source,
        "rule": reference.rule.label,
        "history": history,
    }
    if reference.amount is None and reference.found_by in ("last_paid", "lowest_of_days", "price_before"):
        return []
    fraction = reduction_fraction(measured.amount, reference.amount)
    if fraction is None:
        severity = REVIEW if reason_code == "promotion" else NOTE
        return [Found("reference_price", severity, {**params, "min_days": reference.rule.min_days})]
    return [Found("announced_reduction", NOTE, {**params, "fraction": _text(fraction)})]


def _place_findings(line: LineFacts) -> list[Found]:
    found = []
    if line.equal_to:
        found.append(Found("equal_priority", BLOCK, {"list": line.price_list, "other": line.equal_to}))
    if line.base_moved is not None:
        old, new = line.base_moved
        found.append(Found("base_moved", REVIEW, plain_figures(line, old=old, new=new)))
    if line.pending_in:
        found.append(Found("overlap", REVIEW, {"by": line.pending_in, "list": line.price_list}))
    if line.scheduled_from:
        found.append(Found("overlap", REVIEW, {"from": line.scheduled_from, "list": line.price_list}))
    return found


def _cost_findings(line: LineFacts, figures: Figures, limits: Limits, reason_code: str) -> list[Found]:
    if line.rate_problem is not None:
        code, detail = line.rate_problem
        return [Found(code, BLOCK, {"detail": detail, "list": line.price_list})]
    if line.unit_cost is None:
        return [Found("unknown_cost", BLOCK, {"list": line.price_list})]
    margin = figures.margin_fraction
    is_below = margin is None or margin < 0
    passing, forbidding = _cost_laws(line, reason_code) if is_below else (None, None)
    if forbidding is not None:
        return [forbidding]
    severity = ""
    if is_below and limits.checks_below_cost:
        severity = REVIEW if reason_code in limits.soft_reasons else BLOCK
    elif margin is not None and not is_below:
        severity = severity_beyond(-margin, _negative(limits.margin_review), _negative(limits.margin_block))
    carried = [] if is_below else subsidy_findings(line)
    if not severity:
        return carried
    site = figures.margin_site
    params = plain_figures(line, net=figures.net_amount, cost=line.unit_cost, margin=margin, site=site)
    params |= told_subsidies(figures)
    if is_below:
        told = {"exempt_in": passing.country, "source": passing.source} if passing else {}
        return [
            Found("below_cost", severity, {**params, "rule": limits.labels.get("below_cost", ""), **told})
        ]
    limit = limits.margin_block if severity == BLOCK else limits.margin_review
    rule = limits.labels.get("margin_floor", "")
    return [Found("margin_floor", severity, {**params, "limit": _text(limit), "rule": rule}), *carried]


def _cost_laws(line: LineFacts, reason_code: str) -> tuple[CostLaw | None, Found | None]:
    """Of the laws that the price meets below cost: one that lets the reason pass, and what the first other blocks."""
    passing = None
    for law in line.cost_laws:
        loads = [
            load._replace(site=site)
            for load in line.loads
            for country, site in load.places
            if country == law.country
        ]
        there = worst_of(line, line.amount or Decimal(0), loads, None)
        if not loads or (there.margin_fraction is not None and there.margin_fraction >= 0):
            continue
        if reason_code in law.exempt_reasons:
            passing = passing or law
            continue
        figures = {"net": there.net_amount, "cost": line.unit_cost, "margin": there.margin_fraction}
        params = plain_figures(
            line, **figures, site=there.margin_site, country=law.country, source=law.source
        )
        return passing, Found("below_cost", BLOCK, {**params, "rule": law.label, **told_subsidies(there)})
    return passing, None


def told_subsidies(figures: Figures) -> dict[str, Any]:
    """What a finding tells of the subsidies that were counted, and of those that could not be."""
    told = {"left_out": " + ".join(one.offer.name for one in figures.left_out)} if figures.left_out else {}
    if not figures.subsidies:
        return told
    ends = [one.until for one in figures.subsidies if one.until is not None]
    return {
        "subsidy": _text(figures.subsidy),
        "names": " + ".join(one.offer.name for one in figures.subsidies),
        "subsidies": [one.offer.code for one in figures.subsidies],
        "until": min(ends).isoformat(timespec="minutes") if ends else "",
        **told,
    }


def subsidy_findings(line: LineFacts) -> list[Found]:
    """`subsidy_needed` where the price covers its cost only with a subsidy; `subsidy_ends` where that ends before it."""
    worst: tuple[Decimal, Figures] | None = None
    for load in line.loads:
        if not load.subsidies:
            continue
        bare = worst_of(line, line.amount or Decimal(0), (load._replace(subsidies=()),), None).margin_fraction
        if bare is not None and bare < 0 and (worst is None or bare < worst[0]):
            worst = (bare, worst_of(line, line.amount or Decimal(0), (load,), None))
    if worst is None:
        return []
    figures = worst[1]
    ends = [one.until for one in figures.subsidies if one.until is not None]
    is_short = bool(ends) and (line.ends_at is None or min(ends) < line.ends_at)
    params = plain_figures(line, net=figures.net_amount, cost=line.unit_cost, margin=figures.margin_fraction)
    params |= {"site": figures.margin_site, **told_subsidies(figures)}
    return [Found("subsidy_ends", REVIEW, params) if is_short else Found("subsidy_needed", NOTE, params)]


def _change_findings(line: LineFacts, figures: Figures, limits: Limits) -> list[Found]:
    found = []
    if figures.change_fraction is not None:
        severity = severity_beyond(abs(figures.change_fraction), limits.change_review, limits.change_block)
        if severity:
            limit = limits.change_block if severity == BLOCK else limits.change_review
            params = plain_figures(line, old=line.old_amount, change=figures.change_fraction, limit=limit)
            found.append(
                Found("change_limit", severity, {**params, "rule": limits.labels.get("change_limit", "")})
            )
    anchor = line.anchor_amount
    if anchor and anchor != line.old_amount and line.amount is not None:
        moved = (line.amount - anchor) / anchor
        severity = severity_beyond(abs(moved), limits.cumulative_review, limits.cumulative_block)
        if severity:
            limit = limits.cumulative_block if severity == BLOCK else limits.cumulative_review
            params = plain_figures(line, anchor=anchor, change=moved, limit=limit)
            rule = limits.labels.get("cumulative_change_limit", "")
            found.append(Found("cumulative_change_limit", severity, {**params, "rule": rule}))
    return found


def severity_beyond(value: Decimal, review_at: Decimal | None, block_at: Decimal | None) -> str:
    """Beyond the limits: the value itself still passes."""
    if block_at is not None and value > block_at:
        return BLOCK
    if review_at is not None and value > review_at:
        return REVIEW
    return ""


def _negative(limit: Decimal | None) -> Decimal | None:
    return None if limit is None else -limit


def plain_figures(line: LineFacts, **figures: Decimal | str | None) -> dict[str, Any]:
    """The line's own figures with others, JSON-ready."""
    params: dict[str, Any] = {
        "list": line.price_list,
        "currency": line.currency,
        "amount": _text(line.amount),
    }
    for name, value in figures.items():
        params[name] = _text(value) if isinstance(value, Decimal) else value
    return params


def _text(value: Decimal | None) -> str | None:
    """A decimal with at most six digits after the sign, plain."""
    if value is None:
        return None
    return format(round(value, 6).normalize(), "f")


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """What a policy looks at (approvals facts of kind price_change)."""

    lines: int
    max_change_fraction: Decimal | None
    min_margin_fraction: Decimal | None
    has_findings_above_note: bool
    unknown_cost: bool
    restores_days: int | None
    first_price: bool
    reason_code: str


def summed_up(
    figures: Sequence[tuple[LineFacts, Figures, Sequence[Found]]], reason_code: str, restores_days: int | None
) -> ChangeFacts:
    """The facts of a whole change; a line that ends a price makes the margin unknown, so a person looks at it."""
    changes = [abs(f.change_fraction) for _line, f, _found in figures if f.change_fraction is not None]
    margins = [f.margin_fraction for _line, f, _found in figures]
    known = [margin for margin in margins if margin is not None]
    return ChangeFacts(
        lines=len(figures),
        max_change_fraction=max(changes, default=None),
        min_margin_fraction=min(known) if known and len(known) == len(margins) else None,
        has_findings_above_note=any(one.severity != NOTE for _l, _f, found in figures for one in found),
        unknown_cost=any(line.amount is not None and line.unit_cost is None for line, _f, _found in figures),
        restores_days=restores_days,
        first_price=any(line.amount is not None and not line.old_amount for line, _f, _found in figures),
        reason_code=reason_code,
    )
