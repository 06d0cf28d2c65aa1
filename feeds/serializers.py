"""What the REST edge of feeds gives."""

from typing import Any

from rest_framework import serializers


class DeliveryOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    feed = serializers.CharField(source="feed.name")
    stream = serializers.CharField(source="stream.name", default="")
    epoch = serializers.IntegerField(allow_null=True)
    sequence = serializers.IntegerField(allow_null=True)
    kind = serializers.CharField(source="batch_kind")
    way = serializers.CharField()
    webhook_id = serializers.CharField()
    filename = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    state = serializers.CharField()
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    superseded = serializers.IntegerField()
    error_code = serializers.CharField()
    error = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
