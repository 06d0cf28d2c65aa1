"""Quotes: the price that applies, explained. The only resolver: SQL collects the rows, `rules.resolution` decides.

One line and ten thousand go the same way, so the single and the set-based answer cannot differ.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from catalog.queries import tax_rates
from lib import clock
from lib.actors import Actor
from pricing.queries.laws import recommended
from pricing.queries.list_book import price_list_book
from pricing.queries.market import (
    ProductFacts,
    ProductRows,
    RateBoard,
    SiteFacts,
    channels,
    customer_groups,
    derivation_pairs,
    fetch_rows,
    pack_factors,
    product_facts,
    site_facts,
)
from pricing.queries.references import ReferenceAsked, references
from pricing.rules.laws import Reference, of_packs, reduction_fraction
from pricing.rules.packs import pack_factor
from pricing.rules.resolution import (
    ONE,
    Plan,
    Priced,
    Question,
    RateProblem,
    Row,
    Step,
    packed,
    plan_for,
    resolve,
    unit_price,
)

#: One step of the way to a price: rule, amount_from, amount_to, source, price_change_id, price_list.
QuoteStep = Step
ZERO = Decimal(0)
FRANCHISE = "franchise"
#: From so many lines on the collector is held still.
MANY = 1000


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One question: codes, not ids. currency "" = the site's, channel "" = the site's, customer_group "" = none.

    unit "" or the product's own: one base unit; else a pack, "box" or, where there are several, "box:12".
    """

    sku: str
    site: str
    channel: str = ""
    quantity: Decimal = Decimal(1)
    currency: str = ""
    unit: str = ""
    customer_group: str = ""


@dataclass(slots=True)
class Quote:
    """The answer to one line; with error_code set the figures are None.

    amount is gross: net_amount + tax_amount. reference_amount is what the reduction now in force is measured against
    by the law of the site's country (`pricing.rules.laws`), reference the rule and the evidence, reduction_fraction what
    may be announced, counted from it. All are for one `unit`; unit_price is per kg, l or piece. is_recommended: the site
    is a franchisee's, who may not be told what to ask.
    """

    sku: str
    site: str
    currency: str = ""
    amount: Decimal | None = None
    net_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    tax_fraction: Decimal | None = None
    unit_price: Decimal | None = None
    unit_price_unit: str = ""
    price_list: str = ""
    price_change_id: int | None = None
    reference_amount: Decimal | None = None
    steps: tuple[Step, ...] = ()
    error_code: str = ""
    error_detail: str = ""
    valid_from: datetime | None = None
    reference: Reference | None = None
    reduction_fraction: Decimal | None = None
    unit: str = ""
    is_recommended: bool = False


class _Asked(NamedTuple):
    """A line whose codes are known, with everything the rules need."""

    place: int
    line: QuoteLine
    product: ProductFacts
    site: SiteFacts
    plan: Plan
    question: Question
    factor: Decimal = ONE


@dataclass(slots=True)
class _Market:
    """What is read once for all lines; packs and groups only where a line asks for them."""

    at: datetime
    known_at: datetime | None
    tax: dict[tuple[str, str], Decimal]
    plans: dict[tuple[int, int | None, str], Plan] = field(default_factory=dict)
    packs: dict[int, list[tuple[str, Decimal]]] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)


