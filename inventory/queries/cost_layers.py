"""How a pair of site and product is valued now, layer by layer where it lies in layers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.queries.documents import plain

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Layer:
    """What is left of what came in together. movement_id: 0 for stock that was there before layers were kept."""

    movement_id: int
    reference: str
    came_at: datetime
    came: Decimal
    left: Decimal
    value: Decimal

    @property
    def unit_cost(self) -> Decimal:
        return self.value / self.left


@dataclass(frozen=True)
class Valuation:
    """A pair's method, figures and layers, oldest first. standard: the cost in force, or None."""

    method: str
    quantity: Decimal
    value: Decimal
    last_cost: Decimal | None
    standard: Decimal | None
    layers: tuple[Layer, ...]

    @property
    def unit_cost(self) -> Decimal | None:
        return self.value / self.quantity if self.quantity > 0 else self.last_cost


def valuation_of(product_id: int, site_id: int, at: datetime, limit: int = SHOWN) -> Valuation | None:
    """How the pair is valued; None without a balance. 2 queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(c.costing_method, 'average'), b.pair_on_hand, b.pair_value, b.last_cost,"
            " (SELECT n.amount FROM inventory_standardcost n WHERE n.product_id = b.product_id"
            "  AND n.currency = s.currency AND n.valid_from <= %s ORDER BY n.valid_from DESC LIMIT 1)"
            " FROM inventory_balance b JOIN catalog_site s ON s.id = b.site_id"
            " JOIN catalog_product p ON p.id = b.product_id LEFT JOIN catalog_category c ON c.id = p.category_id"
            " WHERE b.product_id = %s AND b.site_id = %s AND b.lot = '' AND b.state = 'available' AND b.owner_id = 0",
            [at, product_id, site_id],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(
            "SELECT CASE WHEN l.line < 0 THEN 0 ELSE l.movement_id END, coalesce(m.reference, ''),"
            " coalesce(m.occurred_at, l.recorded_at), l.quantity, l.remaining, l.value FROM inventory_costlayer l"
            " LEFT JOIN inventory_movement m ON m.id = l.movement_id AND l.line >= 0"
            " WHERE l.product_id = %s AND l.site_id = %s AND l.remaining > 0 ORDER BY l.id LIMIT %s",
            [product_id, site_id, limit],
        )
        layers = tuple(Layer(*layer) for layer in cursor.fetchall())
    method, quantity, value, last_cost, standard = row
    return Valuation(method, quantity, value, last_cost, standard, layers)


def valuation_body(found: Valuation, site: str, sku: str, currency: str) -> dict[str, Any]:
    """A pair's valuation as REST shows it."""
    return {
        "site": site, "sku": sku, "currency": currency, "method": found.method,
        "quantity": plain(found.quantity), "value": plain(found.value),
        "unit_cost": None if found.unit_cost is None else plain(round(found.unit_cost, 6)),
        "standard": None if found.standard is None else plain(found.standard),
        "layers": [
            {
                "movement": layer.movement_id or None, "reference": layer.reference,
                "came_at": layer.came_at.isoformat(), "came": plain(layer.came), "left": plain(layer.left),
                "value": plain(layer.value), "unit_cost": plain(round(layer.unit_cost, 6)),
            }
            for layer in found.layers
        ],
    }  # fmt: skip
