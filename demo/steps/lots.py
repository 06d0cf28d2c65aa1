"""Food with lots: some fresh, some nearly over, one past its day, one that came too late in its life, one recalled."""

from datetime import timedelta
from decimal import Decimal

from accounts.models import User
from accounts.queries import user_by_name
from catalog.actions import upsert_products
from inventory.actions.barcode_rules import add_barcode_rule
from inventory.actions.lot_edits import LotRules, set_lot_rules
from inventory.actions.movements import post_movement
from inventory.actions.recalls import ask_release, decide_release, start_recall
from inventory.rules.drafts import LineDraft, MovementDraft
from lib import clock
from lib.actors import Actor, system
from lib.barcodes import check_digit

CATEGORY = "Food and drink / Tea and sweets"
#: SKU, name, unit, shelf life in days, cost, price
FOOD = (
    ("FOOD-TEA", "EARL GREY TEA, TIN 125 G", "pcs", 540, "2.40", "5.95"),
    ("FOOD-JAM", "STRAWBERRY JAM, 340 G", "pcs", 365, "1.35", "3.45"),
    ("FOOD-SHORT", "BUTTER SHORTBREAD, 400 G", "pcs", 120, "1.80", "4.25"),
    ("FOOD-FUDGE", "VANILLA FUDGE, 200 G", "pcs", 90, "1.10", "2.95"),
    ("FOOD-CHEDDAR", "CHEDDAR, CUT TO ORDER", "kg", 60, "7.20", "14.90"),
)
#: SKU, site, lot, pieces, came so many days ago, expires in so many days
LOTS = (
    ("FOOD-TEA", "WH-UK", "T2610", 240, 40, 470),
    ("FOOD-TEA", "LON-1", "T2604", 24, 90, 260),
    ("FOOD-JAM", "WH-UK", "J118", 180, 30, 310),
    ("FOOD-JAM", "LON-1", "J102", 18, 200, 41),
    ("FOOD-JAM", "MAN-1", "J102", 12, 200, 41),
    ("FOOD-SHORT", "WH-UK", "S771", 150, 20, 96),
    ("FOOD-SHORT", "LON-1", "S733", 20, 80, 5),
    ("FOOD-SHORT", "LON-1", "S771", 30, 10, 96),
    ("FOOD-SHORT", "MAN-1", "S733", 16, 80, 5),
    ("FOOD-SHORT", "BHM-1", "S719", 9, 100, -3),
    ("FOOD-FUDGE", "WH-UK", "F0915", 90, 25, 60),
    ("FOOD-FUDGE", "LON-1", "F0915", 24, 20, 60),
    ("FOOD-FUDGE", "LON-1", "F0820", 10, 60, 2),
    ("FOOD-FUDGE", "EDI-1", "F0915", 12, 20, 60),
    ("FOOD-CHEDDAR", "LON-1", "C3381", 12, 10, 22),
    ("FOOD-CHEDDAR", "WH-UK", "C3402", 60, 3, 8),
)
SOLD = (
    ("FOOD-SHORT", "LON-1", 6),
    ("FOOD-FUDGE", "LON-1", 13),
    ("FOOD-JAM", "MAN-1", 3),
    ("FOOD-FUDGE", "EDI-1", 2),
)


def load_lots(users: dict[str, User]) -> int:
    """Products, lots at warehouse and stores, sales without lots, two recalls; how many lots came."""
    loader = system("load_demo")
    manager = users["manager.stock"].as_actor(channel="command")
    _products(loader, manager)
    prices = {sku: price for sku, _name, _unit, _life, _cost, price in FOOD}
    costs = {sku: Decimal(cost) for sku, _name, _unit, _life, cost, _price in FOOD}
    for number, (sku, site, lot, pieces, ago, left) in enumerate(LOTS):
        line = LineDraft(
            sku, "supplier", site, Decimal(pieces), lot, costs[sku],
            expires_on=clock.now().date() + timedelta(days=left),
        )  # fmt: skip
        came_at = clock.now() - timedelta(days=ago)
        draft = MovementDraft(f"GR-{72000 + number}", "receipt", (line,), came_at, source="demo")
        post_movement(actor=loader, draft=draft)
    for number, (sku, site, pieces) in enumerate(SOLD):
        line = LineDraft(sku, site, "customer", Decimal(pieces), unit_price=Decimal(prices[sku]))
        post_movement(
            actor=loader, draft=MovementDraft(f"TILL-{88100 + number}", "sale", (line,), source="demo")
        )
    _recalls(users, manager)
    return len(LOTS)


def _products(loader: Actor, manager: Actor) -> None:
    item = "230003300000"
    rows = [
        {
            "sku": sku,
            "name": name,
            "category": CATEGORY,
            "unit": unit,
            **({"barcode": f"{item}{check_digit(item)}"} if unit == "kg" else {}),
        }
        for sku, name, unit, _life, _cost, _price in FOOD
    ]
    upsert_products(actor=loader, rows=rows, reason="simulated: food")
    for sku, _name, _unit, life, _cost, _price in FOOD:
        rules = LotRules(True, life, Decimal("0.5") if life < 100 else None, Decimal("0.02"))
        set_lot_rules(actor=manager, sku=sku, rules=rules)
    for pattern, measure, decimals in (("23IIIIIMMMMMC", "weight", 3), ("20IIIIIVMMMMC", "price", 2)):
        add_barcode_rule(
            actor=manager, country="GB", pattern=pattern, measure=measure, decimals=decimals,
            source="simulated: scales of the house",
        )  # fmt: skip


def _recalls(users: dict[str, User], manager: Actor) -> None:
    duty = users["duty"].as_actor(channel="command")
    admin = user_by_name("admin")
    over = start_recall(actor=duty, sku="FOOD-JAM", lot="J102", reason="simulated: label without allergens")
    ask_release(actor=manager, recall_id=over.pk, reason="simulated: labels were put right")
    if admin is not None:
        decide_release(actor=admin.as_actor(channel="command"), recall_id=over.pk, approve=True)
    start_recall(
        actor=duty, sku="FOOD-FUDGE", lot="F0915", reason="simulated: supplier's notice, glass splinters"
    )
