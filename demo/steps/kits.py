"""A bundle that is sold by its components, a hamper that is assembled, packs of what comes in boxes, and one taken apart."""

from datetime import timedelta
from decimal import Decimal

from accounts.models import User
from catalog.actions import upsert_products
from catalog.actions.bills import BillDraft
from catalog.models import Pack, Product
from inventory.actions.kits import set_bill
from inventory.actions.movements import post_movement
from inventory.actions.production import post_production
from inventory.models import Balance
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.production import Part, ProductionDraft
from lib import clock
from lib.actors import Actor, system

SITE = "WH-UK"
STORE = "LON-1"
PARTS = 6
BOXED = 40
MOST = Decimal(60)
BUNDLE, KIT, NESTED = "SET-TEA-2", "HAMPER-1", "SET-TEA-4"
SINCE = timedelta(days=60)


def load_kits(users: dict[str, User]) -> int:
    """Bills, packs and a few movements as the stock people of the demo would make them; how many bills there are."""
    parts = _stocked_in_both()
    if len(parts) < PARTS:
        return 0
    _products()
    manager = users["manager.stock"].as_actor(channel="command")
    since = clock.now() - SINCE
    bills = (
        (BUNDLE, "bundle", ((parts[0], 2), (parts[1], 1))),
        (KIT, "kit", ((parts[2], 1), (parts[3], 2), (parts[4], 1), (parts[5], 1))),
        (NESTED, "bundle", ((BUNDLE, 2), (parts[2], 1))),
    )
    for sku, kind, lines in bills:
        wanted = [(part, Decimal(quantity)) for part, quantity in lines]
        set_bill(actor=manager, draft=BillDraft(sku, kind, since, wanted, "simulated: autumn range"))
    _packs(parts)
    _produce(users["clerk.stock"].as_actor(channel="command"))
    _sell(system("load_demo"), parts)
    return len(bills)


def _stocked_in_both() -> list[str]:
    """Products with plenty of stock in the warehouse and in a store, in the order of their SKU."""
    plenty = Balance.objects.filter(
        lot="", state="available", owner_id=0, on_hand__gt=MOST, product__status="active"
    )
    in_store = Balance.objects.filter(site__code=STORE, lot="", state="available", owner_id=0, on_hand__gt=4)
    return list(
        plenty.filter(site__code=SITE, product_id__in=in_store.values("product_id"))
        .order_by("-on_hand", "product__sku")
        .values_list("product__sku", flat=True)[:PARTS]
    )


def _products() -> None:
    rows = [
        {"sku": BUNDLE, "name": "TEA TIME SET FOR TWO", "category": "Sets", "unit": "pcs"},
        {"sku": NESTED, "name": "TEA TIME SET FOR FOUR", "category": "Sets", "unit": "pcs"},
        {"sku": KIT, "name": "GIFT HAMPER, PACKED", "category": "Sets", "unit": "pcs"},
    ]
    upsert_products(actor=system("load_demo"), rows=rows, reason="simulated: sets")


def _packs(parts: list[str]) -> None:
    """Boxes of 12 for the parts and for a row of other products."""
    others = Product.objects.filter(unit="pcs", status="active").exclude(packs__unit="box").order_by("sku")
    boxed = [
        *Product.objects.filter(sku__in=parts).exclude(packs__unit="box"),
        *others.exclude(sku__in=parts)[:BOXED],
    ]
    Pack.objects.bulk_create(Pack(product=product, unit="box", factor=Decimal(12)) for product in boxed)


def _produce(clerk: Actor) -> None:
    hampers = ProductionDraft(
        "PROD-1041",
        SITE,
        (),
        (Part(KIT, Decimal(20)),),
        Decimal("15.00"),
        reason="simulated: packed for Christmas",
    )
    post_production(actor=clerk, draft=hampers)
    apart = ProductionDraft(
        "PROD-1042", SITE, (Part(KIT, Decimal(2)),), (), reason="simulated: taken apart again"
    )
    post_production(actor=clerk, draft=apart)


def _sell(till: Actor, parts: list[str]) -> None:
    lines = (LineDraft(BUNDLE, STORE, "customer", Decimal(1), unit_price=Decimal("12.95")),)
    post_movement(actor=till, draft=MovementDraft("TILL-90417", "sale", lines))
    boxes = (LineDraft(parts[0], "supplier", SITE, Decimal(4), unit="box", unit_cost=Decimal("1.10")),)
    post_movement(actor=till, draft=MovementDraft("GR-90418", "receipt", boxes))
