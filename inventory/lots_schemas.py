"""The shapes of lots and codes over REST, for the OpenAPI document."""

from rest_framework import serializers

from inventory.models import BarcodeRule

SCAN_KINDS = ("gtin", "element_string", "restricted")


class ReasonBody(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


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
    source = serializers.CharField(max_length=200, required=False)


class BarcodeRuleAnswer(BarcodeRuleBody):
    id = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
