"""What suppliers demand or recommend of our prices, as it was written."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from pricing.models import SupplierLimit
from pricing.queries.price_changes import money_text

#: product id, kind, currency, the day from which it counts
Asked = tuple[int, str, str, date]


def supplier_limits(sku: str = "", kind: str = "") -> QuerySet[SupplierLimit]:
    """Every row with its product, newest first; of one SKU and kind where they are given."""
    found = SupplierLimit.objects.select_related("product").order_by("-id")
    if sku:
        found = found.filter(product__sku=sku)
    return found.filter(kind=kind) if kind else found


def limits_on(asked: Collection[Asked]) -> dict[Asked, tuple[Decimal | None, str]]:
    """(amount, source) written last for each (product, kind, currency, day) asked for; 1 query."""
    rows = (
        SupplierLimit.objects.filter(product_id__in={one[0] for one in asked})
        .order_by("product_id", "kind", "currency", "valid_from", "-id")
        .distinct("product_id", "kind", "currency", "valid_from")
    )
    return {
        (one.product_id, one.kind, one.currency, one.valid_from): (one.amount, one.source) for one in rows
    }


def supplier_limit_row(one: SupplierLimit) -> dict[str, Any]:
    """A row with the fields it is written with."""
    return {
        "sku": one.product.sku,
        "kind": one.kind,
        "currency": one.currency,
        "amount": money_text(one.amount, one.currency),
        "valid_from": one.valid_from.isoformat(),
        "source": one.source,
        "created_at": one.created_at.isoformat(),
        "created_by": one.created_by_name,
    }
