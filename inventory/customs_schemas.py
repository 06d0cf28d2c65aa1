"""The shapes of customs consignments and import limits over REST, for the OpenAPI document."""

from rest_framework import serializers

from inventory.actions.customs_moving import INTO
from inventory.models import CustomsConsignment, ImportLimit

STATES = CustomsConsignment.State.values
CLEARED_INTO = INTO
LIMIT_KINDS = ImportLimit.Kind.values
LIMIT_PERIODS = ImportLimit.Period.values


def _figure(*, required: bool = True, null: bool = False) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=6, required=required, allow_null=null)


class DeclaredRow(serializers.Serializer):
    """hs_code, origin_country: without them what the product says."""

    sku = serializers.CharField(max_length=64)
    quantity = _figure()
    value = _figure()
    lot = serializers.CharField(max_length=64, required=False)
    hs_code = serializers.CharField(max_length=16, required=False)
    origin_country = serializers.CharField(max_length=2, required=False)


class ConsignmentBody(serializers.Serializer):
    site = serializers.CharField(max_length=64)
    from_country = serializers.CharField(max_length=2)
    carrier = serializers.CharField(max_length=120)
    waybill = serializers.CharField(max_length=64, required=False)
    regime = serializers.ChoiceField(choices=CustomsConsignment.Regime.values, required=False)
    comes_from = serializers.ChoiceField(choices=CustomsConsignment.From.values, required=False)
    currency = serializers.CharField(max_length=3, required=False, help_text="Without it the site's.")
    arrives_on = serializers.DateField()
    clears_on = serializers.DateField()
    lines = DeclaredRow(many=True)


class ConsignmentRow(serializers.Serializer):
    """value: the customs value of the line, null without costs.view."""

    sku = serializers.CharField()
    lot = serializers.CharField()
    hs_code = serializers.CharField()
    origin_country = serializers.CharField()
    value = _figure(null=True)
    declared = _figure()
    arrived = _figure()
    cleared = _figure()
    held = _figure()
    refused = _figure()
    destroyed = _figure()
    hold_reason = serializers.CharField()
    held_since = serializers.DateTimeField(allow_null=True)


class ConsignmentAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    site = serializers.CharField()
    legal_entity = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    regime = serializers.ChoiceField(choices=CustomsConsignment.Regime.values)
    comes_from = serializers.ChoiceField(choices=CustomsConsignment.From.values)
    from_country = serializers.CharField()
    carrier = serializers.CharField()
    waybill = serializers.CharField()
    currency = serializers.CharField()
    note = serializers.CharField()
    arrives_on = serializers.DateField()
    clears_on = serializers.DateField()
    prepared_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    declared_at = serializers.DateTimeField(allow_null=True)
    arrived_at = serializers.DateTimeField(allow_null=True)
    cleared_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    lines = ConsignmentRow(many=True)


class CustomsPart(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = _figure()
    lot = serializers.CharField(max_length=64, required=False)


class ArriveBody(serializers.Serializer):
    lines = CustomsPart(many=True, required=False, help_text="Without them all that is to come.")
    at = serializers.DateTimeField(required=False)


class ClearBody(serializers.Serializer):
    lines = CustomsPart(many=True, required=False, help_text="Without them all that is there and not held.")
    to_state = serializers.ChoiceField(choices=CLEARED_INTO, required=False)


class ReleaseBody(serializers.Serializer):
    lines = CustomsPart(many=True, required=False, help_text="Without them all that is held.")
    reason = serializers.CharField(max_length=500, required=False)


class HoldBody(serializers.Serializer):
    lines = CustomsPart(many=True)
    reason = serializers.CharField(max_length=500)


class CancelConsignmentBody(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class ImportLimitBody(serializers.Serializer):
    """hs_prefix or category, not both. amount: units, or money in currency; none where it is forbidden."""

    country = serializers.CharField(max_length=2)
    hs_prefix = serializers.CharField(max_length=10, required=False)
    category = serializers.CharField(max_length=300, required=False)
    kind = serializers.ChoiceField(choices=LIMIT_KINDS)
    amount = _figure(required=False, null=True)
    currency = serializers.CharField(max_length=3, required=False)
    period = serializers.ChoiceField(choices=LIMIT_PERIODS, required=False)
    source = serializers.CharField(max_length=300)  # type: ignore[assignment]
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True)


class ImportLimitAnswer(ImportLimitBody):
    id = serializers.IntegerField()
    made_by = serializers.CharField()


class EndLimitBody(serializers.Serializer):
    valid_to = serializers.DateField()
