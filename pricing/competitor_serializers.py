"""The shapes of competitors' prices for the OpenAPI document."""

from rest_framework import serializers


class Observation(serializers.Serializer):
    competitor = serializers.CharField(help_text="The competitor's code.")
    code = serializers.CharField(required=False, help_text="The competitor's own code of the product.")
    sku = serializers.CharField(required=False)
    gtin = serializers.CharField(required=False)
    amount = serializers.CharField()
    currency = serializers.CharField()
    is_tax_included = serializers.BooleanField(default=True)
    is_promotion = serializers.BooleanField(default=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]
    observed_at = serializers.DateTimeField()


class ObservationRow(Observation):
    id = serializers.IntegerField()
    product = serializers.CharField(allow_null=True, help_text="SKU of the product it was matched to.")


class Observations(serializers.Serializer):
    rows = Observation(many=True)


class Recorded(serializers.Serializer):
    rows = serializers.IntegerField()
    new = serializers.IntegerField(help_text="Rows not seen before.")


class CompetitorRow(serializers.Serializer):
    code = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=200)
    country = serializers.CharField(
        max_length=2, required=False, help_text="Where its prices hold; empty = anywhere."
    )


class CompetitorRows(serializers.Serializer):
    rows = CompetitorRow(many=True)


class Match(serializers.Serializer):
    competitor = serializers.CharField()
    code = serializers.CharField(help_text="The competitor's own code.")
    sku = serializers.CharField()


class Matched(serializers.Serializer):
    rows = serializers.IntegerField(help_text="Earlier prices that belong to the product now.")


class IndexRow(serializers.Serializer):
    category = serializers.CharField(allow_blank=True)
    products = serializers.IntegerField()
    index = serializers.CharField()
