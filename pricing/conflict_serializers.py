"""The shapes of price conflicts for the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from catalog.queries.products import plain
from pricing.queries.conflicts import Conflict
from pricing.queries.price_changes import money_text


class ConflictRow(serializers.Serializer):
    kind = serializers.CharField(
        help_text="overlap, stale_base, price_ends, promotion_without_end, promotion_above_price, equal_priority or outside_band."
    )
    outcome = serializers.CharField(
        help_text="first_placed, later_refused, later_covers, next_list (the access sequence goes on), stays, passed_over,"
        " by_chance, below_band or above_band."
    )
    price_list = serializers.CharField()
    sku = serializers.CharField()
    min_quantity = serializers.CharField()
    currency = serializers.CharField()
    valid_from = serializers.DateTimeField(help_text="Where the collision or the gap begins.")
    valid_until = serializers.DateTimeField(allow_null=True)
    amount = serializers.CharField(allow_null=True)
    price_change = serializers.IntegerField()
    other_amount = serializers.CharField(allow_null=True)
    other_price_change = serializers.IntegerField(allow_null=True)


def conflict_row(one: Conflict) -> dict[str, Any]:
    """A conflict as REST gives it."""
    return {
        "kind": one.kind,
        "outcome": one.outcome,
        "price_list": one.price_list,
        "sku": one.sku,
        "min_quantity": plain(one.min_quantity),
        "currency": one.currency,
        "valid_from": one.start.isoformat(),
        "valid_until": one.end.isoformat() if one.end else None,
        "amount": None if one.amount is None else money_text(one.amount, one.currency),
        "price_change": one.change.id,
        "other_amount": None if one.other_amount is None else money_text(one.other_amount, one.currency),
        "other_price_change": one.other.id if one.other else None,
    }
