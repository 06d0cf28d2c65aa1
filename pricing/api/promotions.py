"""promotions/{list}/stop/"""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from pricing import documents, serializers
from pricing.actions.promotion_stops import stop_promotion
from pricing.queries.price_changes import change_item
from web.api import ApiView


class StopPromotion(ApiView):
    required_permission = {"POST": "promotions.stop"}

    @extend_schema(
        request=serializers.Comment,
        responses={
            201: serializers.ChangeRow,
            **dict.fromkeys((403, 404, 409, 422), serializers.PricingProblem),
        },
    )
    def post(self, request: Request, code: str) -> Response:
        """{comment} → the change that ends all its prices from now on. 409 no_promotion, nothing_left; 422 reason_required."""
        comment = documents.comment_of(request.data)
        return self.once(
            lambda: (201, change_item(stop_promotion(actor=self.actor, code=code, comment=comment)))
        )
