"""price-changes/{id}/local-times/ and /split-by-zone/: when a change with local times takes effect, zone by zone."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pricing.actions.zone_splits import split_by_zone
from pricing.queries.local_times import local_time_rows
from pricing.queries.price_changes import change_item, price_change
from pricing.rules.local_times import GAP, OVERLAP, PLAIN
from pricing.serializers import ChangeRow, PricingProblem
from web.api import ApiView


class LocalMomentRow(serializers.Serializer):
    wall = serializers.CharField(help_text="As asked for, e.g. 2026-11-30T09:00.")
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(
        choices=[PLAIN, GAP, OVERLAP],
        help_text="gap: the clocks skip it, so the first instant after; overlap: shown twice, so the first.",
    )
    shown = serializers.CharField(help_text="What the zone's clocks show then.")


class LocalTimeRow(serializers.Serializer):
    price_list = serializers.CharField()
    zone = serializers.CharField()
    sites = serializers.ListField(child=serializers.CharField())
    begins = LocalMomentRow(allow_null=True)
    ends = LocalMomentRow(allow_null=True)
    one_instant = serializers.BooleanField(help_text="False: the list covers zones of different instants.")


class LocalTimes(ApiView):
    required_permission = {"GET": "prices.view"}

    @extend_schema(responses={200: LocalTimeRow(many=True), 404: PricingProblem})
    def get(self, request: Request, change_id: int) -> Response:
        """Each list's zones with the instants its local times come to; empty where the times are instants."""
        return Response(local_time_rows(price_change(change_id)))


class SplitByZone(ApiView):
    required_permission = "prices.edit"

    @extend_schema(
        request=None, responses={200: ChangeRow, **dict.fromkeys((403, 404, 409, 422), PricingProblem)}
    )
    def post(self, request: Request, change_id: int) -> Response:
        """Lines of lists over several zones move onto their sites' lists. 409 nothing_to_split; 422 no_site_list."""

        def act() -> tuple[int, Any]:
            return 200, change_item(split_by_zone(actor=self.actor, change_id=change_id))

        return self.once(act)
