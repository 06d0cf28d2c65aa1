"""What the why page shows; its question comes whole from the address."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from catalog.models import Product, Site
from catalog.rules.fields import Wrong
from lib import clock
from lib.actors import Actor
from lib.money import minor_unit, round_money
from pricing.models import PriceList
from pricing.queries.grid import margin_book
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from pricing.queries.timelines import quote_timeline
from pricing.queries.why import (
    changes_by_id,
    channels_to_choose,
    event_of,
    groups_to_choose,
    lists_by_code,
    moments_of,
    product_of,
    sites_to_choose,
    sold_in_days,
    tiers_of,
    units_to_choose,
)
from pricing.rules.amounts import read_quantity
from pricing.views.why_steps import step_rows
from web import figures

ELSEWHERE = 8
SPANS = {"half": timedelta(days=183), "two": timedelta(days=730)}


class WhyQuestion:
    """Product, site, channel, pieces, instant and what was known when; faults are kept, not raised."""

    def __init__(self, asked: Any, actor: Actor) -> None:
        self.actor = actor
        self.now = clock.now()
        self.faults: list[str] = []
        self.sku = asked.get("sku", "").strip()[:64]
        self.channel = asked.get("channel", "")[:32]
        self.customer_group = asked.get("customer_group", "")[:32]
        self.unit = asked.get("unit", "")[:32]
        self.at = self._instant(asked.get("at", ""))
        self.known_at = self._instant(asked.get("known_at", ""))
        self.quantity = self._quantity(asked.get("quantity", "") or "1")
        self._site_code = asked.get("site", "")[:32]
        self._list_code = asked.get("price_list", "")[:32]

    def _instant(self, raw: str) -> datetime | None:
        if not raw:
            return None
        try:
            at = datetime.fromisoformat(raw[:40])
        except ValueError:
            self.faults.append(_("“%(raw)s” is not a time.") % {"raw": raw[:40]})
            return None
        at = at if timezone.is_aware(at) else timezone.make_aware(at)
        return at if 1970 < at.year < 9000 else None

    def _quantity(self, raw: str) -> Decimal:
        try:
            return read_quantity(raw)
        except Wrong:
            self.faults.append(_("“%(raw)s” is not a number of pieces.") % {"raw": raw[:20]})
            return Decimal(1)

    @property
    def moment(self) -> datetime:
        return self.at or self.now

    @cached_property
    def product(self) -> Product | None:
        return product_of(self.sku) if self.sku else None

    @cached_property
    def units(self) -> dict[str, Decimal]:
        """The packs it may be asked in, with the base units in each."""
        return units_to_choose(self.product) if self.product else {}

    @cached_property
    def sites(self) -> list[Site]:
        return sites_to_choose(self.actor)

    @cached_property
    def site(self) -> Site | None:
        """The site asked for, else one where the list asked for sells, else the first."""
        for site in self.sites:
            if site.code == self._site_code:
                return site
        wanted = lists_by_code().get(self._list_code) if self._list_code else None
        fitting = [site for site in self.sites if wanted and _sells(wanted, site)]
        if fitting:
            return fitting[0]
        home = next((one.currency for one in lists_by_code().values() if one.kind == "base"), "")
        at_home = [site for site in self.sites if site.currency == home]
        return next(iter(at_home or self.sites), None)

    def line(self, site: Site, channel: str = "") -> QuoteLine:
        return QuoteLine(
            self.sku, site.code, channel, self.quantity, unit=self.unit, customer_group=self.customer_group
        )

    def quotes(self) -> list[Quote]:
        """The quote first, then those of the other sites. A fixed number of queries."""
        if self.site is None:
            return []
        others = [site for site in self.sites if site.pk != self.site.pk]
        lines = [self.line(self.site, self.channel), *[self.line(site) for site in others]]
        return quote_lines(lines, actor=self.actor, at=self.at, known_at=self.known_at)


def _sells(wanted: PriceList, site: Site) -> bool:
    """True if `wanted` is meant for `site`; a list for everywhere is, where its currency is spoken."""
    bound = wanted.region_id or wanted.site_id
    here = wanted.site_id in (None, site.pk) and wanted.region_id in (None, site.region_id)
    return here and (bool(bound) or wanted.currency == site.currency)


def why_context(asked: WhyQuestion) -> dict[str, Any]:
    """Everything templates/pricing/why.html reads."""
    context: dict[str, Any] = {
        "asked": asked,
        "product": asked.product,
        "site": asked.site,
        "sites": asked.sites,
        "channels": channels_to_choose(),
        "groups": groups_to_choose(),
        "units": asked.units,
        "at_value": _field_value(asked.moment) if asked.at else "",
        "known_value": _field_value(asked.known_at) if asked.known_at else "",
    }
    if asked.product is None or asked.site is None:
        return context
    quote, *others = asked.quotes()
    back, forth = _neighbours(asked)
    context |= {"quote": quote, "back_at": back, "forth_at": forth, "elsewhere": _elsewhere(asked, others)}
    context["chart_url"] = _chart_url(asked)
    if not quote.error_code:
        lists = lists_by_code()
        ids = {step.price_change_id for step in quote.steps if step.price_change_id}
        context["steps"] = step_rows(quote, lists, changes_by_id(ids))
        context["price_list"] = lists.get(quote.price_list)
        context["facts"] = _facts(asked, quote)
        context["otherwise"] = _otherwise(quote)
        if asked.actor.may("audit.view"):
            context["event_id"] = event_of(asked.product.pk, _own_list(quote), asked.moment)
    return context


def _own_list(quote: Quote) -> str:
    """The list whose row stands behind the price: the last step that a change made."""
    return next((step.price_list for step in reversed(quote.steps) if step.price_change_id), quote.price_list)


def _field_value(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def _otherwise(quote: Quote) -> Decimal | None:
    """What it would cost without the promotion, where one applies."""
    before = [step.amount_to for step in quote.steps if step.price_list != quote.price_list]
    last = before[-1] if before else None
    return last if last is not None and quote.amount is not None and last > quote.amount else None


def _facts(asked: WhyQuestion, quote: Quote) -> dict[str, Any]:
    """Net, cost, margin, tiers and sales at this price."""
    product, site = asked.product, asked.site
    assert product is not None and site is not None
    facts: dict[str, Any] = {
        "tax_percent": (quote.tax_fraction or Decimal(0)) * 100,
        "tiers": [pair for pair in tiers_of(product.pk, quote.price_list, asked.moment) if pair[0] > 1],
        "sold": sold_in_days(product.pk, site.pk, asked.moment),
    }
    if asked.actor.may("costs.view"):
        book, units = margin_book([product.pk], asked.moment), asked.units.get(asked.unit, Decimal(1))
        cost = book.cost_in(product.pk, quote.currency)
        facts["cost"] = None if cost is None else round_money(cost * units, quote.currency)
        if quote.net_amount and quote.price_list:
            left = book.left_at(product.pk, quote.price_list, site.code, quote.net_amount / units)
            if left is not None and left.margin_fraction is not None:
                facts["earned"] = left.margin_fraction * quote.net_amount
                facts["margin_percent"] = left.margin_fraction * 100
    return facts


def _elsewhere(asked: WhyQuestion, quotes: list[Quote]) -> list[dict[str, Any]]:
    names = {site.code: site.name for site in asked.sites}
    lists = lists_by_code()
    return [
        {"site": quote.site, "name": names[quote.site], "quote": quote, "list": lists.get(quote.price_list)}
        for quote in quotes[:ELSEWHERE]
    ]


def _neighbours(asked: WhyQuestion) -> tuple[str, str]:
    """The instants of the change before and after the asked one, for ← and →."""
    assert asked.product is not None
    far = timedelta(days=3650)
    moments = moments_of(asked.product.pk, asked.moment - far, asked.moment + far)
    now_at = max((m for m in moments if m <= asked.moment), default=None)
    before = [m for m in moments if now_at and m < now_at]
    after = [m for m in moments if m > asked.moment]
    return (before[-1].isoformat() if before else "", after[0].isoformat() if after else "")


def _chart_url(asked: WhyQuestion) -> str:
    assert asked.site is not None
    query = {"sku": asked.sku, "site": asked.site.code, "quantity": f"{asked.quantity:f}"}
    query |= {"channel": asked.channel} if asked.channel else {}
    query |= {"customer_group": asked.customer_group} if asked.customer_group else {}
    query |= {"at": asked.at.isoformat()} if asked.at else {}
    query |= {"known_at": asked.known_at.isoformat()} if asked.known_at else {}
    return f"{reverse('why-price-timeline')}?{urlencode(query)}"


def timeline_json(asked: WhyQuestion, span: str) -> dict[str, Any]:
    """Points of the step chart: price, lowest of the 30 days before, promotions."""
    if asked.product is None or asked.site is None:
        return {"points": []}
    back = SPANS.get(span, SPANS["half"])
    until = max(asked.moment, asked.now)
    points = quote_timeline(
        asked.line(asked.site, asked.channel),
        actor=asked.actor,
        since=min(asked.moment, asked.now) - back,
        until=until + timedelta(days=30),
        known_at=asked.known_at,
    )
    references = {
        pk: one.reference
        for pk, one in changes_by_id({p.price_change_id for p in points if p.price_change_id}).items()
    }
    names = lists_by_code()
    return {
        "symbol": figures.SYMBOLS.get(asked.site.currency, asked.site.currency + " "),
        "places": minor_unit(asked.site.currency),
        "now": asked.moment.isoformat(),
        "words": {
            "price": _("Price"),
            "lowest": _("Lowest of the 30 days before"),
            "label": _("Price over time"),
            "none": _("No price in this time."),
        },
        "points": [
            {
                "start": point.start.isoformat(),
                "end": point.end.isoformat() if point.end else None,
                "amount": None if point.amount is None else f"{point.amount:f}",
                "list": names[point.price_list].name if point.price_list in names else point.price_list,
                "is_promotion": point.is_promotion,
                "lowest": None if point.lowest_30_days is None else f"{point.lowest_30_days:f}",
                "change": references.get(point.price_change_id or 0, ""),
                "url": reverse("price-change", args=[point.price_change_id]) if point.price_change_id else "",
            }
            for point in points
        ],
    }
