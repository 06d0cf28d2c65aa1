"""What the REST edge of the other side's documents gives."""

from typing import Any

from rest_framework import serializers

from feeds.words import DOCUMENT_CLASSES


class UnmatchedLineOutput(serializers.Serializer[Any]):
    site = serializers.CharField()
    kind = serializers.CharField()
    reference = serializers.CharField()
    class_code = serializers.CharField(help_text=", ".join(DOCUMENT_CLASSES))
    sku = serializers.CharField()
    ours = serializers.DecimalField(18, 6, allow_null=True, normalize_output=True)
    theirs = serializers.DecimalField(18, 6, allow_null=True, normalize_output=True)
    our_at = serializers.DateTimeField(allow_null=True)
    their_at = serializers.DateTimeField(allow_null=True)
    movement = serializers.IntegerField(source="movement_id", allow_null=True)
    value = serializers.DecimalField(38, 6, allow_null=True, normalize_output=True)
    currency = serializers.CharField()
