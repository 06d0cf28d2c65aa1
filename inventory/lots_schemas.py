"""The shapes of lots and codes over REST, for the OpenAPI document."""

from rest_framework import serializers

from inventory.models import BarcodeRule, Recall
from inventory.transfers_schemas import CommentBody as CommentBody
from inventory.transfers_schemas import ReasonBody as ReasonBody

RECALL_STATES = Recall.State.values
SCAN_KINDS = ("gtin", "element_string", "restricted")


class ScannedPack(serializers.Serializer):
    unit = serializers.CharField()
    factor = serializers.DecimalField(max_digits=18, decimal_places=6)


class ScanAnswer(serializers.Serializer):
    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=SCAN_KINDS)
    sku = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    tracks_lots = serializers.BooleanField()
    quantity = serializers.DecimalField(
        max_digits=18,
        decimal_places=6,
        allow_null=True,
        help_text="In the base unit; null when only a price is told.",
    )
    price = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    weight_kg = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    pack = ScannedPack(allow_null=True)
    lot = serializers.CharField(allow_blank=True)
    expires_on = serializers.DateField(allow_null=True)
    produced_on = serializers.DateField(allow_null=True)
    currency = serializers.CharField(allow_blank=True)
    serial = serializers.CharField(allow_blank=True)
    is_known_lot = serializers.BooleanField()
    is_recalled = serializers.BooleanField()
    is_expired = serializers.BooleanField()


class BarcodeRuleBody(serializers.Serializer):
    country = serializers.CharField(max_length=2, required=False, help_text="Left out: for all sites.")
    pattern = serializers.CharField(
        max_length=13, help_text="Digits as they are, I item, M measure, V verifier over it, C check digit."
    )
    measure = serializers.ChoiceField(choices=BarcodeRule.Measure.values)
    decimals = serializers.IntegerField(min_value=0, max_value=5, default=0)
    source = serializers.CharField(max_length=200, required=False)  # type: ignore[assignment]


class BarcodeRuleAnswer(BarcodeRuleBody):
    id = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


class LotRow(serializers.Serializer):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    lot = serializers.CharField()
    site = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)
    produced_on = serializers.DateField(allow_null=True)
    days_left = serializers.IntegerField(allow_null=True)
    life_fraction = serializers.DecimalField(max_digits=9, decimal_places=3, allow_null=True)
    available = serializers.DecimalField(max_digits=24, decimal_places=6)
    set_aside = serializers.DecimalField(max_digits=24, decimal_places=6)
    is_recalled = serializers.BooleanField()
    supplier = serializers.CharField(allow_blank=True)


class CorrectLotBody(serializers.Serializer):
    expires_on = serializers.DateField(required=False, allow_null=True)
    produced_on = serializers.DateField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=500)


class LotAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    lot = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)
    produced_on = serializers.DateField(allow_null=True)
    is_recalled = serializers.BooleanField()


class LotRulesBody(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    tracks_lots = serializers.BooleanField()
    shelf_life_days = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    receipt_life_fraction = serializers.DecimalField(4, 3, required=False, allow_null=True)
    sale_life_fraction = serializers.DecimalField(4, 3, required=False, allow_null=True)


class RecallBody(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    lot = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=500)


class RecallAnswer(RecallBody):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RECALL_STATES)
    units = serializers.DecimalField(max_digits=24, decimal_places=6)
    sites = serializers.IntegerField()
    started_by = serializers.CharField()
    started_at = serializers.DateTimeField()
    release_reason = serializers.CharField(allow_blank=True)
    released_at = serializers.DateTimeField(allow_null=True)


class TracedSite(serializers.Serializer):
    site = serializers.CharField()
    came = serializers.DecimalField(max_digits=24, decimal_places=6)
    available = serializers.DecimalField(max_digits=24, decimal_places=6)
    set_aside = serializers.DecimalField(max_digits=24, decimal_places=6)
    sold = serializers.DecimalField(max_digits=24, decimal_places=6)
    assumed = serializers.DecimalField(
        max_digits=24, decimal_places=6, help_text="Of what was sold, the part where nobody named the lot."
    )
    scrapped = serializers.DecimalField(max_digits=24, decimal_places=6)
    in_transit = serializers.DecimalField(max_digits=24, decimal_places=6)


class TracedSale(serializers.Serializer):
    movement = serializers.IntegerField()
    kind = serializers.CharField()
    reference = serializers.CharField()
    site = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    quantity = serializers.DecimalField(max_digits=24, decimal_places=6)
    is_assumed = serializers.BooleanField()


class TraceAnswer(RecallAnswer):
    where = TracedSite(many=True)
    sold_to = TracedSale(many=True)
