"""price-changes/{id}/simulate/ and prices/simulate/: asked by POST, nothing is written."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib import clock
from pricing import serializers
from pricing import simulation_documents as documents
from pricing.queries.price_changes import price_change
from pricing.queries.simulated_lines import prices_by_rule, prices_of_change
from pricing.queries.simulation import simulate
from web.api import ApiView

PROBLEMS = dict.fromkeys((403, 404, 413, 422), serializers.PricingProblem)


class SimulateChange(ApiView):
    required_permission = {"POST": "costs.view"}

    @extend_schema(request=documents.SimulationAsked, responses={200: documents.SimulationRow, **PROBLEMS})
    def post(self, request: Request, change_id: int) -> Response:
        """A change on the real sales of the last days, with and without elasticity. 422 unknown_days."""
        days = documents.asked_days(request.data)
        prices = prices_of_change(price_change(change_id).pk)
        found = simulate(prices, actor=self.actor, at=clock.now(), days=days)
        return Response(documents.simulation_item(found))


class SimulateRule(ApiView):
    required_permission = {"POST": "costs.view"}

    @extend_schema(request=documents.RuleAsked, responses={200: documents.SimulationRow, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """A percentage over a list and category, likewise. 422 unknown_price_list, unknown_category, out_of_range."""
        rule, days, now = documents.asked_rule(request.data), documents.asked_days(request.data), clock.now()
        found = simulate(prices_by_rule(rule, now), actor=self.actor, at=now, days=days)
        return Response(documents.simulation_item(found))
