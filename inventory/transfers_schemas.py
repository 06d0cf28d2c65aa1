"""The shapes of transfers over REST, for the OpenAPI document."""

from rest_framework import serializers

from inventory.models import Transfer

STATES = Transfer.State.values


def _figure(*, required: bool = True) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=6, required=required)


class AskedRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = _figure()
    lot = serializers.CharField(max_length=64, required=False)


class TransferBody(serializers.Serializer):
    destination = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=500)
    expected_on = serializers.DateField(help_text="The day at the destination.")
    lines = AskedRow(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"source": serializers.CharField(max_length=64), **super().get_fields()}


class TransferLineRow(serializers.Serializer):
    """outstanding: shipped and not settled yet."""

    sku = serializers.CharField()
    lot = serializers.CharField()
    requested = _figure()
    shipped = _figure()
    received = _figure()
    damaged = _figure()
    short = _figure()
    refused = _figure()
    over = _figure()
    outstanding = _figure()


class TransferAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
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

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"source": serializers.CharField(), **super().get_fields()}


class ShipBody(serializers.Serializer):
    lines = AskedRow(many=True, required=False, help_text="Empty: all that is left.")


class CameRow(serializers.Serializer):
    """What was found of one product and lot. damaged goes into state blocked, scrapped is thrown away."""

    sku = serializers.CharField(max_length=64)
    lot = serializers.CharField(max_length=64, required=False)
    received = _figure(required=False)
    damaged = _figure(required=False)
    scrapped = _figure(required=False)
    short = _figure(required=False)
    refused = _figure(required=False)


class ReceiveBody(serializers.Serializer):
    lines = CameRow(many=True)


class CommentBody(serializers.Serializer):
    comment = serializers.CharField(required=False, max_length=500)


class ReasonBody(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class TransferTemplateRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = _figure()


class TransferTemplateBody(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=500)
    destination = serializers.CharField(max_length=64)
    transit_days = serializers.IntegerField(min_value=0, max_value=60)
    lines = TransferTemplateRow(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"source": serializers.CharField(max_length=64), **super().get_fields()}


class TransferTemplateAnswer(TransferTemplateBody):
    id = serializers.IntegerField()
    prepared_by = serializers.CharField()


class AllocationRow(serializers.Serializer):
    """spare: what the source can give of it in all; coming: on its way or asked for already."""

    destination = serializers.CharField()
    sku = serializers.CharField()
    available = _figure()
    coming = _figure()
    safety = _figure()
    spare = _figure()
    quantity = _figure()

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"source": serializers.CharField(), **super().get_fields()}


class PairRow(serializers.Serializer):
    destination = serializers.CharField(max_length=64)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"source": serializers.CharField(max_length=64), **super().get_fields()}


class AllocationBody(serializers.Serializer):
    pairs = PairRow(many=True)
    expected_on = serializers.DateField()
    reason = serializers.CharField(max_length=500)
