"""Promotions that a change of ordinary prices overtakes: they would lie above the price otherwise asked."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import F

from catalog.models import Site
from catalog.queries import tax_rates
from pricing.models import Price, PriceChange
from pricing.queries.list_book import price_list_book
from pricing.queries.market import RateBoard, SiteFacts, fetch_rows
from pricing.queries.world import ZERO, sites_of, with_parents
from pricing.rules.findings import NOTE, Found
from pricing.rules.overrides import laid_over
from pricing.rules.resolution import (
    ONE,
    Book,
    ListFacts,
    Plan,
    Question,
    RateProblem,
    Rates,
    Rows,
    plan_for,
    resolve,
)

Places = list[tuple[SiteFacts, Plan]]
#: Product → (list, minimum quantity, amount) of the change; product → SKU and tax class.
Lines = dict[int, list[tuple[int, Decimal, Decimal | None]]]
Words = dict[int, tuple[str, str]]


def promotion_places(facts: ListFacts, book: Book, sites: Sequence[SiteFacts]) -> Places:
    """One site for each country and sequence of ordinary lists in a promotion's scope, with only that promotion."""
    found: dict[tuple[tuple[int, ...], str], tuple[SiteFacts, Plan]] = {}
    for site in sites_of(facts, sites):
        place = site.place(facts.channel_id or site.channel_id, facts.customer_group_id)
        regulars = plan_for(book, place).regulars
        key = (tuple(one.id for one in regulars), site.country)
        found.setdefault(key, (site, Plan(book, (facts,), regulars)))
    return list(found.values())


def asked_instead(plan: Plan, rows: Rows, question: Question, rates: Rates) -> Decimal | None:
    """The price that is asked because the plan's promotion lies above it; None where it does not."""
    try:
        answer = resolve(plan, rows, question, rates)
    except RateProblem:
        return None
    return answer.amount if answer is not None and answer.steps[-1].rule == "passed_over" else None


def overtaken_findings(change: PriceChange, now: datetime) -> list[Found]:
    """A note on the whole change: how many running promotions its prices would undercut. ≤ 8 queries.

    Only lines that lower a price can; their old amounts must have been stored.
    """
    moment = max(now, change.effective_from) if change.effective_from else now
    book = price_list_book(moment)
    promotions = [one for one in book.values() if one.kind == "promotion" and not one.exclusive]
    touched = set(change.lines.values_list("price_list_id", flat=True).distinct())
    ordinary = {pk for pk in touched if book[pk].kind != "promotion"}
    wanted = with_parents(book, {one.id for one in promotions})
    if not promotions or not ordinary:
        return []
    promoted = Price.objects.filter(price_list__in=wanted, valid__contains=moment, known__upper_inf=True)
    lines: Lines = {}
    asked = change.lines.filter(product_id__in=promoted.values("product_id"), amount__lt=F("old_amount"))
    skus: Words = {}
    for product_id, sku, tax_class, list_id, minimum, amount in asked.values_list(
        "product_id", "product__sku", "product__tax_class", "price_list_id", "min_quantity", "amount"
    ):
        skus[product_id] = (sku, tax_class)
        lines.setdefault(product_id, []).append((list_id, minimum, amount))
    if not lines:
        return []
    found = sorted(_overtaken(book, promotions, (lines, skus), moment))
    if not found:
        return []
    params = {
        "count": len(found),
        "lists": ", ".join(sorted({code for code, _sku in found})),
        "sku": found[0][1],
    }
    return [Found("promotion_overtaken", NOTE, params)]


def _overtaken(
    book: Book, promotions: Sequence[ListFacts], asked: tuple[Lines, Words], moment: datetime
) -> Iterator[tuple[str, str]]:
    """(promotion, SKU) where the promotion applies before the change and is passed over after it."""
    lines, skus = asked
    fields = ("id", "code", "region_id", "channel_id", "country", "currency")
    sites = [SiteFacts(*row) for row in Site.objects.order_by("code").values_list(*fields)]
    on = moment.astimezone(UTC).date()
    taxes = tax_rates(on)
    currencies = {facts.currency for facts in book.values()} | {site.currency for site in sites}
    rates = RateBoard({(a, b) for a in currencies for b in currencies}, on)
    places = {facts.id: promotion_places(facts, book, sites) for facts in promotions}
    wanted = set().union(*(plan.list_ids() for found in places.values() for _site, plan in found))
    before = fetch_rows(lines, wanted, moment)
    for product_id, asked_lines in lines.items():
        sku, tax_class = skus[product_id]
        was = before.get(product_id, {})
        after = laid_over(was, asked_lines)
        for facts in promotions:
            for site, plan in places[facts.id]:
                question = Question(ONE, site.currency, taxes.get((site.country, tax_class), ZERO))
                over = asked_instead(plan, after, question, rates)
                if over is not None and asked_instead(plan, was, question, rates) is None:
                    yield facts.code, sku
                    break
