"""The reference price of a reduction by the rule of a country: pure, on stretches of prices before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from lib.money import round_money

#: Reasons for which goods count as about to perish.
PERISHING = frozenset({"expiry"})
PERISHABLE = ("as_others", "price_before", "exempt")
NEW_GOODS = ("since_start", "exempt")


class Stretch(NamedTuple):
    """A price that was asked, gross, from `begins` until `ends` (half-open); is_reduction: by a promotion list."""

    begins: datetime
    ends: datetime
    amount: Decimal
    is_reduction: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """A country's rule. days: how far back it looks; min_days: how long a genuine price was asked.

    progressive: a reduction that grows step by step keeps the reference of its first step. perishable: what holds for
    goods about to perish. new_goods: for goods on sale for less than `days`.
    """

    method: str
    days: int = 30
    min_days: int = 0
    progressive: bool = False
    perishable: str = "as_others"
    new_goods: str = "since_start"
    source: str = ""
    source_on: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reduction is measured against: amount (None: none may be announced), how found, and the evidence.

    since: when the (first) reduction began. is_exempt: the law asks for none.
    """

    amount: Decimal | None
    found_by: str
    rule: ReferenceRule
    since: datetime
    history: Sequence[Stretch] = field(default=())
    is_exempt: bool = False


def reference_rule(
    method: str, options: Mapping[str, Any], *, source: str = "", source_on: str = "", label: str = ""
) -> ReferenceRule:
    """A rule from its stored options; `option_problems` says which may not be stored."""
    return ReferenceRule(
        method=method,
        days=options.get("days", 30),
        min_days=options.get("min_days", 0),
        progressive=options.get("progressive", False),
        perishable=options.get("perishable", "as_others"),
        new_goods=options.get("new_goods", "since_start"),
        source=source,
        source_on=source_on,
        label=label,
    )


def option_problems(options: Mapping[str, Any]) -> list[str]:
    """The names of options that are unknown or out of bounds: days 1–365, min_days 0–365."""
    problems = []
    for name, value in options.items():
        is_count = isinstance(value, int) and not isinstance(value, bool) and value <= 365
        fits = {
            "days": is_count and value >= 1,
            "min_days": is_count and value >= 0,
            "progressive": isinstance(value, bool),
            "perishable": value in PERISHABLE,
            "new_goods": value in NEW_GOODS,
        }.get(name, False)
        if not fits:
            problems.append(name)
    return problems


def first_step(rule: ReferenceRule, since: datetime, before: Sequence[Stretch], amount: Decimal) -> datetime:
    """When the reduction began: with `progressive` the start of the unbroken row of ever lower reductions.

    before: stretches that end at or before `since`, in order; amount: what is asked from `since` on.
    """
    if not rule.progressive:
        return since
    for stretch in reversed(before):
        if not stretch.is_reduction or stretch.ends != since or stretch.amount < amount:
            break
        since, amount = stretch.begins, stretch.amount
    return since


def effective_method(rule: ReferenceRule, reason_code: str) -> str:
    """The rule's method, or what holds for goods about to perish."""
    if reason_code in PERISHING and rule.perishable != "as_others":
        return "none" if rule.perishable == "exempt" else "price_before"
    return rule.method


def reference_of(
    rule: ReferenceRule,
    method: str,
    since: datetime,
    before: Sequence[Stretch],
    sold_from: datetime | None = None,
) -> Reference:
    """The reference by `lowest_of_days`, `genuine_price`, `price_before` or `none`.

    before: the stretches before `since` in order; sold_from: when the product was first on sale, if it is known.
    """
    opens = since - timedelta(days=rule.days)
    window = tuple(
        stretch._replace(begins=max(stretch.begins, opens), ends=min(stretch.ends, since))
        for stretch in before
        if stretch.ends > opens and stretch.begins < since
    )
    if method == "none":
        return Reference(None, "exempt", rule, since, window, is_exempt=True)
    if method == "lowest_of_days" and sold_from and sold_from > opens and rule.new_goods == "exempt":
        return Reference(None, "new_goods", rule, since, window, is_exempt=True)
    if method == "price_before":
        found = window[-1].amount if window else None
    elif method == "genuine_price":
        found = _genuine(window, timedelta(days=rule.min_days))
    else:
        found = min((stretch.amount for stretch in window), default=None)
    return Reference(found, method, rule, since, window)


def _genuine(window: Sequence[Stretch], least: timedelta) -> Decimal | None:
    """The latest price that was asked without a break for at least `least`."""
    run: Stretch | None = None
    for stretch in reversed(window):
        if run is not None and stretch.amount == run.amount and stretch.ends == run.begins:
            run = run._replace(begins=stretch.begins)
        else:
            run = stretch
        if run.ends - run.begins >= least:
            return run.amount
    return None


def reduction_fraction(amount: Decimal, reference: Decimal | None) -> Decimal | None:
    """What may be announced, counted from the reference price (CJEU C-330/23), rounded down to a hundredth; 0–1.

    None where there is no reference or no reduction.
    """
    if reference is None or reference <= 0 or amount >= reference:
        return None
    fraction = (reference - amount) / reference
    return fraction.quantize(Decimal("0.0001"), rounding="ROUND_FLOOR")


def of_packs(reference: Reference, factor: Decimal, currency: str) -> Reference:
    """The same reference for a pack of `factor` base units."""
    amount = None if reference.amount is None else round_money(reference.amount * factor, currency)
    history = tuple(
        stretch._replace(amount=round_money(stretch.amount * factor, currency))
        for stretch in reference.history
    )
    return replace(reference, amount=amount, history=history)


def breaks_control(kind: str, gross: Decimal, limit: Decimal) -> bool:
    """True if a gross price lies beyond a government's ceiling or floor; the limit itself is allowed."""
    return gross > limit if kind == "price_ceiling" else gross < limit
