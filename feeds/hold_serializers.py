"""What REST takes and gives of held deliveries and their limits."""

from typing import Any

from rest_framework import serializers


class FigureOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    value = serializers.CharField()
    limit = serializers.CharField()
    rows = serializers.IntegerField()
    of = serializers.IntegerField()


class HoldOutput(serializers.Serializer[Any]):
    delivery = serializers.IntegerField(source="delivery_id")
    feed = serializers.CharField(source="delivery.feed.name")
    figures = FigureOutput(many=True)
    state = serializers.CharField()
    created_at = serializers.DateTimeField()


class DecisionInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class LimitsOutput(serializers.Serializer[Any]):
    min_rows = serializers.IntegerField(min_value=1)
    changed_fraction = serializers.DecimalField(6, 4, allow_null=True, required=False)
    removed_fraction = serializers.DecimalField(6, 4, allow_null=True, required=False)
    drop_fraction = serializers.DecimalField(6, 4, allow_null=True, required=False)
    jump_fraction = serializers.DecimalField(8, 4, allow_null=True, required=False)
    jumped_fraction = serializers.DecimalField(6, 4, allow_null=True, required=False)
