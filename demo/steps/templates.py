"""Prepared prices: an emergency for the duty officer, and a promotion that comes back with a limit."""

from django.db.backends.utils import CursorWrapper

from accounts.models import User
from demo.steps.prices import BASE, PROMOTION
from pricing.actions.promotion_terms import Terms
from pricing.actions.templates import TemplateDraft, prepare_template

_GOODS = """
SELECT s.sku FROM pricing_price r JOIN pricing_pricelist l ON l.id = r.price_list_id AND l.code = %s
  JOIN catalog_product s ON s.id = r.product_id AND s.status = 'active'
  JOIN catalog_unitcost u ON u.product_id = s.id AND u.amount * 2 < r.amount
 WHERE upper_inf(r.valid) AND upper_inf(r.known) AND r.min_quantity = 1 AND r.amount > 5 ORDER BY s.sku LIMIT 6
"""


def load_templates(people: dict[str, User], cursor: CursorWrapper) -> None:
    """Two, prepared by the price manager."""
    manager = people["manager.price"].as_actor(channel="command")
    cursor.execute(_GOODS, [BASE])
    skus = [sku for (sku,) in cursor.fetchall()]
    if not skus:
        return
    emergency = TemplateDraft(
        "emergency", "Rival undercuts our best sellers", "simulated: answer within the hour", 6,
        [(BASE, sku, "-10%") for sku in skus[:3]],
    )  # fmt: skip
    promotion = TemplateDraft(
        "promotion", "Weekend, an eighth off", "simulated: comes back every month", None,
        [(PROMOTION, sku, "-12.5%") for sku in skus], Terms(per_customer="4"),
    )  # fmt: skip
    for draft in (emergency, promotion):
        prepare_template(actor=manager, draft=draft)
