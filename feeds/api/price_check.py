"""REST of the price check: what shops show against what is effective."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from feeds.access import checked_sites
from feeds.publication_serializers import PriceCheckOutput
from feeds.queries.price_check import Checked, amount_text, latest_check
from web.api import ApiView


class PriceCheck(ApiView):
    """The newest reading of each price of the last day, at the sites in the caller's scope."""

    required_permission = "feeds.view"

    @extend_schema(
        parameters=[OpenApiParameter("site", str), OpenApiParameter("class_code", str)],
        responses=PriceCheckOutput,
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        found = latest_check(checked_sites(self.actor, asked.get("site", "")))
        body = {
            "lines": found.lines,
            "differing": len(found.differing),
            "explained": found.explained,
            "complete_to": found.complete_to,
            "differences": [_row(row) for row in found.of_class(asked.get("class_code", ""))],
        }
        return Response(PriceCheckOutput(body).data)


def _row(row: Checked) -> dict[str, Any]:
    reading = row.reading
    return {
        "site": reading.site.code,
        "channel": reading.channel.code if reading.channel else "",
        "sku": reading.sku,
        "class_code": row.verdict.class_code,
        "is_settled": row.verdict.is_settled,
        "why": row.verdict.why,
        "ours": amount_text(row.ours.amount, row.ours.currency),
        "theirs": amount_text(reading.amount, reading.currency),
        "currency": row.ours.currency or reading.currency,
        "read_at": reading.read_at,
    }
