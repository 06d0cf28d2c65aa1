"""What the REST edge of publications takes and gives."""

from typing import Any

from rest_framework import serializers

from feeds.models import Dispatch, Publication


class PublicationInput(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField(required=False, allow_blank=True, default="")
    what = serializers.CharField()
    way = serializers.CharField()
    channel = serializers.CharField(required=False, allow_blank=True, default="")
    site = serializers.CharField(required=False, allow_blank=True, default="")
    endpoint = serializers.CharField(required=False, allow_blank=True, default="")
    settings = serializers.DictField(required=False, default=dict)
    is_active = serializers.BooleanField(required=False, default=True)


class PublicationOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    what = serializers.ChoiceField(choices=Publication.What.choices)
    way = serializers.CharField()
    channel = serializers.CharField(source="channel.code", default="")
    site = serializers.CharField(source="site.code", default="")
    endpoint = serializers.CharField()
    settings = serializers.DictField()
    is_active = serializers.BooleanField()
    last_version = serializers.IntegerField()
    sent_version = serializers.IntegerField()
    computed_to = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    read_back_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField()
    paused_at = serializers.DateTimeField(allow_null=True)
    pause_reason = serializers.CharField()


class ReasonInput(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class PublicationKeyInput(serializers.Serializer[Any]):
    purpose = serializers.CharField(required=False, default="signing", max_length=30)
    secret = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=500, write_only=True
    )


class PublicationKeyOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    purpose = serializers.CharField()
    created_at = serializers.DateTimeField()


class NewPublicationKeyOutput(PublicationKeyOutput):
    secret = serializers.CharField(help_text="Shown this once; empty for one that was handed in.")


class PublishedItemOutput(serializers.Serializer[Any]):
    """Beside these the members of its content: amount, currency, tax_included, price_list; quantity, unit …"""

    key = serializers.CharField()
    site = serializers.CharField()
    sku = serializers.CharField()
    version = serializers.IntegerField()
    effective_at = serializers.DateTimeField(allow_null=True)


class PublishedPageOutput(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    since = serializers.IntegerField(
        help_text="Ask with this the next time: nothing is missed, nothing comes twice."
    )
    last_version = serializers.IntegerField()
    results = PublishedItemOutput(many=True)


class DispatchOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    publication = serializers.CharField(source="publication.name")
    message_id = serializers.CharField()
    kind = serializers.ChoiceField(choices=Dispatch.Kind.choices)
    state = serializers.ChoiceField(choices=Dispatch.State.choices)
    version_from = serializers.IntegerField()
    version_to = serializers.IntegerField()
    items = serializers.IntegerField()
    totals = serializers.DictField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    filename = serializers.CharField()
    attempts = serializers.IntegerField()
    next_at = serializers.DateTimeField()
    status_code = serializers.IntegerField(allow_null=True)
    error_code = serializers.CharField()
    receipt = serializers.DictField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class DispatchAttemptOutput(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField()
    status_code = serializers.IntegerField(allow_null=True)
    error_code = serializers.CharField()
    answer = serializers.CharField()


class DispatchDetailOutput(DispatchOutput):
    tries = DispatchAttemptOutput(many=True)


class PriceDifferenceOutput(serializers.Serializer[Any]):
    site = serializers.CharField()
    channel = serializers.CharField(allow_blank=True)
    sku = serializers.CharField()
    class_code = serializers.CharField()
    is_settled = serializers.BooleanField()
    why = serializers.CharField(allow_blank=True)
    ours = serializers.CharField(allow_null=True)
    theirs = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    read_at = serializers.DateTimeField()


class PriceCheckOutput(serializers.Serializer[Any]):
    lines = serializers.IntegerField()
    differing = serializers.IntegerField()
    explained = serializers.IntegerField()
    complete_to = serializers.DateTimeField(allow_null=True)
    differences = PriceDifferenceOutput(many=True)


def checked(shape: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The body in the shape's types. Raises ValidationError, which becomes a problem document."""
    asked = shape(data=data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
