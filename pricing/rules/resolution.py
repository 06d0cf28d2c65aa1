"""The access sequence: which list's price applies, and the steps that led there. The only place that decides it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from lib.money import round_money
from pricing.rules.derivation import Band, band_of, clamped, ended_within, rounded_within

KIND_ORDER = ("promotion", "site", "channel", "region", "base")
ONE = Decimal(1)
NO_BAND = Band()


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A price list as the rules see it. is_linked: it may keep an exchange rate of its own."""

    id: int
    code: str
    name: str
    currency: str
    kind: str
    parent_id: int | None = None
    region_id: int | None = None
    channel_id: int | None = None
    site_id: int | None = None
    priority: int = 0
    float_fraction: Decimal | None = None
    ends_in: Decimal | None = None
    tax_included: bool = True
    exclusive: bool = False
    customer_group_id: int | None = None
    float_amount: Decimal | None = None
    floor_fraction: Decimal | None = None
    ceiling_fraction: Decimal | None = None
    override_policy: str = "keep"
    is_linked: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where, how and to whom it is sold: the site's id and region, the channel, the customer group."""

    site_id: int
    region_id: int
    channel_id: int | None
    customer_group_id: int | None = None


class Row(NamedTuple):
    """A price row valid at the moment of the question."""

    min_quantity: Decimal
    amount: Decimal
    price_change_id: int
    valid_from: datetime | None = None


class Rate(NamedTuple):
    """1 of the one currency = `rate` of the other; path names the pairs it came from."""

    rate: Decimal
    on: date | None = None
    path: str = ""


class Step(NamedTuple):
    """One step of the way to a price; amount_from is None at the start."""

    rule: str
    amount_from: Decimal | None
    amount_to: Decimal
    source: str
    price_change_id: int | None = None
    price_list: str = ""


class Priced(NamedTuple):
    """What a list charges: in its own currency by `list_price`, as asked for by `resolve` (gross)."""

    facts: ListFacts
    amount: Decimal
    row: Row | None
    steps: tuple[Step, ...]
    net: Decimal | None = None


class RateProblem(Exception):
    """No rate, or too old a one: never 1 instead."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(detail)


Rates = Callable[[str, str], Rate]
Rows = Mapping[int, Sequence[Row]]
Book = Mapping[int, ListFacts]


@dataclass(frozen=True, slots=True)
class Plan:
    """For one place: the lists that may apply, in the order in which they are asked."""

    book: Book
    promotions: tuple[ListFacts, ...]
    regulars: tuple[ListFacts, ...]

    def list_ids(self) -> set[int]:
        """Every list whose rows matter here, parents included."""
        wanted = {facts.id for facts in self.promotions + self.regulars}
        for facts in self.promotions + self.regulars:
            parent = facts.parent_id
            while parent is not None and parent not in wanted:
                wanted.add(parent)
                parent = self.book[parent].parent_id
        return wanted


def with_book(plan: Plan, book: Book) -> Plan:
    """The same lists in the same order as another book has them."""
    return Plan(
        book,
        tuple(book[facts.id] for facts in plan.promotions),
        tuple(book[facts.id] for facts in plan.regulars),
    )


def applies_at(facts: ListFacts, place: Place) -> bool:
    """True if the list's region, channel, site and customer group, where it names them, are those of the place."""
    return (
        facts.site_id in (None, place.site_id)
        and facts.customer_group_id in (None, place.customer_group_id)
        and facts.channel_id in (None, place.channel_id)
        and facts.region_id in (None, place.region_id)
    )


def plan_for(book: Book, place: Place) -> Plan:
    """Lists that apply at `place` by kind, those for its customer group first, then higher priority, then code.

    The code never decides: equal priorities do not pass submit.
    """
    fitting = sorted(
        (facts for facts in book.values() if applies_at(facts, place)),
        key=lambda facts: (
            KIND_ORDER.index(facts.kind),
            facts.customer_group_id is None,
            -facts.priority,
            facts.code,
        ),
    )
    return Plan(
        book,
        tuple(facts for facts in fitting if facts.kind == "promotion"),
        tuple(facts for facts in fitting if facts.kind != "promotion"),
    )


