"""The shapes of suppliers' limits for the OpenAPI document."""

from rest_framework import serializers

SUPPLIER_KINDS = ("map", "msrp")


class SupplierLimitAsked(serializers.Serializer):
    sku = serializers.CharField()
    kind = serializers.ChoiceField(choices=SUPPLIER_KINDS)
    currency = serializers.CharField()
    amount = serializers.CharField(allow_null=True, help_text="Tax included; null ends the limit.")
    valid_from = serializers.DateField()
    source = serializers.CharField(max_length=300)  # type: ignore[assignment]


class SupplierLimitRow(SupplierLimitAsked):
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()


class SupplierLimitsAsked(serializers.Serializer):
    rows = SupplierLimitAsked(many=True)


class SupplierLimitsSaved(serializers.Serializer):
    rows = serializers.IntegerField()
    new = serializers.IntegerField(help_text="Rows that said something new.")
