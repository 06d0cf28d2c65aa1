"""Coupons and discounts of the demo that meet on the Friday to come."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from pricing.actions.incentives import create_incentive

#: Where they apply: a category whose dearer-bought goods do not bear all three.
WHERE = {"region": "UK", "category": "Home / Lights and candles"}


def load_incentives(people: dict[str, User], now: datetime) -> None:
    """Four, of which three may meet on one day (of two coupons a customer takes one), and what the maker pays a unit."""
    manager = people["manager.price"].as_actor(channel="command")
    friday = (now + timedelta(days=(4 - now.weekday()) % 7)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    day = {"valid_from": friday.isoformat(), "valid_until": (friday + timedelta(days=1)).isoformat()}
    season = {"valid_from": now.isoformat(), "valid_until": (friday + timedelta(days=30)).isoformat()}
    rows: tuple[dict[str, Any], ...] = (
        {"code": "FRIDAY-15", "name": "Friday coupon 15 %", "kind": "coupon", "fraction": "0.15",
         "stacking_group": "coupon", **day},
        {"code": "WELCOME-5", "name": "Welcome coupon 5", "kind": "coupon", "amount": "5", "currency": "GBP",
         "threshold": "40", "stacking_group": "coupon", **season},
        {"code": "BASKET-60", "name": "10 off 60", "kind": "threshold", "amount": "10", "currency": "GBP",
         "threshold": "60", **day},
        {"code": "STAFF-10", "name": "Staff 10 %", "kind": "member", "fraction": "0.1", "customer_group": "STAFF",
         "supplier_fraction": "0.5", **season},
        {"code": "MAKER-20P", "name": "Maker's support 0.20", "kind": "supplier_subsidy", "amount": "0.20",
         "currency": "GBP", **season},
    )  # fmt: skip
    for row in rows:
        create_incentive(actor=manager, row={**WHERE, **row})
