"""Plain builders for stock tests: two sites in pounds, one in euros, products by SKU."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from catalog.models import ExchangeRate, LegalEntity, Product, Region, Site
from inventory.actions.movements import post_movement
from inventory.models import Balance, Movement
from inventory.rules.drafts import LineDraft, MovementDraft
from lib.actors import Actor, system

TESTER = system("test")
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def make_site(code: str = "LON", currency: str = "GBP", region: str = "uk", kind: str = "store") -> Site:
    place, _ = Region.objects.get_or_create(code=region, defaults={"name": region.upper()})
    entity, _ = LegalEntity.objects.get_or_create(
        code=region, defaults={"name": region, "country": "GB", "currency": currency}
    )
    return Site.objects.create(
        code=code, name=code.title(), kind=kind, region=place, country="GB", timezone="Europe/London",
        currency=currency, legal_entity=entity,
    )  # fmt: skip


def make_product(sku: str = "A1", **fields: Any) -> Product:
    return Product.objects.create(sku=sku, name=f"Product {sku}", **fields)


def make_rate(base: str = "GBP", quote: str = "EUR", rate: str = "1.2", days_ago: int = 0) -> ExchangeRate:
    return ExchangeRate.objects.create(
        base=base, quote=quote, rate=Decimal(rate), on=(AT - timedelta(days=days_ago)).date()
    )


def line(sku: str, source: str, target: str, quantity: str, **fields: Any) -> LineDraft:
    for name in ("unit_cost", "unit_price"):
        if isinstance(fields.get(name), str):
            fields[name] = Decimal(fields[name])
    return LineDraft(sku, source, target, Decimal(quantity), **fields)


def draft(kind: str, *lines: LineDraft, at: datetime | None = AT, **fields: Any) -> MovementDraft:
    return MovementDraft(
        reference=fields.pop("reference", f"{kind}-1"), kind=kind, lines=lines, occurred_at=at, **fields
    )


def post(kind: str, *lines: LineDraft, actor: Actor = TESTER, **fields: Any) -> Movement:
    return post_movement(actor=actor, draft=draft(kind, *lines, **fields))


def receive(
    sku: str = "A1", site: str = "LON", quantity: str = "10", cost: str = "2", **fields: Any
) -> Movement:
    lot = fields.pop("lot", "")
    return post("receipt", line(sku, "supplier", site, quantity, unit_cost=cost, lot=lot), **fields)


def held(site: str = "LON", sku: str = "A1", lot: str = "") -> Balance:
    return Balance.objects.get(site__code=site, product__sku=sku, lot=lot)
