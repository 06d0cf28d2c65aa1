"""The shapes of the REST of price lists and how they derive, for the OpenAPI document."""

from rest_framework import serializers

from pricing.models import ListRule, PriceChange, PriceList
from pricing.serializers import PriceListRow

#: Choices that several shapes share; config/settings.py names them in the OpenAPI document.
KINDS = PriceList.Kind.values
CHANGE_STATES = PriceChange.State.values
RULE_STATES = ListRule.State.values
SEVERITIES = ["block", "review", "note"]


class Derivation(serializers.Serializer):
    parent = serializers.CharField(required=False, allow_null=True)  # type: ignore[assignment]
    float_fraction = serializers.CharField(required=False, allow_null=True, help_text="0.08 is +8 %.")
    float_amount = serializers.CharField(required=False, allow_null=True)
    floor_fraction = serializers.CharField(required=False, allow_null=True)
    ceiling_fraction = serializers.CharField(required=False, allow_null=True)
    ends_in = serializers.CharField(required=False, allow_null=True)
    rate_max_age_days = serializers.IntegerField(required=False, allow_null=True)
    rate_dead_band = serializers.CharField(required=False, allow_null=True)
    rate_step_limit = serializers.CharField(required=False, allow_null=True)


class ListRuleAsked(Derivation):
    reason = serializers.CharField(required=False, help_text="Needed but for a preview.")
    effective_from = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Absent: once approved."
    )
    base_version = serializers.IntegerField(
        required=False, help_text="The version looked at; another in force by now is 409 changed_meanwhile."
    )


class ListRuleRow(Derivation):
    id = serializers.IntegerField()
    price_list = serializers.CharField()
    version = serializers.IntegerField()
    base_version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RULE_STATES)
    asked_from = serializers.DateTimeField(allow_null=True)
    effective_from = serializers.DateTimeField(allow_null=True)
    known_from = serializers.DateTimeField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    proposed_by = serializers.CharField()
    reason = serializers.CharField()


class PriceListItem(PriceListRow):
    version = serializers.IntegerField(
        help_text="The newest version in force of how it derives; 0: there is none."
    )
    waiting = ListRuleRow(allow_null=True)


class MovedPriceRow(serializers.Serializer):
    sku = serializers.CharField()
    price_list = serializers.CharField()
    currency = serializers.CharField()
    old = serializers.CharField(allow_null=True)
    new = serializers.CharField(allow_null=True)
    fraction = serializers.CharField(allow_null=True)


class SeverityCounts(serializers.Serializer):
    block = serializers.IntegerField()
    review = serializers.IntegerField()
    note = serializers.IntegerField()


class FoundRow(serializers.Serializer):
    sku = serializers.CharField()
    price_list = serializers.CharField()
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=SEVERITIES)
    params = serializers.DictField()


class ListEffectRow(serializers.Serializer):
    moved = serializers.IntegerField(
        help_text="Derived prices of one piece that move, in this list and those below it."
    )
    rising = serializers.IntegerField()
    falling = serializers.IntegerField()
    beginning = serializers.IntegerField()
    ending = serializers.IntegerField()
    lists = serializers.DictField(child=serializers.IntegerField())
    largest = MovedPriceRow(many=True)
    findings = SeverityCounts()
    found = FoundRow(many=True)


class GroupEndAsked(serializers.Serializer):
    reason = serializers.CharField()


class GroupRow(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
