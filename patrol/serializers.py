"""What the REST edge of patrol takes and gives."""

from typing import Any

from rest_framework import serializers


class RoundOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    slot = serializers.DateTimeField()
    state = serializers.CharField()
    checks = serializers.IntegerField(source="check_count")
    findings = serializers.IntegerField(source="finding_count")
    unsigned = serializers.IntegerField(source="unsigned_count")
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    sign_due_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)
    signed_by = serializers.CharField(source="signed_by.username", default=None)


class CheckOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    outcome = serializers.CharField()
    duration_ms = serializers.IntegerField()
    error = serializers.CharField()


class FindingOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    key = serializers.CharField()
    code = serializers.CharField()
    severity = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    signed_by = serializers.CharField(source="signed_by.username", default=None)
    comment = serializers.CharField()


class RoundDetailOutput(serializers.Serializer[Any]):
    round = RoundOutput()
    checks = CheckOutput(many=True)
    findings = FindingOutput(many=True)


class SignInput(serializers.Serializer[Any]):
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
