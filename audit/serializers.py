"""Shapes of the trail over REST."""

from typing import Any

from rest_framework import serializers

from audit.models import Export
from audit.queries.events import EventRow


class EventAnswer(serializers.Serializer[Any]):
    """One event."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="user name, policy or job; empty when the name was erased")
    actor_kind = serializers.ChoiceField(choices=["user", "policy", "job", "system"])
    actor_id = serializers.IntegerField(allow_null=True)
    on_behalf_of_id = serializers.IntegerField(allow_null=True)
    kind = serializers.CharField()
    subject = serializers.CharField()
    reason = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()
    policy = serializers.CharField(required=False)
    request_id = serializers.CharField()
    channel = serializers.CharField()
    address = serializers.CharField()
    seal = serializers.IntegerField(allow_null=True, help_text="number of its seal, null until it is sealed")


class ExportBody(serializers.Serializer[Any]):
    """Body of an export; `from` and `to` (ISO 8601 with offset) stand beside these."""

    format = serializers.ChoiceField(choices=["csv", "xlsx", "jsonl"])
    reason = serializers.CharField(max_length=500)
    subject = serializers.CharField(required=False)
    actor = serializers.CharField(required=False)
    kind = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {
            **super().get_fields(),
            "from": serializers.CharField(required=False),
            "to": serializers.CharField(required=False),
        }


class ExportAnswer(serializers.Serializer[Any]):
    """An export and how far it is."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Export.State.choices)
    url = serializers.CharField()
    format = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    rows = serializers.IntegerField()
    sha256 = serializers.CharField()
    error = serializers.CharField()
    download_url = serializers.CharField(allow_null=True, help_text="there once the state is ready")


def event_answer(event: EventRow) -> dict[str, Any]:
    """An event as REST gives it."""
    answer = {
        "id": event.id,
        "at": event.at.isoformat(),
        **{name: getattr(event, name) for name in EventAnswer._declared_fields if name not in ("id", "at")},
    }
    if not answer["policy"]:
        del answer["policy"]
    return answer


def export_answer(export: Export) -> dict[str, Any]:
    """An export as REST gives it."""
    url = f"/api/v1/audit/exports/{export.pk}/"
    return {
        "id": export.pk,
        "state": export.state,
        "url": url,
        "format": export.format,
        "requested_at": export.requested_at.isoformat(),
        "finished_at": export.finished_at.isoformat() if export.finished_at else None,
        "rows": export.rows,
        "sha256": export.sha256,
        "error": export.error,
        "download_url": f"{url}file/" if export.state == Export.State.READY else None,
    }
