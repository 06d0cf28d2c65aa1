"""The price to pay rehearsed for what a shop asks on a day, and for a change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext_noop

from catalog.access import access_site
from catalog.models import Product, Site
from catalog.queries import tax_rates, unit_costs
from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from pricing.models import PriceChange
from pricing.queries.list_book import price_list_book
from pricing.queries.market import RateBoard, SiteFacts, channels
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from pricing.queries.rehearsal import Rehearsed, Stage, rehearsal_params, rehearse, worst_of
from pricing.queries.world import World
from pricing.queries.zone_facts import facts_by_zone
from pricing.rules.findings import LineFacts
from pricing.rules.resolution import RateProblem

#: So many products of a category are rehearsed at a time, by SKU.
MOST = 5000
NO_DATE = gettext_noop("Give the day as YYYY-MM-DD.")


@dataclass(frozen=True)
class ShopQuestion:
    """A site, a day by its clock, a channel ("" = the site's own) and a category path ("" = all)."""

    site: str
    day: date
    channel: str = ""
    category: str = ""


def rehearse_change(change: PriceChange, now: datetime) -> list[Rehearsed]:
    """Every line that something meets while the change stands, the least earned against cost first."""
    return in_order(one for part in facts_by_zone(change, now) for one in rehearse(part.collected).values())


def rehearse_shop(question: ShopQuestion, actor: Actor) -> list[Rehearsed]:
    """The prices at noon of the day (now, where noon is past), with everything that may meet on that day; the least
    earned against cost first.

    A fixed number of queries; the first `MOST` products of the category. Raises Http404 for a site out of scope.
    """
    site = access_site(actor, question.site)
    begins = datetime.combine(question.day, time(), ZoneInfo(site.timezone)).astimezone(UTC)
    ends = begins + timedelta(days=1)
    products = _products(question.category)
    lines = [QuoteLine(one.sku, site.code, question.channel) for one in products]
    quotes = quote_lines(lines, actor=actor, at=_moment(begins, ends, clock.now()))
    costs = unit_costs({one.pk for one in products}, begins)
    world = _world(site, question, begins, {currency for _amount, currency in costs.values()})
    world.costs = costs
    stage = Stage(world, begins, ends)
    if stage.is_empty:
        return []
    by_code = {facts.code: facts for facts in world.book.values()}
    found = []
    for product, quote in zip(products, quotes, strict=True):
        if quote.amount is None or quote.price_list not in by_code:
            continue
        facts = by_code[quote.price_list]
        line = _line(product, quote, facts.id, world)
        worst = worst_of(line, stage.tills(facts, product.tax_class, product.category_id, product.pk))
        if worst is not None:
            found.append(Rehearsed(line, *worst))
    return in_order(found)


def _moment(begins: datetime, ends: datetime, now: datetime) -> datetime:
    """Noon; on the day itself not before now, so that what was placed this afternoon counts."""
    noon = begins + timedelta(hours=12)
    return max(noon, now) if begins <= now < ends else noon


def in_order(found: Iterable[Rehearsed]) -> list[Rehearsed]:
    """What earns least against its cost first; an unknown cost last."""
    return sorted(found, key=_place)


def _place(one: Rehearsed) -> tuple[bool, float, Fraction, str]:
    """The nearest float first: it is quick to compare, and never contradicts the exact difference after it."""
    spare = one.worst.earned - Fraction(one.line.unit_cost or 0)
    return one.line.unit_cost is None, float(spare), spare, one.line.sku


def _products(category: str) -> Sequence[Product]:
    chosen = Product.objects.exclude(status=Product.Status.ENDED).order_by("sku")
    if category:
        chosen = chosen.filter(Q(category__path=category) | Q(category__path__startswith=f"{category} / "))
    return list(chosen[:MOST])


def _world(site: Site, question: ShopQuestion, at: datetime, currencies: set[str]) -> World:
    """The one site, sold through the channel that was asked for."""
    known = channels()
    channel = known[question.channel][0] if question.channel in known else site.channel_id
    facts = SiteFacts(site.pk, site.code, site.region_id, channel, site.country, site.currency)
    pairs = {(currency, site.currency) for currency in currencies}
    on = at.date()
    return World(
        PriceChange(), at, price_list_book(at), [facts], dict(known.values()), tax_rates(on), {}, RateBoard(pairs, on)
    )  # fmt: skip


def _line(product: Product, quote: Quote, list_id: int, world: World) -> LineFacts:
    """A quote as a line: its amount is gross."""
    line = LineFacts(
        0, product.pk, product.sku, list_id, quote.price_list, quote.currency, Decimal(1), quote.amount
    )  # fmt: skip
    cost = world.costs.get(product.pk)
    if cost is not None:
        try:
            factor = 1 if cost[1] == quote.currency else world.rates(cost[1], quote.currency).rate
            line.unit_cost = cost[0] * factor
        except RateProblem as problem:
            line.rate_problem = (problem.code, problem.detail)
    return line


def rehearsed_row(one: Rehearsed) -> dict[str, Any]:
    """A worst case over REST; money with six digits at most, all of one unit."""
    params = rehearsal_params(one)
    return {
        "sku": one.line.sku,
        "price_list": one.line.price_list,
        "currency": one.line.currency,
        "site": one.till.site,
        "at": one.till.at.isoformat(),
        "gross_amount": params["gross"],
        "to_pay": params["to_pay"],
        "earned": params["net"],
        "unit_cost": params["cost"],
        "is_below_cost": one.is_below_cost,
        "incentives": list(one.worst.taken),
    }


def shop_question(asked: Mapping[str, Any], now: datetime) -> ShopQuestion:
    """The question of a body or an address; the day is today where none is said. Raises Faults 422 `not_a_date`."""
    text = {
        name: str(asked.get(name) or "").replace("\x00", "")[:300]
        for name in ("site", "day", "channel", "category")
    }
    try:
        day = date.fromisoformat(text["day"]) if text["day"] else now.date()
    except ValueError:
        raise refuse("not_a_date", NO_DATE, pointer="/day") from None
    if not 2000 <= day.year <= 2100:
        raise refuse("not_a_date", NO_DATE, pointer="/day")
    return ShopQuestion(text["site"], day, text["channel"], text["category"])
