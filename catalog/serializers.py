"""The shapes of catalog's REST rows for the OpenAPI document; they are checked by catalog.rules.rows."""

from rest_framework import serializers

from catalog.models import Product, Site
from lib.quantities import BASE_UNITS


class PackRow(serializers.Serializer):
    unit = serializers.ChoiceField(choices=BASE_UNITS)
    factor = serializers.DecimalField(max_digits=18, decimal_places=6)
    barcode = serializers.CharField(required=False, allow_blank=True)


class ProductRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=300)
    category = serializers.CharField(
        max_length=300, allow_blank=True, help_text="A / B / C; created when new."
    )
    unit = serializers.ChoiceField(choices=BASE_UNITS)
    barcode = serializers.CharField(required=False, allow_blank=True, help_text="GTIN-8, -12, -13 or -14.")
    status = serializers.ChoiceField(choices=Product.Status.values, required=False)
    tax_class = serializers.CharField(max_length=32, required=False)
    net_content = serializers.DecimalField(max_digits=18, decimal_places=6, required=False, allow_null=True)
    net_content_unit = serializers.ChoiceField(choices=BASE_UNITS, required=False, allow_blank=True)
    packs = PackRow(many=True, required=False)


class SiteRow(serializers.Serializer):
    code = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=Site.Kind.values)
    region = serializers.CharField(max_length=32, help_text="Created when new.")
    country = serializers.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    timezone = serializers.CharField(max_length=64, help_text="An IANA name.")
    currency = serializers.CharField(max_length=3, help_text="ISO 4217.")
    legal_entity = serializers.CharField(max_length=32, required=False)
    operator = serializers.ChoiceField(choices=Site.Operator.values, required=False)
    channel = serializers.CharField(max_length=32, required=False, allow_null=True)
    opening_hours = serializers.JSONField(
        required=False, help_text='Weekday "1".."7" → [["09:00", "18:00"]].'
    )


class CustomerGroupRow(serializers.Serializer):
    code = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=100)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)


class TaxRateRow(serializers.Serializer):
    country = serializers.CharField(max_length=2)
    tax_class = serializers.CharField(max_length=32)
    rate_fraction = serializers.DecimalField(max_digits=6, decimal_places=5, help_text="0 to below 1.")
    valid_from = serializers.DateField()


class UnitCostRow(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    amount = serializers.DecimalField(
        max_digits=20, decimal_places=6, help_text="Net, per base unit, above zero."
    )
    currency = serializers.CharField(max_length=3)
    valid_from = serializers.DateTimeField()


class ExchangeRateRow(serializers.Serializer):
    base = serializers.CharField(max_length=3)
    quote = serializers.CharField(max_length=3)
    rate = serializers.DecimalField(max_digits=20, decimal_places=10, help_text="1 base = rate quote.")
    on = serializers.DateField()


class CountsAnswer(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
