"""Orders that are still to come, and rules of what each channel is shown of the stock."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from catalog.models import Product, Site
from feeds.actions.channel_stock import save_rule
from feeds.rules.channel_stock_fields import draft_of
from inventory.models import Balance, PurchaseOrder, PurchaseOrderLine

SHOP = "WEB-UK"
AHEAD = 3
#: What the stock manager of the demo laid down; the SKUs of the presale are found in the stock.
RULES = (
    {"buffer_pieces": "1", "reason": "simulated: one piece for the window"},
    {
        "channel": "WEB",
        "buffer_pieces": "2",
        "buffer_fraction": "0.05",
        "reason": "simulated: carts in checkout",
    },
    {
        "category": "Seasonal / Christmas",
        "buffer_fraction": "0.1",
        "reason": "simulated: sells faster than it is told",
    },
    {
        "channel": "MARKET-EU",
        "site": "WH-EU",
        "share_fraction": "0.3",
        "buffer_pieces": "12",
        "minimum": "6",
        "priority": "2",
        "reason": "simulated: the marketplace sells from the warehouse, too",
    },
)


def load_channel_stock(users: dict[str, User], moment: datetime) -> int:
    """Order what has nearly run out, sell half of it before it comes; returns how many rules were made."""
    manager = users["manager.stock"].as_actor(channel="command")
    skus = _ordered(moment)
    until = (moment + timedelta(days=60)).date().isoformat()
    presale = [
        {
            "channel": "WEB",
            "site": SHOP,
            "sku": sku,
            "presale_fraction": "0.5",
            "presale_until": until,
            "cap": "40",
            "reason": "simulated: the next delivery is on its way",
        }
        for sku in skus
    ]
    for asked in (*RULES, *presale):
        draft, _faults = draft_of(asked)
        save_rule(actor=manager, draft=draft)
    return len(RULES) + len(presale)


def _ordered(moment: datetime) -> list[str]:
    """Two orders on their way to the web shop; the SKUs in them."""
    site = Site.objects.get(code=SHOP)
    low = Balance.objects.filter(
        site=site, state="available", owner_id=0, lot="", on_hand__gte=0, product__status="active"
    )
    found = Product.objects.filter(
        pk__in=low.order_by("on_hand", "product__sku").values("product")[: AHEAD * 2]
    ).order_by("sku")
    products = list(found)
    for number, (days, part) in enumerate(((12, products[:AHEAD]), (26, products[AHEAD:]))):
        day = (moment + timedelta(days=days)).date()
        order = PurchaseOrder.objects.create(
            reference=f"PO-WEB-UK-{number + 1}",
            supplier="Supplier, Netherlands",
            site=site,
            currency=site.currency,
            ordered_on=moment.date(),
            expected_on=day,
            state=PurchaseOrder.State.CONFIRMED,
        )
        PurchaseOrderLine.objects.bulk_create(
            PurchaseOrderLine(
                order=order,
                number=line,
                product=product,
                quantity=Decimal(48),
                confirmed_quantity=Decimal(48),
                confirmed_on=day,
            )
            for line, product in enumerate(part, 1)
        )
    return [product.sku for product in products]