def quote_lines(
    lines: Sequence[QuoteLine],
    *,
    actor: Actor,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> list[Quote]:
    """Quotes in the order of the lines: the prices valid at `at` (now) as known at `known_at` (now).

    A fixed number of queries whatever the number of lines: products, sites (2), channels, lists, taxes, rows, rates,
    and where promotions apply those of `queries.references`; packs, customer groups and the law on franchisees where
    a line has to do with them.
    Error codes of a line: unknown_sku, unknown_site, unknown_channel, unknown_customer_group, unknown_unit, no_price,
    missing_exchange_rate, stale_exchange_rate.
    """
    with without_collector(len(lines)):
        return _quoted(lines, actor, at or clock.now(), known_at)


@contextmanager
def without_collector(size: int) -> Iterator[None]:
    """Hold Python's cycle collector still while many small, cycle-free objects are made: it would only count them."""
    held = size >= MANY and gc.isenabled()
    if held:
        gc.disable()
    try:
        yield
    finally:
        if held:
            gc.enable()


def _quoted(
    lines: Sequence[QuoteLine], actor: Actor, moment: datetime, known_at: datetime | None
) -> list[Quote]:
    market = _Market(moment, known_at, tax_rates(moment.astimezone(UTC).date()))
    quotes: list[Quote | None] = [None] * len(lines)
    asked = _understood(lines, quotes, actor, market)
    if asked:
        list_ids = set().union(*(plan.list_ids() for plan in market.plans.values()))
        rows = fetch_rows({one.product.id for one in asked}, list_ids, moment, known_at)
        rates = _rates(asked, moment)
        reductions = []
        franchised: list[tuple[int, str, int]] = []
        for one in asked:
            found = _found(one, rows, rates)
            if isinstance(found, Quote):
                quotes[one.place] = found
                continue
            quotes[one.place] = _answer(one, found)
            if one.site.operator == FRANCHISE:
                franchised.append((one.place, one.site.country, one.product.id))
            if found.facts.kind == "promotion" and found.row is not None:
                reductions.append(_reduction(one, found, found.row))
        factors = {one.place: one.factor for one in asked if one.factor is not ONE}
        for index, reference in references(reductions, rates, known_at).items():
            _refer(quotes[index], reference, factors.get(index, ONE))
        for index in recommended(franchised):
            _recommend(quotes[index])
    return [quote for quote in quotes if quote is not None]


def _refused(line: QuoteLine, code: str, detail: str) -> Quote:
    return Quote(line.sku, line.site, error_code=code, error_detail=detail)


def _understood(
    lines: Sequence[QuoteLine], quotes: list[Quote | None], actor: Actor, market: _Market
) -> list[_Asked]:
    """The lines whose codes are known; the others get their error."""
    products = product_facts({line.sku for line in lines})
    sites = site_facts(actor)
    channel_ids = channels()
    book = price_list_book(market.at, market.known_at)
    asked: list[_Asked] = []
    questions: dict[tuple[Decimal, str, Decimal], Question] = {}
    _read_rare(lines, products, market)
    for index, line in enumerate(lines):
        product, site = products.get(line.sku), sites.get(line.site)
        if product is None:
            quotes[index] = _refused(line, "unknown_sku", f"There is no product “{line.sku}”.")
            continue
        if site is None:
            quotes[index] = _refused(line, "unknown_site", f"There is no site “{line.site}”.")
            continue
        if line.channel and line.channel not in channel_ids:
            quotes[index] = _refused(line, "unknown_channel", f"There is no channel “{line.channel}”.")
            continue
        factor = ONE
        if line.unit or line.customer_group:
            if line.customer_group and line.customer_group not in market.groups:
                detail = f"There is no customer group “{line.customer_group}”."
                quotes[index] = _refused(line, "unknown_customer_group", detail)
                continue
            try:
                factor = pack_factor(line.unit, product.unit, market.packs.get(product.id, ()))
                factor = ONE if factor == ONE else factor
            except LookupError as error:
                quotes[index] = _refused(line, "unknown_unit", f"{line.sku}: {error}")
                continue
        channel_id = channel_ids[line.channel][0] if line.channel else site.channel_id
        plan = market.plans.get((site.id, channel_id, line.customer_group))
        if plan is None:
            place = site.place(channel_id, market.groups.get(line.customer_group))
            plan = market.plans[site.id, channel_id, line.customer_group] = plan_for(book, place)
        key = (
            line.quantity if factor is ONE else line.quantity * factor,
            line.currency or site.currency,
            market.tax.get((site.country, product.tax_class), ZERO),
        )
        question = questions.get(key)
        if question is None:
            question = questions[key] = Question(*key)
        asked.append(_Asked(index, line, product, site, plan, question, factor))
    return asked


def _read_rare(lines: Sequence[QuoteLine], products: dict[str, ProductFacts], market: _Market) -> None:
    """Packs and customer groups, each with 1 query where some line names one."""
    packed_ids = {
        product.id
        for line in lines
        if line.unit and (product := products.get(line.sku)) is not None and line.unit != product.unit
    }
    if packed_ids:
        market.packs = pack_factors(packed_ids)
    if any(line.customer_group for line in lines):
        market.groups = customer_groups()


def _rates(asked: list[_Asked], at: datetime) -> RateBoard:
    plans = {id(one.plan): one.plan for one in asked}
    currencies = {(id(one.plan), one.question.currency) for one in asked}
    pairs = {
        (facts.currency, currency)
        for plan_id, currency in currencies
        for facts in plans[plan_id].promotions + plans[plan_id].regulars
    }
    book = next(iter(plans.values())).book
    return RateBoard(pairs | derivation_pairs(book), at.astimezone(UTC).date())


def _found(asked: _Asked, rows: ProductRows, rates: RateBoard) -> Priced | Quote:
    """What the rules answer, or the quote that tells why not."""
    own = rows.get(asked.product.id)
    try:
        found = resolve(asked.plan, own, asked.question, rates) if own else None
    except RateProblem as problem:
        return _refused(asked.line, problem.code, problem.detail)
    if found is None:
        detail = f"No price list has a price of {asked.product.sku} at {asked.site.code}."
        return _refused(asked.line, "no_price", detail)
    return found


def _answer(asked: _Asked, found: Priced) -> Quote:
    question, product, row = asked.question, asked.product, found.row
    content = product.net_content
    if asked.factor is not ONE:
        found = packed(found, asked.factor, question, asked.line.unit)
        content = content and content * asked.factor
    amount, net = found.amount, found.net
    per_unit = None
    if content is not None:
        per_unit = unit_price(amount, content, product.net_content_unit, question.currency)
    return Quote(
        asked.line.sku,
        asked.line.site,
        question.currency,
        amount,
        net,
        None if net is None else amount - net,
        question.tax_fraction,
        per_unit[0] if per_unit else None,
        per_unit[1] if per_unit else "",
        found.facts.code,
        row.price_change_id if row else None,
        None,
        found.steps,
        "",
        "",
        row.valid_from if row else None,
        None,
        None,
        asked.line.unit or product.unit,
    )


def _reduction(asked: _Asked, found: Priced, row: Row) -> ReferenceAsked:
    site = asked.site
    return ReferenceAsked(
        asked.place,
        asked.product.id,
        site.id,
        site.country,
        site.currency,
        asked.plan,
        asked.question,
        row.valid_from,
        found.amount,
        found.facts.id,
        row.price_change_id,
    )


def _recommend(quote: Quote | None) -> None:
    if quote is not None:
        quote.is_recommended = True


def _refer(quote: Quote | None, reference: Reference, factor: Decimal) -> None:
    if quote is None or quote.amount is None:
        return
    if factor is not ONE:
        reference = of_packs(reference, factor, quote.currency)
    quote.reference = reference
    quote.reference_amount = reference.amount
    quote.reduction_fraction = reduction_fraction(quote.amount, reference.amount)
