"""The shapes of transfers over REST, for the OpenAPI document."""

from rest_framework import serializers

from inventory.models import Transfer

_FIGURE = {"max_digits": 18, "decimal_places": 6}
STATES = Transfer.State.values


class AskedRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.DecimalField(**_FIGURE)
    lot = serializers.CharField(max_length=64, required=False)


class TransferBody(serializers.Serializer):
    source = serializers.CharField(max_length=64)
    destination = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=500)
    expected_on = serializers.DateField(help_text="The day at the destination.")
    lines = AskedRow(many=True)


class TransferLineRow(serializers.Serializer):
    """outstanding: shipped and not settled yet."""

    sku = serializers.CharField()
    lot = serializers.CharField()
    requested = serializers.DecimalField(**_FIGURE)
    shipped = serializers.DecimalField(**_FIGURE)
    received = serializers.DecimalField(**_FIGURE)
    damaged = serializers.DecimalField(**_FIGURE)
    short = serializers.DecimalField(**_FIGURE)
    refused = serializers.DecimalField(**_FIGURE)
    over = serializers.DecimalField(**_FIGURE)
    outstanding = serializers.DecimalField(**_FIGURE)


class TransferAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    source = serializers.CharField()
    destination = serializers.CharField()
    reason = serializers.CharField()
    expected_on = serializers.DateField()
    prepared_by = serializers.CharField()
    policy = serializers.CharField()
    note = serializers.CharField()
    template = serializers.IntegerField(allow_null=True)
    review = serializers.CharField()
    created_at = serializers.DateTimeField()
    shipped_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    lines = TransferLineRow(many=True)


class ShipBody(serializers.Serializer):
    lines = AskedRow(many=True, required=False, help_text="Empty: all that is left.")


class CameRow(serializers.Serializer):
    """What was found of one product and lot. damaged goes into state blocked, scrapped is thrown away."""

    sku = serializers.CharField(max_length=64)
    lot = serializers.CharField(max_length=64, required=False)
    received = serializers.DecimalField(**_FIGURE, required=False)
    damaged = serializers.DecimalField(**_FIGURE, required=False)
    scrapped = serializers.DecimalField(**_FIGURE, required=False)
    short = serializers.DecimalField(**_FIGURE, required=False)
    refused = serializers.DecimalField(**_FIGURE, required=False)


class ReceiveBody(serializers.Serializer):
    lines = CameRow(many=True)


class CommentBody(serializers.Serializer):
    comment = serializers.CharField(required=False, max_length=500)


class ReasonBody(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class TemplateRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.DecimalField(**_FIGURE)


class TransferTemplateBody(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=500)
    source = serializers.CharField(max_length=64)
    destination = serializers.CharField(max_length=64)
    transit_days = serializers.IntegerField(min_value=0, max_value=60)
    lines = TemplateRow(many=True)


class TransferTemplateAnswer(TransferTemplateBody):
    id = serializers.IntegerField()
    prepared_by = serializers.CharField()


class AllocationRow(serializers.Serializer):
    """spare: what the source can give of it in all; coming: on its way or asked for already."""

    source = serializers.CharField()
    destination = serializers.CharField()
    sku = serializers.CharField()
    available = serializers.DecimalField(**_FIGURE)
    coming = serializers.DecimalField(**_FIGURE)
    safety = serializers.DecimalField(**_FIGURE)
    spare = serializers.DecimalField(**_FIGURE)
    quantity = serializers.DecimalField(**_FIGURE)


class PairRow(serializers.Serializer):
    source = serializers.CharField(max_length=64)
    destination = serializers.CharField(max_length=64)


class AllocationBody(serializers.Serializer):
    pairs = PairRow(many=True)
    expected_on = serializers.DateField()
    reason = serializers.CharField(max_length=500)
