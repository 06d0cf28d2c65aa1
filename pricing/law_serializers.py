"""The shapes of the law's REST for the OpenAPI document."""

from rest_framework import serializers

from pricing.models import LawRule

KINDS = LawRule.Kind.values


class LawRuleRow(serializers.Serializer):
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    kind = serializers.ChoiceField(choices=KINDS)
    category = serializers.CharField(help_text="Path; empty for every product.")
    version = serializers.IntegerField()
    method = serializers.CharField(help_text=", ".join(LawRule.Method.values))
    options = serializers.DictField(
        help_text="days 1–365, min_days 0–365, progressive, perishable: as_others|price_before|exempt,"
        " new_goods: since_start|exempt; of below_cost: exempt_reasons, a list of kinds of reason."
    )
    amount = serializers.CharField(allow_null=True, help_text="The limit, tax included, per unit.")
    currency = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    source_on = serializers.DateField()
    note = serializers.CharField()
    is_active = serializers.BooleanField()
    created_by = serializers.CharField()


class LawRuleAsked(serializers.Serializer):
    country = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    category = serializers.CharField(required=False)
    method = serializers.CharField(required=False)
    options = serializers.DictField(required=False)
    amount = serializers.CharField(required=False)
    currency = serializers.CharField(required=False)
    source = serializers.CharField()  # type: ignore[assignment]
    source_on = serializers.DateField()
    note = serializers.CharField(required=False)
    is_active = serializers.BooleanField(required=False)
    reason = serializers.CharField()
    base_version = serializers.IntegerField(required=False, help_text="The version looked at; 0 = the first.")


class StatedBasisRow(serializers.Serializer):
    price_list = serializers.CharField()
    sku = serializers.CharField()
    amount = serializers.CharField(help_text="Tax included, in the list's currency.")
    currency = serializers.CharField()
    basis = serializers.CharField()
    evidence = serializers.CharField()
    stated_at = serializers.DateTimeField()
    stated_by = serializers.CharField()


class StatedBasisAsked(serializers.Serializer):
    price_list = serializers.CharField()
    sku = serializers.CharField()
    amount = serializers.CharField()
    basis = serializers.CharField()
    evidence = serializers.CharField()
