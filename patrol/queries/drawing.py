"""What of a run's clear lines a person looks at again."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from catalog.models import Site
from inventory.queries.rechecks import goods_to_count, on_hand_now, papers_to_hold
from lib.actors import system
from patrol.models import VerificationSample
from pricing.queries.bulk_prices import PriceAsked, bulk_prices

Question = VerificationSample.Question
PAPER_DAYS = timedelta(days=3)
#: How many of each are drawn; a price is tried for so many more, because not everything has one.
COUNTS, PRICES, PAPERS, RECEIPTS = 3, 3, 2, 1
TRIES = 4
ASKER = system("verification")


@dataclass(frozen=True)
class Drawn:
    """One thing to look at again; see `patrol.models.VerificationSample`."""

    check_name: str
    question: str
    is_blind: bool
    title: str
    sku: str = ""
    url: str = ""
    expected: dict[str, Any] = field(default_factory=dict)


def drawn_for(
    site: Site, since: datetime, at: datetime, seed: str, without: Collection[str] = ()
) -> list[Drawn]:
    """Goods to count, prices to read, papers and till receipts to hold, that no check found anything on.

    without: SKUs that differ already. 4 queries and those of the prices.
    """
    goods = goods_to_count(site.pk, since, seed, COUNTS, without)
    found = [
        Drawn(
            "inventory.snapshot",
            Question.COUNT,
            True,
            one.name,
            one.sku,
            f"/stock/products/{one.sku}/",
            {"value": _text(one.on_hand), "product": one.product_id},
        )
        for one in goods
    ]
    if site.kind != Site.Kind.WAREHOUSE:
        found += _prices(site, since, at, seed, without)
    window = (min(since, at - PAPER_DAYS), at)
    papers = papers_to_hold(site.pk, window, seed, PAPERS, ("receipt", "transfer"))
    found += [_paper("feeds.documents", Question.PAPER, one) for one in papers]
    receipts = papers_to_hold(site.pk, window, seed, RECEIPTS, ("sale", "return"))
    return found + [_paper("feeds.sales", Question.RECEIPT, one) for one in receipts]


def _prices(site: Site, since: datetime, at: datetime, seed: str, without: Collection[str]) -> list[Drawn]:
    goods = goods_to_count(site.pk, since, f"price{seed}", PRICES * TRIES, without)
    priced = bulk_prices([PriceAsked(one.product_id, site.code) for one in goods], actor=ASKER, at=at)
    return [
        Drawn(
            "feeds.prices",
            Question.PRICE,
            True,
            one.name,
            one.sku,
            f"/prices/why/?sku={one.sku}&site={site.code}",
            {"value": _text(price.amount), "product": one.product_id, "currency": price.currency},
        )
        for one, price in zip(goods, priced, strict=True)
        if price.amount is not None
    ][:PRICES]


def _paper(check: str, question: str, one: Any) -> Drawn:
    expected = {
        "value": _text(one.quantity),
        "lines": one.lines,
        "kind": one.kind,
        "movement": one.movement_id,
    }
    return Drawn(check, question, False, one.reference, "", f"/stock/movements/{one.movement_id}/", expected)


def book_now(sample: VerificationSample, site: Site, at: datetime) -> Decimal | None:
    """What the books say now to a blind question; None: nothing any more (a product without a price)."""
    product = int(sample.expected.get("product", 0))
    if sample.question == Question.COUNT:
        return on_hand_now(site.pk, product)
    (price,) = bulk_prices([PriceAsked(product, site.code)], actor=ASKER, at=at)
    return price.amount


def _text(figure: Decimal | None) -> str:
    return "" if figure is None else f"{figure.normalize():f}"
