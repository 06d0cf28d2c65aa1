"""override-questions/"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib.faults import refuse
from pricing import override_serializers as shapes
from pricing import serializers
from pricing.actions.overrides import answer_overrides
from pricing.queries.overrides import override_questions, question_row
from web.api import ApiView
from web.paging import CursorPage


class ByNewest(CursorPage):
    ordering = "-id"


class OverrideQuestions(ApiView):
    pagination_class = ByNewest
    required_permission = {"GET": "prices.view"}

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("price_list", "answer", "cursor", "page_size")],
        responses={200: shapes.QuestionRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Own prices whose parent's price moved, newest first; answer=open for those that wait."""
        asked = {
            name: request.query_params.get(name, "").replace("\x00", "") for name in ("price_list", "answer")
        }
        answer = None if not asked["answer"] else "" if asked["answer"] == "open" else asked["answer"]
        paginator = ByNewest()
        found = override_questions(asked["price_list"], answer)
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([question_row(one) for one in page or []])


class AnswerOverrides(ApiView):
    required_permission = {"POST": "prices.edit"}

    @extend_schema(
        request=shapes.AnswerAsked,
        responses={200: shapes.Answered, **dict.fromkeys((403, 409, 422), serializers.PricingProblem)},
    )
    def post(self, request: Request) -> Response:
        """Keep own prices, or make a draft that moves or drops them. 422 unknown_question, unknown_answer; 409 already_answered."""

        def answer() -> tuple[int, Any]:
            ids, word = _read(request.data)
            change = answer_overrides(actor=self.actor, question_ids=ids, answer=word)
            return 200, {"answered": len(set(ids)), "price_change": change.pk if change else None}

        return self.once(answer)


def _read(body: Any) -> tuple[list[int], str]:
    """Raises Faults 422."""
    if not isinstance(body, dict):
        raise refuse("not_an_object", "The body must be an object.")
    ids = body.get("ids")
    if not isinstance(ids, list) or not all(type(one) is int and abs(one) < 2**62 for one in ids):
        raise refuse("not_a_list", "ids must be a list of whole numbers.", pointer="/ids")
    return ids, str(body.get("answer") or "")
