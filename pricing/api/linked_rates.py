"""price-lists/{code}/rate/"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from pricing import documents, serializers
from pricing.actions.linked_rates import accept_rate
from web.api import ApiView


class AcceptRate(ApiView):
    required_permission = {"POST": "price_lists.edit"}

    @extend_schema(
        request=serializers.Comment,
        responses={
            200: serializers.KeptRate,
            **dict.fromkeys((403, 404, 409, 422), serializers.PricingProblem),
        },
    )
    def post(self, request: Request, code: str) -> Response:
        """{comment} → the day's rate, kept from today. 409 not_linked, no_fresh_rate; 422 reason_required."""
        comment = documents.comment_of(request.data)

        def effect() -> tuple[int, Any]:
            kept = accept_rate(actor=self.actor, code=code, reason=comment)
            return 200, {"price_list": code, "rate": f"{kept.rate.normalize():f}", "on": kept.on.isoformat()}

        return self.once(effect)
