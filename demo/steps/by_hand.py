"""What people of the demo wrote by hand: a rate that waits for a second person, a supplier's recommended price."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from approvals.actions.rates import ask_for_rate
from catalog.models import ExchangeRate
from demo.steps.present import NOTE
from demo.steps.prices import BASE
from lib.money import round_money
from pricing.actions.supplier_limits import save_supplier_limits
from pricing.models import Price

PAIR = ("EUR", "CNY")


def load_by_hand(people: dict[str, User], now: datetime) -> None:
    """A rate three per mille off the newest one, and a tenth above the base price as the supplier recommends it."""
    finance, manager = (people[name].as_actor(channel="command") for name in ("finance", "manager.price"))
    base, quote = PAIR
    newest = ExchangeRate.objects.filter(base=base, quote=quote, on__lte=now.date()).order_by("-on").first()
    if newest is not None:
        rate = round(newest.rate * Decimal("1.003"), 4)
        row = {"base": base, "quote": quote, "rate": str(rate), "on": now.date().isoformat()}
        ask_for_rate(actor=finance, row=row, reason=f"{NOTE}: the rate of the forward contract")
    priced = (
        Price.objects.filter(price_list__code=BASE, min_quantity=1, amount__gte=3, known__endswith=None)
        .filter(valid__endswith=None, product__status="active")
        .order_by("product__sku")
        .values_list("product__sku", "amount", "currency")
        .first()
    )
    if priced is not None:
        sku, amount, currency = priced
        limit = {
            "sku": sku,
            "kind": "msrp",
            "currency": currency,
            "amount": str(round_money(amount * 11 / 10, currency)),
            "valid_from": (now - timedelta(days=60)).date().isoformat(),
            "source": f"{NOTE}: the supplier's price list of the autumn",
        }
        save_supplier_limits(actor=manager, rows=[limit])
