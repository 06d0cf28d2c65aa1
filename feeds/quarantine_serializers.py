"""What REST takes and gives of rows in quarantine and of held deliveries."""

from typing import Any

from rest_framework import serializers


class QuarantineRowOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    feed = serializers.CharField(source="delivery.feed.name")
    delivery = serializers.IntegerField(source="delivery_id")
    number = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    row = serializers.JSONField()
    values = serializers.JSONField(allow_null=True)
    is_whole = serializers.BooleanField()
    site = serializers.CharField(source="site_code")
    state = serializers.CharField()
    owner = serializers.CharField(source="owner.username", default="")
    owner_role = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField()
    reason = serializers.CharField()


class RepairInput(serializers.Serializer[Any]):
    values = serializers.DictField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=4000)
    )


class ChosenInput(serializers.Serializer[Any]):
    """rows, or all open rows of a feed, a code or both."""

    rows = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=20_000)
    feed = serializers.CharField(required=False, max_length=60)
    code = serializers.CharField(required=False, max_length=60)


class DiscardInput(ChosenInput):
    reason = serializers.CharField(max_length=500)


class ReplayedOutput(serializers.Serializer[Any]):
    taken = serializers.IntegerField()
    staying = serializers.IntegerField()
    superseded = serializers.IntegerField()


class DiscardedOutput(serializers.Serializer[Any]):
    discarded = serializers.IntegerField()
