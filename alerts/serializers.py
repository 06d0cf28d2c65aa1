"""What the REST edge of alerts takes and gives."""

from typing import Any

from rest_framework import serializers


class AlertOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    key = serializers.CharField()
    kind = serializers.CharField()
    severity = serializers.CharField()
    state = serializers.CharField()
    category = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.CharField()
    site = serializers.CharField(source="site.code", default=None)
    incident = serializers.IntegerField(source="incident_id", allow_null=True)
    count = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)


class IncidentOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    category = serializers.CharField()
    grade = serializers.CharField()
    state = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.CharField()
    site = serializers.CharField(source="site.code", default=None)
    owner = serializers.CharField(source="owner.username", default=None)
    playbook_version = serializers.IntegerField(source="playbook.version")
    steps_done = serializers.IntegerField(source="done_count")
    steps = serializers.IntegerField(source="step_count")
    opened_at = serializers.DateTimeField()
    respond_due_at = serializers.DateTimeField()
    responded_at = serializers.DateTimeField(allow_null=True)
    respond_breached_at = serializers.DateTimeField(allow_null=True)
    inform_due_at = serializers.DateTimeField(allow_null=True)
    informed_at = serializers.DateTimeField(allow_null=True)
    inform_breached_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class NoteInput(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class CloseInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)
