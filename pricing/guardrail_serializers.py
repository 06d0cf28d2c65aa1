"""The shapes of the guardrails' REST for the OpenAPI document."""

from rest_framework import serializers

from pricing.models import Guardrail

RULES = Guardrail.Rule.values


class GuardrailRow(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(
        choices=Guardrail.State.values, help_text="A version waits for approval first."
    )
    rule = serializers.ChoiceField(choices=RULES)
    price_list = serializers.CharField(help_text="Code; empty for every list.")
    category = serializers.CharField(help_text="Path; empty for every product.")
    status = serializers.CharField(help_text="Life-cycle state of the product; empty for every one.")
    profile = serializers.CharField(help_text="Control profile of the list's sites; empty for every one.")
    options = serializers.DictField(
        help_text="floor, ceiling, basis (amount or base), currency, endings, step, severity."
    )
    version = serializers.IntegerField()
    review_at = serializers.CharField(allow_null=True, help_text="Fraction: 0.15 is 15 %.")
    block_at = serializers.CharField(allow_null=True)
    soft_reasons = serializers.ListField(child=serializers.CharField())
    is_active = serializers.BooleanField()
    note = serializers.CharField()


class GuardrailAsked(serializers.Serializer):
    rule = serializers.ChoiceField(choices=RULES)
    price_list = serializers.CharField(required=False)
    category = serializers.CharField(required=False)
    status = serializers.CharField(required=False)
    profile = serializers.CharField(required=False)
    options = serializers.DictField(required=False)
    review_at = serializers.CharField(required=False, allow_null=True)
    block_at = serializers.CharField(required=False, allow_null=True)
    soft_reasons = serializers.ListField(child=serializers.CharField(), required=False)
    is_active = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)
    base_version = serializers.IntegerField(required=False, help_text="The version looked at; 0 = the first.")


class CaughtRow(serializers.Serializer):
    price_change = serializers.IntegerField()
    sku = serializers.CharField()
    price_list = serializers.CharField()
    old_amount = serializers.CharField(allow_null=True)
    amount = serializers.CharField()
    value = serializers.CharField()
    severity = serializers.ChoiceField(choices=["block", "review"])


class DryRunRow(serializers.Serializer):
    lines = serializers.IntegerField()
    changes = serializers.IntegerField()
    block = serializers.IntegerField()
    review = serializers.IntegerField()
    changes_held = serializers.IntegerField()
    found_then = serializers.IntegerField(help_text="Lines on which the rule then in force found something.")
    examples = CaughtRow(many=True)