def scopes_overlap(one: ListFacts, other: ListFacts, region_of_site: Mapping[int, int]) -> bool:
    """True if some place lies in both lists' scopes."""

    def agree(a: int | None, b: int | None) -> bool:
        return a is None or b is None or a == b

    regions_agree = True
    for narrow, wide in ((one, other), (other, one)):
        if narrow.site_id is not None and wide.region_id is not None:
            regions_agree = regions_agree and region_of_site.get(narrow.site_id) == wide.region_id
    return (
        regions_agree
        and agree(one.site_id, other.site_id)
        and agree(one.channel_id, other.channel_id)
        and agree(one.region_id, other.region_id)
        and agree(one.customer_group_id, other.customer_group_id)
    )


def are_rivals(one: ListFacts, other: ListFacts, region_of_site: Mapping[int, int]) -> bool:
    """True if nothing but their priority could tell which of two lists is asked first, and that is equal."""
    return (
        one.id != other.id
        and (one.kind, one.priority, one.customer_group_id)
        == (other.kind, other.priority, other.customer_group_id)
        and scopes_overlap(one, other, region_of_site)
    )


def tier(rows: Iterable[Row], quantity: Decimal) -> Row | None:
    """The row with the largest minimum quantity not above `quantity`, else the ordinary one (minimum 1).

    A return (negative quantity) takes the row of its absolute value. Less than 1 of a weighed product pays the
    ordinary price unless a smaller minimum is given.
    """
    size = abs(quantity)
    best = ordinary = None
    for row in rows:
        if row.min_quantity <= size:
            if best is None or row.min_quantity > best.min_quantity:
                best = row
        elif row.min_quantity == ONE:
            ordinary = row
    return best or ordinary


def list_price(facts: ListFacts, book: Book, rows: Rows, quantity: Decimal, rates: Rates) -> Priced | None:
    """What a list charges in its own currency: its own row, else derived from its parent, else None.

    Raises RateProblem.
    """
    own = rows.get(facts.id)
    if own is not None:
        row = own[0] if len(own) == 1 and own[0].min_quantity == ONE else tier(own, quantity)
        if row is not None:
            step = Step(facts.kind, None, row.amount, facts.name, row.price_change_id, facts.code)
            return Priced(facts, row.amount, row, (step,))
    if facts.parent_id is None:
        return None
    parent = list_price(book[facts.parent_id], book, rows, quantity, rates)
    return _derived(facts, parent, rates) if parent is not None else None


def _derived(facts: ListFacts, parent: Priced, rates: Rates) -> Priced:
    """The derived price with its steps, one for each thing that moved it."""
    steps = list(parent.steps)
    amount = parent.amount

    def step(rule: str, to: Decimal, source: str) -> Decimal:
        if to != amount:
            steps.append(Step(rule, amount, to, source, None, facts.code))
        return to

    if parent.facts.currency != facts.currency:
        rate = rate_of_list(facts, parent.facts.currency, rates)
        amount = step("exchange", amount * rate.rate, _rate_source(rate))
    band = NO_BAND
    if facts.floor_fraction is not None or facts.ceiling_fraction is not None:
        band = band_of(amount, facts.floor_fraction, facts.ceiling_fraction)
    if facts.float_fraction is not None:
        amount = step(
            "float", amount * (1 + facts.float_fraction), f"{facts.name} {facts.float_fraction:+.2%}"
        )
    if facts.float_amount is not None:
        amount = step("surcharge", amount + facts.float_amount, f"{facts.name} {facts.float_amount:+f}")
    if band is not NO_BAND or facts.float_amount is not None:
        amount = step("band", clamped(amount, band), facts.name)
    if facts.ends_in is not None:
        ending = ended_within(amount, facts.ends_in, band)
        amount = step("ending", ending, f"{facts.name} …{facts.ends_in.normalize():f}")
    amount = step("rounding", rounded_within(amount, facts.currency, band), facts.currency)
    return Priced(facts, amount, parent.row, tuple(steps))


def rate_of_list(facts: ListFacts, base: str, rates: Rates) -> Rate:
    """The rate a derived list converts at: the one it keeps from that currency (`kept`), if it is linked, else the day's.

    Raises RateProblem: a list that keeps no rate, and none, or too old a one, of the day.
    """
    kept: Rate | None = getattr(rates, "kept", {}).get(facts.id)
    if kept is not None and facts.is_linked and kept.path.startswith(base):
        return kept
    return rates(base, facts.currency)


def _rate_source(rate: Rate) -> str:
    return f"{rate.path} {rate.rate.normalize():f} {rate.on or ''}".strip()


