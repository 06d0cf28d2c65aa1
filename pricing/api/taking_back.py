"""price-changes/{id}/taken-back/: what would stand if a change were withdrawn or rolled back."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pricing.queries.price_changes import price_change
from pricing.queries.taking_back import taken_back_item
from pricing.serializers import PricingProblem
from web.api import ApiView


class StandingRow(serializers.Serializer):
    sku = serializers.CharField()
    price_list = serializers.CharField()
    min_quantity = serializers.CharField()
    currency = serializers.CharField()
    asked_amount = serializers.CharField(
        allow_null=True, help_text="What the change asks; null: the price ends."
    )
    amount = serializers.CharField(allow_null=True, help_text="What stands after it; null: no price.")
    begins = serializers.DateTimeField()
    ends = serializers.DateTimeField(allow_null=True)


class LaterChangeRow(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.CharField()
    lines = serializers.IntegerField(
        help_text="How many of its lines were written against prices of this change."
    )


class TakenBackRow(serializers.Serializer):
    total = serializers.IntegerField()
    without_price = serializers.IntegerField()
    standing = StandingRow(many=True, help_text="The first 100, those that leave no price before the others.")
    later_changes = LaterChangeRow(many=True)


class TakenBack(ApiView):
    required_permission = {"GET": "prices.view"}

    @extend_schema(responses={200: TakenBackRow, 404: PricingProblem})
    def get(self, request: Request, change_id: int) -> Response:
        """The timeline as it would be without the change from now on; nothing is done."""
        return Response(taken_back_item(price_change(change_id)))
