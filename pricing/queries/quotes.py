"""Quotes: the price that applies, explained. The only resolver: SQL collects the rows, `rules.resolution` decides.

One line and ten thousand go the same way, so the single and the set-based answer cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from catalog.queries import tax_rates
from lib import clock
from lib.actors import Actor
from lib.money import round_money
from pricing.queries.market import (
    ProductFacts,
    ProductRows,
    RateBoard,
    SiteFacts,
    channels,
    derivation_pairs,
    fetch_rows,
    price_list_book,
    product_facts,
    site_facts,
)
from pricing.queries.references import ReferenceAsked, reference_amounts
from pricing.rules.resolution import (
    Plan,
    Priced,
    Question,
    RateProblem,
    Step,
    plan_for,
    resolve,
    unit_price,
)

#: One step of the way to a price: rule, amount_from, amount_to, source, price_change_id, price_list.
QuoteStep = Step
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One question: codes, not ids. currency "" = the site's, channel "" = the site's."""

    sku: str
    site: str
    channel: str = ""
    quantity: Decimal = Decimal(1)
    currency: str = ""


@dataclass(slots=True)
class Quote:
    """The answer to one line; with error_code set the figures are None.

    amount is gross: net_amount + tax_amount. reference_amount is the lowest price of the 30 days before the reduction
    now in force, where law asks for it (EU, GB) and there is one.
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


@dataclass(slots=True)
class _Asked:
    """A line whose codes are known, with everything the rules need."""

    index: int
    line: QuoteLine
    product: ProductFacts
    site: SiteFacts
    plan: Plan
    question: Question


@dataclass(slots=True)
class _Market:
    """What is read once for all lines."""

    at: datetime
    known_at: datetime | None
    tax: dict[tuple[str, str], Decimal]
    plans: dict[tuple[int, int | None], Plan] = field(default_factory=dict)


def quote_lines(
    lines: Sequence[QuoteLine],
    *,
    actor: Actor,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> list[Quote]:
    """Quotes in the order of the lines: the prices valid at `at` (now) as known at `known_at` (now).

    A fixed number of queries whatever the number of lines: products, sites (2), channels, lists, taxes, rows, rates,
    and where promotions apply in the EU or GB the rows of the 30 days before.
    Error codes of a line: unknown_sku, unknown_site, unknown_channel, no_price, missing_exchange_rate,
    stale_exchange_rate.
    """
    moment = at or clock.now()
    market = _Market(moment, known_at, tax_rates(moment.astimezone(UTC).date()))
    quotes = [Quote(line.sku, line.site) for line in lines]
    asked = _understood(lines, quotes, actor, market)
    if not asked:
        return quotes
    list_ids = set().union(*(plan.list_ids() for plan in market.plans.values()))
    rows = fetch_rows({a.product.id for a in asked}, list_ids, moment, known_at)
    rates = _rates(asked, moment)
    reductions = []
    for one in asked:
        answered = _answer(quotes[one.index], one, rows, rates)
        if answered is not None and answered.facts.kind == "promotion" and answered.row is not None:
            reductions.append(
                ReferenceAsked(
                    one.index,
                    one.product.id,
                    one.site.country,
                    one.plan,
                    one.question,
                    answered.row.valid_from,
                )
            )
    for index, lowest in reference_amounts(reductions, rates, known_at).items():
        quotes[index].reference_amount = lowest
    return quotes


def _understood(
    lines: Sequence[QuoteLine], quotes: list[Quote], actor: Actor, market: _Market
) -> list[_Asked]:
    """The lines whose codes are known; the others get their error."""
    products = product_facts({line.sku for line in lines})
    sites = site_facts(actor)
    channel_ids = channels()
    book = price_list_book()
    asked: list[_Asked] = []
    questions: dict[tuple[Decimal, str, Decimal], Question] = {}
    for index, line in enumerate(lines):
        quote = quotes[index]
        product, site = products.get(line.sku), sites.get(line.site)
        if product is None:
            quote.error_code, quote.error_detail = "unknown_sku", f"There is no product “{line.sku}”."
            continue
        if site is None:
            quote.error_code, quote.error_detail = "unknown_site", f"There is no site “{line.site}”."
            continue
        if line.channel and line.channel not in channel_ids:
            quote.error_code = "unknown_channel"
            quote.error_detail = f"There is no channel “{line.channel}”."
            continue
        channel_id = channel_ids[line.channel][0] if line.channel else site.channel_id
        plan = market.plans.get((site.id, channel_id))
        if plan is None:
            plan = market.plans[site.id, channel_id] = plan_for(book, site.place(channel_id))
        key = (
            line.quantity,
            line.currency or site.currency,
            market.tax.get((site.country, product.tax_class), ZERO),
        )
        question = questions.get(key)
        if question is None:
            question = questions[key] = Question(*key)
        asked.append(_Asked(index, line, product, site, plan, question))
    return asked


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


def _answer(quote: Quote, asked: _Asked, rows: ProductRows, rates: RateBoard) -> Priced | None:
    """Fill in one quote; the price found, or None with the error noted."""
    question, product = asked.question, asked.product
    own = rows.get(product.id)
    try:
        found = resolve(asked.plan, own, question, rates) if own else None
    except RateProblem as problem:
        quote.error_code, quote.error_detail = problem.code, problem.detail
        return None
    if found is None:
        quote.error_code = "no_price"
        quote.error_detail = f"No price list has a price of {product.sku} at {asked.site.code}."
        return None
    amount, net = found.amount, found.net
    quote.currency = question.currency
    quote.amount = amount
    quote.net_amount = net
    quote.tax_amount = amount - net if net is not None else None
    quote.tax_fraction = question.tax_fraction
    quote.price_list = found.facts.code
    quote.steps = found.steps
    if found.row is not None:
        quote.price_change_id, quote.valid_from = found.row.price_change_id, found.row.valid_from
    if product.net_content is not None:
        per_unit = unit_price(amount, product.net_content, product.net_content_unit, question.currency)
        if per_unit is not None:
            quote.unit_price, quote.unit_price_unit = per_unit
    return found


def whole(amount: Decimal, currency: str) -> Decimal:
    """An amount with exactly the digits of its currency."""
    return round_money(amount, currency)
