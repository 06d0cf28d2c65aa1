"""The shapes of incentives and rehearsals for the OpenAPI document."""

from rest_framework import serializers

from pricing.models import Incentive

KINDS = Incentive.Kind.values
SHARE = "0–1, of what is taken off."


class IncentiveAsked(serializers.Serializer):
    code = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=150)
    kind = serializers.ChoiceField(choices=KINDS)
    fraction = serializers.CharField(
        required=False, allow_null=True, help_text="Above 0 up to 1, or an amount."
    )
    amount = serializers.CharField(required=False, allow_null=True, help_text="With tax; a subsidy's is net.")
    currency = serializers.CharField(required=False, help_text="ISO 4217, of amount, threshold and cap.")
    threshold = serializers.CharField(
        required=False, allow_null=True, help_text="From a basket of, with tax."
    )
    cap = serializers.CharField(required=False, allow_null=True, help_text="At most, per basket.")
    platform_fraction = serializers.CharField(required=False, allow_null=True, help_text=SHARE)
    supplier_fraction = serializers.CharField(required=False, allow_null=True, help_text=SHARE)
    channel = serializers.CharField(required=False)
    site = serializers.CharField(required=False)
    region = serializers.CharField(required=False)
    customer_group = serializers.CharField(required=False)
    price_list = serializers.CharField(required=False)
    category = serializers.CharField(required=False, help_text="Path; its subcategories too.")
    sku = serializers.CharField(required=False, help_text="One product alone.")
    valid_from = serializers.DateTimeField(required=False, help_text="Now when not said.")
    valid_until = serializers.DateTimeField(required=False, allow_null=True)
    stacking_group = serializers.CharField(required=False, help_text="At most one of a group is taken.")
    is_exclusive = serializers.BooleanField(required=False, help_text="Stands alone.")


class IncentiveRow(IncentiveAsked):
    created_by = serializers.CharField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    stopped_by = serializers.CharField()


class RehearseAsked(serializers.Serializer):
    price_change = serializers.IntegerField(required=False, help_text="Either a change,")
    site = serializers.CharField(required=False, help_text="or what this site asks")
    day = serializers.DateField(required=False, help_text="on this day by its clock (today),")
    channel = serializers.CharField(required=False)
    category = serializers.CharField(required=False)


class RehearsedRow(serializers.Serializer):
    sku = serializers.CharField()
    price_list = serializers.CharField()
    currency = serializers.CharField()
    site = serializers.CharField()
    at = serializers.DateTimeField(help_text="From when on the combination may be taken.")
    gross_amount = serializers.CharField()
    to_pay = serializers.CharField()
    earned = serializers.CharField(help_text="Net of tax and commission, with subsidies.")
    unit_cost = serializers.CharField(allow_null=True)
    is_below_cost = serializers.BooleanField()
    incentives = serializers.ListField(child=serializers.CharField())


class Rehearsal(serializers.Serializer):
    total = serializers.IntegerField()
    below_cost = serializers.IntegerField()
    results = RehearsedRow(many=True)
