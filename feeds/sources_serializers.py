"""What the REST edge of sources and streams takes and gives."""

from typing import Any

from rest_framework import serializers

from feeds.models import Feed, Source, Stream


class KeyOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class NewKeyOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    secret = serializers.CharField(help_text="Shown once.")


class SourceInput(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=Source.Kind.choices, default=Source.Kind.OTHER)
    site = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")
    owner = serializers.CharField(max_length=150, required=False, allow_blank=True, default="")
    is_active = serializers.BooleanField(default=True)


class SourceOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Source.Kind.choices)
    site = serializers.CharField(source="site.code", default="")
    owner = serializers.CharField(source="owner.username", default="")
    is_active = serializers.BooleanField()
    feeds = serializers.SerializerMethodField()
    keys = serializers.SerializerMethodField()

    def get_feeds(self, source: Source) -> list[str]:
        return [feed.name for feed in source.feeds.all()]

    def get_keys(self, source: Source) -> list[dict[str, Any]]:
        return [
            {"id": key.pk, "created_at": key.created_at.isoformat()}
            for key in source.keys.all()
            if key.revoked_at is None
        ]


class FeedInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=Feed.Kind.choices)
    source = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")  # type: ignore[assignment]
    site = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")


class FeedOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Feed.Kind.choices)
    source = serializers.CharField(source="source.code", default="")  # type: ignore[assignment]
    site = serializers.CharField(source="site.code", default="")
    is_expected = serializers.BooleanField()
    warn_after_s = serializers.IntegerField()
    alarm_after_s = serializers.IntegerField()
    ask_after_s = serializers.IntegerField()


class AwaitedOutput(serializers.Serializer[Any]):
    stream = serializers.CharField()
    epoch = serializers.IntegerField()
    to = serializers.IntegerField()
    snapshot = serializers.BooleanField(help_text="Whether a snapshot is asked for.")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.IntegerField()}


class AcceptedOutput(serializers.Serializer[Any]):
    """id is null for a heartbeat. awaiting: what has not come before this one, when something has not."""

    id = serializers.IntegerField(allow_null=True)
    state = serializers.CharField()
    awaiting = AwaitedOutput(required=False)


class StreamOutput(serializers.Serializer[Any]):
    stream = serializers.CharField(source="name")
    site = serializers.CharField(source="site.code", default="")
    state = serializers.ChoiceField(choices=Stream.State.choices)
    epoch = serializers.IntegerField()
    sequence = serializers.IntegerField(allow_null=True)
    complete_to = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    applied_at = serializers.DateTimeField(allow_null=True)
    heartbeat_at = serializers.DateTimeField(allow_null=True)
    clock_skew_s = serializers.FloatField(allow_null=True)
    awaiting = serializers.SerializerMethodField()

    def get_awaiting(self, stream: Stream) -> dict[str, Any] | None:
        waits = self.context["awaited"].get(stream.pk)
        return waits.as_json() if waits else None
