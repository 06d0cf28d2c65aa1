"""Goods from abroad at customs: one consignment partly held and late, one bonded, one on its way, and import limits."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.models import User
from catalog.models import Product, Site
from inventory.actions.customs import ConsignmentDraft, create_consignment, declare_consignment
from inventory.actions.customs_moving import arrive_consignment, clear_consignment, hold_goods
from inventory.actions.import_limits import LimitDraft, add_import_limit
from inventory.models import Balance
from inventory.rules.customs import DeclaredLine, Part
from lib import clock

SITE, NEEDED = "WH-UK", 6
#: HS codes of giftware: ceramic figures, candles, wooden ornaments, glassware, festive articles, textile bags
CODES = ("691310", "340600", "442019", "701337", "950510", "420222")


def load_customs(users: dict[str, User]) -> int:
    """Declare, take in and hold goods as the stock people of the demo would; returns how many consignments were made."""
    clerk, manager = users["clerk.stock"].as_actor(channel="command"), users["manager.stock"].as_actor()
    site = Site.objects.get(code=SITE)
    today = clock.now().astimezone(ZoneInfo(site.timezone)).date()
    skus = _skus()
    if len(skus) < NEEDED:
        return 0
    for sku, code in zip(skus, CODES, strict=False):
        Product.objects.filter(sku=sku).update(hs_code=code, origin_country="CN")
    year = date(today.year, 1, 1)
    for limit in (
        LimitDraft("GB", "forbidden", "simulated: ivory is banned from trade", year, hs_prefix="960110"),
        LimitDraft(
            "GB", "quantity", "simulated: quota of candles", year, hs_prefix="3406", amount=Decimal(5000),
            period="year",
        ),
        LimitDraft(
            "NL", "value", "simulated: licence of the importer", year, hs_prefix="42", amount=Decimal(250_000),
            currency="EUR", period="month",
        ),
    ):  # fmt: skip
        add_import_limit(actor=manager, draft=limit)

    def made(lines: tuple[DeclaredLine, ...], waybill: str, arrives: int, clears: int, regime: str) -> int:
        days = today + timedelta(days=arrives), today + timedelta(days=clears)
        draft = ConsignmentDraft(
            SITE, "CN", "simulated: sea freight", *days, lines, regime, waybill=waybill, currency="GBP"
        )
        number = create_consignment(actor=clerk, draft=draft).pk
        return declare_consignment(actor=clerk, consignment_id=number).pk

    first = made(_lines(skus[:3], 240), "SIM-7781", -9, -2, "free")
    arrive_consignment(actor=clerk, consignment_id=first)
    held = [Part(skus[1], Decimal(90))]
    hold_goods(actor=clerk, consignment_id=first, parts=held, reason="simulated: test report of wicks")
    clear_consignment(actor=clerk, consignment_id=first, parts=[Part(skus[0], Decimal(240))])
    second = made(_lines(skus[3:5], 600), "SIM-7790", -3, 40, "bonded")
    arrive_consignment(actor=clerk, consignment_id=second)
    made(_lines(skus[5:6], 180), "SIM-7812", 6, 9, "free")
    return 3


def _lines(skus: list[str], units: int) -> tuple[DeclaredLine, ...]:
    return tuple(DeclaredLine(sku, Decimal(units), Decimal(units) * 2) for sku in skus)


def _skus() -> list[str]:
    found = Balance.objects.filter(site__code=SITE, state="available", owner_id=0, lot="", on_hand__gt=0)
    rows = found.filter(product__status="active", product__tracks_lots=False).order_by("product__sku")
    return list(rows.values_list("product__sku", flat=True)[40 : 40 + NEEDED])