def asked_price(priced: Priced, currency: str, tax_fraction: Decimal, rates: Rates) -> Priced:
    """The same price in the currency asked for, tax included, with its net part. Raises RateProblem."""
    facts, amount, row, steps, _net = priced
    if facts.currency != currency:
        rate = rates(facts.currency, currency)
        converted = round_money(amount * rate.rate, currency)
        steps = (*steps, Step("exchange", amount, converted, _rate_source(rate), None, facts.code))
        amount = converted
    if not tax_fraction:
        return Priced(facts, amount, row, steps, amount)
    if facts.tax_included:
        return Priced(facts, amount, row, steps, round_money(amount / (1 + tax_fraction), currency))
    gross = amount + round_money(amount * tax_fraction, currency)
    steps = (*steps, Step("tax", amount, gross, f"{tax_fraction:.2%}", None, facts.code))
    return Priced(facts, gross, row, steps, amount)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one product: how many, in which currency, under which tax."""

    quantity: Decimal
    currency: str
    tax_fraction: Decimal = Decimal(0)


def resolve(plan: Plan, rows: Rows, question: Question, rates: Rates) -> Priced | None:
    """The price that applies, gross in the currency asked for; None where no list has one. Raises RateProblem.

    Within each kind lists for the customer group come first. Promotions by priority; one above the price otherwise found is passed over unless its list is exclusive; else the
    first of site, channel, region and base lists with a price (CONTRACT.md, "Access sequence").
    """
    otherwise: Priced | None = None
    looked = False
    passed: tuple[Step, ...] = ()
    for facts in plan.promotions:
        if facts.id not in rows and facts.parent_id is None:
            continue
        found = list_price(facts, plan.book, rows, question.quantity, rates)
        if found is None:
            continue
        promoted = asked_price(found, question.currency, question.tax_fraction, rates)
        if facts.exclusive:
            return promoted
        if not looked:
            otherwise, looked = _regular(plan, rows, question, rates), True
        if otherwise is None:
            return promoted
        if promotion_stands(facts, promoted.amount, otherwise.amount):
            return _over(promoted, otherwise)
        passed += (Step("passed_over", otherwise.amount, otherwise.amount, facts.name, None, facts.code),)
    if not looked:
        otherwise = _regular(plan, rows, question, rates)
    if passed and otherwise is not None:
        return otherwise._replace(steps=otherwise.steps + passed)
    return otherwise


def promotion_stands(facts: ListFacts, promoted: Decimal, otherwise: Decimal | None) -> bool:
    """True if a promotion's price is asked: it is exclusive, or not above the price otherwise found."""
    return facts.exclusive or otherwise is None or promoted <= otherwise


def stands_as_asked(facts: ListFacts, currency: str) -> bool:
    """True if a row of the list is what is asked in `currency`: nothing to convert, no tax to add."""
    return facts.currency == currency and facts.tax_included


def _regular(plan: Plan, rows: Rows, question: Question, rates: Rates) -> Priced | None:
    for facts in plan.regulars:
        found = list_price(facts, plan.book, rows, question.quantity, rates)
        if found is not None:
            return asked_price(found, question.currency, question.tax_fraction, rates)
    return None


def packed(priced: Priced, factor: Decimal, question: Question, unit: str) -> Priced:
    """The price of a pack of `factor` base units: that of one, times the factor, rounded once; tax on the whole."""
    facts, amount, row, steps, net = priced
    currency, tax = question.currency, question.tax_fraction
    if not tax or net is None:
        gross = net = round_money(amount * factor, currency)
    elif facts.tax_included:
        gross = round_money(amount * factor, currency)
        net = round_money(gross / (1 + tax), currency)
    else:
        net = round_money(net * factor, currency)
        gross = net + round_money(net * tax, currency)
    return Priced(facts, gross, row, (*steps, Step("pack", amount, gross, unit, None, facts.code)), net)


def _over(promoted: Priced, otherwise: Priced) -> Priced:
    """The promotion's price, its steps after those of the price it undercuts."""
    facts, amount, row, steps, net = promoted
    if len(steps) == 1:
        rule, _start, to, source, change_id, code = steps[0]
        steps = (Step(rule, otherwise.amount, to, source, change_id, code),)
    return Priced(facts, amount, row, otherwise.steps + steps, net)


def unit_price(
    amount: Decimal, net_content: Decimal | None, net_content_unit: str, currency: str
) -> tuple[Decimal, str] | None:
    """The price per kg, l, m or piece, and of which unit; None without net content."""
    if net_content is None or not net_content_unit:
        return None
    factor, unit = {"g": (1000, "kg"), "ml": (1000, "l")}.get(net_content_unit, (1, net_content_unit))
    return round_money(amount * factor / net_content, currency), unit
