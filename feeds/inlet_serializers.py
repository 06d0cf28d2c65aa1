"""What the REST edge of inlets takes and gives."""

from typing import Any

from rest_framework import serializers

from feeds.models import Inlet


class InletInput(serializers.Serializer[Any]):
    """header_value: a secret; it is never given back, and an empty one keeps what is there."""

    name = serializers.CharField(max_length=60)
    feed = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=Inlet.Kind.choices)
    url = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    header_name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    header_value = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    interval_s = serializers.IntegerField(required=False, default=300, min_value=0, max_value=10**6)
    is_active = serializers.BooleanField(required=False, default=True)


class InletOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    feed = serializers.CharField(source="feed.name")
    kind = serializers.ChoiceField(choices=Inlet.Kind.choices)
    url = serializers.CharField()
    header_name = serializers.CharField()
    interval_s = serializers.IntegerField()
    is_active = serializers.BooleanField()
    looked_at = serializers.DateTimeField(allow_null=True)
    took_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField()
    error = serializers.CharField()
