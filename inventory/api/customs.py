"""REST of customs consignments and import limits."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from inventory import customs_schemas as schemas
from inventory import customs_serializers as read
from inventory.access import access_consignment
from inventory.actions import customs, customs_moving
from inventory.actions.import_limits import add_import_limit, end_import_limit
from inventory.api.ledger import asked_of_query, parameters
from inventory.api.write_offs import page_of
from inventory.queries.customs import consignment_body, import_limits, limit_body, visible_consignments
from lib.actors import Actor
from web.api import ApiView
from web.paging import CursorPage

ANSWER = {200: schemas.ConsignmentAnswer}
DRAFT_CODES = (
    "422 `unknown_site, invalid_country, carrier_required, invalid_regime, invalid_origin, invalid_currency,"
    " invalid_dates, too_long, no_lines, too_many_lines, unknown_sku, invalid_quantity, invalid_amount,"
    " invalid_hs_code, duplicate_sku`; 409 `wrong_state`."
)
PART_CODES = "409 `wrong_state`; 422 `not_declared, invalid_quantity, duplicate_sku, nothing_left"


def _body(actor: Actor, consignment_id: int) -> dict[str, Any]:
    return consignment_body(access_consignment(actor, consignment_id), with_costs=actor.may("costs.view"))


class Consignments(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "customs.declare"}

    @extend_schema(
        parameters=parameters("site", "state"), responses={200: schemas.ConsignmentAnswer(many=True)}
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "state")
        found = visible_consignments(visible_site_ids_or_all(self.actor), asked)
        with_costs = self.actor.may("costs.view")
        return page_of(self, request, found, lambda one: consignment_body(one, with_costs=with_costs))

    @extend_schema(
        request=schemas.ConsignmentBody,
        responses={201: schemas.ConsignmentAnswer},
        description=DRAFT_CODES,
    )
    def post(self, request: Request) -> Response:
        draft = read.read_consignment(request.data)

        def effect() -> tuple[int, Any]:
            made = customs.create_consignment(actor=self.actor, draft=draft)
            return 201, _body(self.actor, made.pk)

        return self.once(effect)


class OneConsignment(ApiView):
    required_permission = "stock.view"

    @extend_schema(responses=ANSWER)
    def get(self, request: Request, consignment_id: int) -> Response:
        return Response(_body(self.actor, consignment_id))


class _Step(ApiView):
    """One step: the body is read, the action done, the consignment answered."""

    required_permission = "customs.clear"

    def step(self, consignment_id: int, work: Callable[..., object], **asked: Any) -> Response:
        def effect() -> tuple[int, Any]:
            work(actor=self.actor, consignment_id=consignment_id, **asked)
            return 200, _body(self.actor, consignment_id)

        return self.once(effect)


class EditConsignment(_Step):
    required_permission = "customs.declare"

    @extend_schema(request=schemas.ConsignmentBody, responses=ANSWER, description=DRAFT_CODES)
    def post(self, request: Request, consignment_id: int) -> Response:
        draft = read.read_consignment(request.data)
        return self.step(consignment_id, customs.edit_consignment, draft=draft)


class DeclareConsignment(_Step):
    required_permission = "customs.declare"

    @extend_schema(
        request=None,
        responses=ANSWER,
        description="409 `wrong_state`; 422 `import_limit` for each limit it goes beyond, with figure and limit.",
    )
    def post(self, request: Request, consignment_id: int) -> Response:
        return self.step(consignment_id, customs.declare_consignment)


class CancelConsignment(_Step):
    required_permission = "customs.declare"

    @extend_schema(
        request=schemas.CancelConsignmentBody,
        responses=ANSWER,
        description="Before anything arrived. 409 `wrong_state, has_arrived`; 422 `reason_required`.",
    )
    def post(self, request: Request, consignment_id: int) -> Response:
        reason = read.read_reason(request.data)
        return self.step(consignment_id, customs.cancel_consignment, reason=reason)


class ArriveConsignment(_Step):
    @extend_schema(
        request=schemas.ArriveBody,
        responses=ANSWER,
        description=f"From the supplier or transit into customs. {PART_CODES}, over_declared`.",
    )
    def post(self, request: Request, consignment_id: int) -> Response:
        asked = read.read_parts(request.data, "at")
        return self.step(consignment_id, customs_moving.arrive_consignment, **asked)


class ClearConsignment(_Step):
    @extend_schema(
        request=schemas.ClearBody,
        responses=ANSWER,
        description=f"From customs into the site. {PART_CODES}, not_free, invalid_state`.",
    )
    def post(self, request: Request, consignment_id: int) -> Response:
        asked = read.read_parts(request.data, "to_state")
        return self.step(consignment_id, customs_moving.clear_consignment, **asked)


class HoldGoods(_Step):
    @extend_schema(
        request=schemas.HoldBody,
        responses=ANSWER,
        description=f"They stay at customs. {PART_CODES}, not_free, reason_required, no_lines`.",
    )
    def post(self, request: Request, consignment_id: int) -> Response:
        asked = read.read_parts(request.data, "reason")
        return self.step(consignment_id, customs_moving.hold_goods, **asked)


class ReleaseGoods(_Step):
    @extend_schema(
        request=schemas.ReleaseBody,
        responses=ANSWER,
        description=f"What was held may be cleared. {PART_CODES}, not_held`.",
    )
    def post(self, request: Request, consignment_id: int) -> Response:
        asked = read.read_parts(request.data, "reason")
        return self.step(consignment_id, customs_moving.release_goods, **asked)


class SendBackGoods(_Step):
    @extend_schema(
        request=schemas.HoldBody,
        responses=ANSWER,
        description=f"From customs to the supplier. {PART_CODES}, not_there, reason_required, no_lines`.",
    )
    def post(self, request: Request, consignment_id: int) -> Response:
        asked = read.read_parts(request.data, "reason")
        return self.step(consignment_id, customs_moving.send_back, **asked)


class DestroyGoods(_Step):
    @extend_schema(
        request=schemas.HoldBody,
        responses=ANSWER,
        description="From customs to scrap, beyond the policy when an approver agrees."
        f" {PART_CODES}, not_there, reason_required, no_lines`.",
    )
    def post(self, request: Request, consignment_id: int) -> Response:
        asked = read.read_parts(request.data, "reason")
        return self.step(consignment_id, customs_moving.destroy_goods, **asked)


class CloseConsignment(_Step):
    @extend_schema(request=None, responses=ANSWER, description="409 `wrong_state`, `waiting_for_approval`.")
    def post(self, request: Request, consignment_id: int) -> Response:
        return self.step(consignment_id, customs_moving.close_consignment)


class ImportLimits(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "import_limits.manage"}

    @extend_schema(parameters=parameters("country"), responses={200: schemas.ImportLimitAnswer(many=True)})
    def get(self, request: Request) -> Response:
        found = import_limits(asked_of_query(request, "country")["country"])
        return page_of(self, request, found, limit_body)

    @extend_schema(
        request=schemas.ImportLimitBody,
        responses={201: schemas.ImportLimitAnswer},
        description="422 `invalid_country, invalid_kind, invalid_period, invalid_hs_code, unknown_category, one_scope,"
        " invalid_amount, invalid_currency, source_required, invalid_dates`.",
    )
    def post(self, request: Request) -> Response:
        draft = read.read_limit(request.data)

        def effect() -> tuple[int, Any]:
            return 201, limit_body(add_import_limit(actor=self.actor, draft=draft))

        return self.once(effect)


class EndImportLimit(ApiView):
    required_permission = "import_limits.manage"

    @extend_schema(
        request=schemas.EndLimitBody,
        responses={200: schemas.ImportLimitAnswer},
        description="404 `unknown_limit`; 422 `invalid_dates`.",
    )
    def post(self, request: Request, limit_id: int) -> Response:
        last = read.read_last_day(request.data)

        def effect() -> tuple[int, Any]:
            return 200, limit_body(end_import_limit(actor=self.actor, limit_id=limit_id, last_day=last))

        return self.once(effect)
