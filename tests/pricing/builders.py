"""Plain builders for pricing: a small house with literal figures."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from approvals.actions import ensure_default_policies
from catalog.models import (
    Channel,
    ExchangeRate,
    LegalEntity,
    Product,
    Region,
    Scope,
    Site,
    TaxRate,
    UnitCost,
)
from lib.actors import Actor, system
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change, submit_change
from pricing.models import PriceChange, PriceList

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class House:
    """One region GB with a store and a shop, one region EU with a store; a clerk and two managers."""

    clerk: Actor
    manager: Actor
    other_manager: Actor
    london: Site
    web: Site
    berlin: Site
    base: PriceList


def a_user(username: str, role: str) -> User:
    user = User.objects.create_user(username=username, role=role)
    Scope.objects.create(user=user, valid_from=LONG_AGO)
    return user


def a_person(username: str, role: str) -> Actor:
    return a_user(username, role).as_actor(channel="api")


def a_site(code: str, region: Region, **fields: Any) -> Site:
    given = {
        "name": code,
        "kind": "store",
        "country": "GB",
        "timezone": "Europe/London",
        "currency": "GBP",
        "legal_entity": LegalEntity.objects.get_or_create(
            code="LTD", defaults={"name": "Ltd", "country": "GB", "currency": "GBP"}
        )[0],
        **fields,
    }
    return Site.objects.create(code=code, region=region, **given)


def a_house() -> House:
    ensure_default_policies(actor=system("tests"))
    gb = Region.objects.create(code="GB", name="United Kingdom")
    eu = Region.objects.create(code="EU", name="Eurozone")
    market = Channel.objects.create(code="market", name="Market place", commission_fraction="0.10")
    TaxRate.objects.create(
        country="GB", tax_class="standard", rate_fraction="0.20", valid_from=date(2020, 1, 1)
    )
    TaxRate.objects.create(
        country="DE", tax_class="standard", rate_fraction="0.19", valid_from=date(2020, 1, 1)
    )
    return House(
        clerk=a_person("clerk", "price_clerk"),
        manager=a_person("manager", "price_manager"),
        other_manager=a_person("other.manager", "price_manager"),
        london=a_site("LON", gb),
        web=a_site("WEB", gb, kind="online", channel=market),
        berlin=a_site("BER", eu, country="DE", timezone="Europe/Berlin", currency="EUR"),
        base=a_list("BASE"),
    )


def a_list(code: str, **fields: Any) -> PriceList:
    return PriceList.objects.create(
        code=code, **{"name": code.title(), "currency": "GBP", "kind": "base", **fields}
    )


def a_product(sku: str = "A", cost: str | None = "2.00", **fields: Any) -> Product:
    product = Product.objects.create(sku=sku, **{"name": f"Product {sku}", **fields})
    if cost is not None:
        UnitCost.objects.create(product=product, amount=cost, currency="GBP", valid_from=LONG_AGO)
    return product


def a_rate(base: str, quote: str, rate: str, on: date | None = None) -> ExchangeRate:
    return ExchangeRate.objects.create(base=base, quote=quote, rate=rate, on=on or datetime.now(UTC).date())


def a_draft(actor: Actor, *lines: tuple[Any, ...], **fields: Any) -> PriceChange:
    """lines: (list code, sku, amount[, min_quantity])."""
    draft = ChangeDraft(
        **{"title": "Re-pricing", "reason": "supplier", **fields}, lines=[LineDraft(*line) for line in lines]
    )
    return create_change(actor=actor, draft=draft)


def submitted(actor: Actor, *lines: tuple[Any, ...], **fields: Any) -> PriceChange:
    return submit_change(actor=actor, change_id=a_draft(actor, *lines, **fields).pk)


def priced(actor: Actor, *lines: tuple[Any, ...], **fields: Any) -> PriceChange:
    """A change that the policy approves: for prices that a test starts from."""
    change = submitted(actor, *lines, **fields)
    assert change.state == "approved", [f.code for f in change.findings.all()]
    return change


def amount(text: str) -> Decimal:
    return Decimal(text)
