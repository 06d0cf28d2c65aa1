"""What the REST edge of channel stock rules takes and gives."""

from typing import Any

from rest_framework import serializers

from feeds.rules.availability import LIMITS


class ChannelStockRuleInput(serializers.Serializer[Any]):
    """Every member may be left out; an empty part of the scope means every one."""

    channel = serializers.CharField(required=False, allow_blank=True)
    site = serializers.CharField(required=False, allow_blank=True)
    category = serializers.CharField(required=False, allow_blank=True)
    sku = serializers.CharField(required=False, allow_blank=True)
    buffer_pieces = serializers.CharField(required=False)
    buffer_fraction = serializers.CharField(required=False)
    share_fraction = serializers.CharField(required=False, allow_null=True)
    cap = serializers.CharField(required=False, allow_null=True)
    minimum = serializers.CharField(required=False)
    priority = serializers.IntegerField(required=False)
    presale_fraction = serializers.CharField(required=False)
    presale_until = serializers.DateField(required=False, allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True)
    replaces = serializers.IntegerField(required=False, allow_null=True)


class ChannelStockRuleOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    version = serializers.IntegerField()
    channel = serializers.CharField()
    site = serializers.CharField()
    category = serializers.CharField()
    sku = serializers.CharField()
    buffer_pieces = serializers.CharField()
    buffer_fraction = serializers.CharField()
    share_fraction = serializers.CharField(allow_null=True)
    cap = serializers.CharField(allow_null=True)
    minimum = serializers.CharField()
    priority = serializers.IntegerField()
    presale_fraction = serializers.CharField()
    presale_until = serializers.DateField(allow_null=True)
    reason = serializers.CharField()
    made_by = serializers.CharField()
    made_at = serializers.DateTimeField()


class EndRuleInput(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ToComeOutput(serializers.Serializer[Any]):
    quantity = serializers.CharField()
    expected_on = serializers.DateField()


class ChannelPromiseOutput(serializers.Serializer[Any]):
    channel = serializers.CharField()
    quantity = serializers.CharField()
    from_stock = serializers.CharField()
    presale = serializers.CharField()
    expected_on = serializers.DateField(allow_null=True)
    kept_back = serializers.CharField()
    limit = serializers.ChoiceField(choices=LIMITS)
    rule = serializers.IntegerField(allow_null=True)


class ChannelViewOutput(serializers.Serializer[Any]):
    site = serializers.CharField()
    available = serializers.CharField()
    to_come = ToComeOutput(many=True)
    channels = ChannelPromiseOutput(many=True)
