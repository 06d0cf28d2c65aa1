"""The shapes of values over REST, for the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from catalog.models import Category
from inventory.models import LandedCharge, LandedCost, ValuationState
from inventory.queries.ageing import BUCKET_NAMES

_MONEY: dict[str, Any] = {"max_digits": 38, "decimal_places": 6}
_COST: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}


class RevaluationRow(serializers.Serializer):
    site = serializers.CharField(max_length=64)
    sku = serializers.CharField(max_length=64)
    amount = serializers.DecimalField(
        **_MONEY, required=False, help_text="More, or below zero less, for what is on hand."
    )
    unit_cost = serializers.DecimalField(
        **_COST, required=False, help_text="Instead: the new cost of one unit."
    )


class RevaluationBody(serializers.Serializer):
    reference = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=500)
    lines = RevaluationRow(many=True)


class PostedRevaluationRow(RevaluationRow):
    posted = serializers.DecimalField(
        **_MONEY, required=False, help_text="What it came to, in the site's currency."
    )


class _Head(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=ValuationState.choices)
    reason = serializers.CharField()
    currency = serializers.CharField()
    total = serializers.DecimalField(**_MONEY)
    made_at = serializers.DateTimeField()
    movement = serializers.IntegerField(allow_null=True)
    reversal = serializers.IntegerField(allow_null=True)


class RevaluationAnswer(_Head):
    lines = PostedRevaluationRow(many=True)


class ChargeRow(serializers.Serializer):
    kind = serializers.ChoiceField(choices=LandedCharge.Kind.choices)
    amount = serializers.DecimalField(**_COST)
    currency = serializers.CharField(max_length=3)
    note = serializers.CharField(max_length=200, required=False)


class LandedOnRow(serializers.Serializer):
    receipt = serializers.IntegerField(help_text="The number of a posted receipt.")
    line = serializers.IntegerField(required=False, help_text="Its line, from 0; without one all its lines.")
    weight = serializers.DecimalField(
        **_COST, required=False, help_text="Kilograms of the line, where the product does not tell them."
    )


class LandedCostBody(serializers.Serializer):
    reference = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=500)
    basis = serializers.ChoiceField(choices=LandedCost.Basis.choices)
    charges = ChargeRow(many=True)
    lines = LandedOnRow(many=True)


class ConvertedChargeRow(ChargeRow):
    converted = serializers.DecimalField(**_MONEY)


class LandedRow(serializers.Serializer):
    receipt = serializers.IntegerField()
    line = serializers.IntegerField()
    site = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.DecimalField(**_MONEY)
    share = serializers.DecimalField(**_MONEY)
    to_stock = serializers.DecimalField(**_MONEY, required=False)
    to_variance = serializers.DecimalField(**_MONEY, required=False)


class LandedCostAnswer(_Head):
    basis = serializers.ChoiceField(choices=LandedCost.Basis.choices)
    charges = ConvertedChargeRow(many=True)
    lines = LandedRow(many=True)


class SpreadAnswer(serializers.Serializer):
    currency = serializers.CharField()
    total = serializers.DecimalField(**_MONEY)
    lines = LandedRow(many=True)


class StandardCostRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    currency = serializers.CharField(max_length=3)
    amount = serializers.DecimalField(**_COST)
    valid_from = serializers.DateTimeField(required=False, help_text="By default now; never in the past.")


class StandardCostBody(serializers.Serializer):
    reason = serializers.CharField(max_length=500)
    rows = StandardCostRow(many=True)


class StandardCostAnswer(StandardCostRow):
    id = serializers.IntegerField()
    reason = serializers.CharField()


class SetAnswer(serializers.Serializer):
    set = serializers.IntegerField()


class CostingMethodBody(serializers.Serializer):
    category = serializers.CharField(max_length=300, help_text="Its path, as A / B / C.")
    method = serializers.ChoiceField(
        choices=Category.Costing.choices, allow_blank=True, help_text="Empty: the parent's."
    )
    reason = serializers.CharField(max_length=500)
    revalue = serializers.BooleanField(
        required=False, help_text="Take over what is on hand at this moment; without it stock refuses."
    )


class CostingMethodAnswer(serializers.Serializer):
    category = serializers.CharField()
    method = serializers.ChoiceField(choices=Category.Costing.choices)
    own = serializers.BooleanField()


class _Ages(serializers.Serializer):
    def get_fields(self) -> dict[str, serializers.Field]:
        return {name: serializers.DecimalField(max_digits=38, decimal_places=6) for name in BUCKET_NAMES}


class StockValueRow(serializers.Serializer):
    name = serializers.CharField()
    currency = serializers.CharField()
    pairs = serializers.IntegerField(help_text="Pairs of site and product.")
    quantity = serializers.DecimalField(**_MONEY)
    value = serializers.DecimalField(**_MONEY)
    age_values = _Ages(help_text="The value by days since the goods came.")
    age_quantities = _Ages()

    def get_fields(self) -> dict[str, serializers.Field]:
        keys = {
            name: serializers.CharField(required=False) for name in ("site", "category", "owner", "product")
        }
        return {**keys, **super().get_fields()}


class CostLayerRow(serializers.Serializer):
    movement = serializers.IntegerField(allow_null=True, help_text="Null: there before layers were kept.")
    reference = serializers.CharField()
    came_at = serializers.DateTimeField()
    came = serializers.DecimalField(**_MONEY)
    left = serializers.DecimalField(**_MONEY)
    value = serializers.DecimalField(**_MONEY)
    unit_cost = serializers.DecimalField(**_MONEY)


class PairValueAnswer(serializers.Serializer):
    site = serializers.CharField()
    sku = serializers.CharField()
    currency = serializers.CharField()
    method = serializers.ChoiceField(choices=Category.Costing.choices)
    quantity = serializers.DecimalField(**_MONEY)
    value = serializers.DecimalField(**_MONEY)
    unit_cost = serializers.DecimalField(**_MONEY, allow_null=True)
    standard = serializers.DecimalField(**_MONEY, allow_null=True)
    layers = CostLayerRow(many=True)
