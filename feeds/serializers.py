"""What the REST edge of feeds gives."""

from typing import Any

from rest_framework import serializers


class AcceptedOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.CharField()


class DeliveryOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    feed = serializers.CharField(source="feed.name")
    way = serializers.CharField()
    webhook_id = serializers.CharField()
    filename = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    state = serializers.CharField()
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    error_code = serializers.CharField()
    error = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
