"""REST of returns to suppliers, gradings, and what is set aside."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from inventory import write_offs_schemas as schemas
from inventory import write_offs_serializers as read
from inventory.access import access_grading, access_supplier_return
from inventory.actions import supplier_returns, supplier_returns_moving
from inventory.actions.gradings import add_grading_evidence, grade_goods
from inventory.actions.set_aside import change_state
from inventory.api.ledger import asked_of_query, parameters, sql_page
from inventory.api.write_offs import FILE_CODES, page_of
from inventory.queries.set_aside import grading_body, set_aside_body, set_aside_rows, visible_gradings
from inventory.queries.supplier_returns import supplier_return_body, visible_supplier_returns
from inventory.queries.write_offs import evidence_body
from lib.actors import Actor
from web.api import ApiView
from web.paging import CursorPage
from web.stored_files import receive_sent

DRAFT_CODES = (
    "422 `unknown_site, unknown_supplier, reason_required, in_past, too_long, no_lines, too_many_lines,"
    " invalid_quantity, invalid_state, invalid_amount, duplicate_sku, unknown_sku`; 409 `wrong_state`."
)


def _body(actor: Actor, return_id: int) -> dict[str, Any]:
    return supplier_return_body(access_supplier_return(actor, return_id), with_costs=actor.may("costs.view"))


class SupplierReturns(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "supplier_returns.request"}

    @extend_schema(
        parameters=parameters("site", "supplier", "state"),
        responses={200: schemas.SupplierReturnAnswer(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "supplier", "state")
        found = visible_supplier_returns(visible_site_ids_or_all(self.actor), asked)
        with_costs = self.actor.may("costs.view")
        return page_of(self, request, found, lambda one: supplier_return_body(one, with_costs=with_costs))

    @extend_schema(
        request=schemas.SupplierReturnBody,
        responses={201: schemas.SupplierReturnAnswer},
        description=DRAFT_CODES,
    )
    def post(self, request: Request) -> Response:
        draft = read.read_supplier_return(request.data)

        def effect() -> tuple[int, Any]:
            made = supplier_returns.create_supplier_return(actor=self.actor, draft=draft)
            return 201, _body(self.actor, made.pk)

        return self.once(effect)


class OneSupplierReturn(ApiView):
    required_permission = "stock.view"

    @extend_schema(responses={200: schemas.SupplierReturnAnswer})
    def get(self, request: Request, return_id: int) -> Response:
        return Response(_body(self.actor, return_id))


class _Step(ApiView):
    """One step: the body is read, the action done, the return answered."""

    def step(self, return_id: int, work: Callable[[], object]) -> Response:
        def effect() -> tuple[int, Any]:
            work()
            return 200, _body(self.actor, return_id)

        return self.once(effect)


class EditSupplierReturn(_Step):
    required_permission = "supplier_returns.request"

    @extend_schema(
        request=schemas.SupplierReturnBody,
        responses={200: schemas.SupplierReturnAnswer},
        description=f"Before anything left; it is a draft again, its approval is void. {DRAFT_CODES}",
    )
    def post(self, request: Request, return_id: int) -> Response:
        draft = read.read_supplier_return(request.data)
        return self.step(
            return_id,
            lambda: supplier_returns.edit_supplier_return(actor=self.actor, return_id=return_id, draft=draft),
        )


class SupplierReturnEvidence(ApiView):
    required_permission = "supplier_returns.request"
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": schemas.FileBody},
        responses={201: schemas.EvidenceRow},
        description=FILE_CODES,
    )
    def post(self, request: Request, return_id: int) -> Response:
        upload = receive_sent(request.FILES.get("file"))

        def effect() -> tuple[int, Any]:
            made = supplier_returns.add_return_evidence(actor=self.actor, return_id=return_id, upload=upload)
            return 201, evidence_body(made)

        return self.once_for({"sha256": upload.sha256}, effect)


class SubmitSupplierReturn(_Step):
    required_permission = "supplier_returns.request"

    @extend_schema(
        request=None,
        responses={200: schemas.SupplierReturnAnswer},
        description="Within the policy's limits it is approved at once. 403 `not_preparer`; 409 `wrong_state`.",
    )
    def post(self, request: Request, return_id: int) -> Response:
        return self.step(
            return_id,
            lambda: supplier_returns.submit_supplier_return(actor=self.actor, return_id=return_id),
        )


class DecideSupplierReturn(_Step):
    required_permission = "adjustments.approve"
    approve = True

    @extend_schema(
        request=schemas.CommentedBody,
        responses={200: schemas.SupplierReturnAnswer},
        description="403 `own_request`, `not_approver`; 409 `wrong_state`, `content_changed`.",
    )
    def post(self, request: Request, return_id: int) -> Response:
        asked: dict[str, Any] = {"approve": self.approve, "comment": read.read_comment(request.data)}
        return self.step(
            return_id,
            lambda: supplier_returns.decide_supplier_return(actor=self.actor, return_id=return_id, **asked),
        )


class RejectSupplierReturn(DecideSupplierReturn):
    approve = False


class CancelSupplierReturn(_Step):
    required_permission = "supplier_returns.request"

    @extend_schema(
        request=schemas.CommentedBody,
        responses={200: schemas.SupplierReturnAnswer},
        description="Only before anything left. 409 `wrong_state`; 422 `reason_required`.",
    )
    def post(self, request: Request, return_id: int) -> Response:
        comment = read.read_comment(request.data)
        return self.step(
            return_id,
            lambda: supplier_returns.cancel_supplier_return(
                actor=self.actor, return_id=return_id, comment=comment
            ),
        )


class ShipSupplierReturn(_Step):
    required_permission = "supplier_returns.ship"

    @extend_schema(
        request=schemas.ReturnShipBody,
        responses={200: schemas.SupplierReturnAnswer},
        description="409 `wrong_state`; 422 `not_requested, over_shipment, nothing_left, invalid_quantity,"
        " duplicate_sku, insufficient_stock`.",
    )
    def post(self, request: Request, return_id: int) -> Response:
        lines = read.read_shipment(request.data)
        return self.step(
            return_id,
            lambda: supplier_returns_moving.ship_supplier_return(
                actor=self.actor, return_id=return_id, lines=lines
            ),
        )


class NoteSupplierCredit(_Step):
    required_permission = "supplier_returns.credit"

    @extend_schema(
        request=schemas.CreditNoteBody,
        responses={200: schemas.SupplierReturnAnswer},
        description="409 `wrong_state`, `already_noted`; 422 `reference_required, invalid_amount, in_future`.",
    )
    def post(self, request: Request, return_id: int) -> Response:
        asked = read.read_credit(request.data)
        return self.step(
            return_id,
            lambda: supplier_returns_moving.note_credit(actor=self.actor, return_id=return_id, **asked),
        )


class CloseSupplierReturn(_Step):
    required_permission = "supplier_returns.credit"

    @extend_schema(
        request=schemas.CommentedBody,
        responses={200: schemas.SupplierReturnAnswer},
        description="409 `wrong_state`; 422 `difference_unexplained`.",
    )
    def post(self, request: Request, return_id: int) -> Response:
        comment = read.read_comment(request.data)
        return self.step(
            return_id,
            lambda: supplier_returns_moving.close_supplier_return(
                actor=self.actor, return_id=return_id, comment=comment
            ),
        )


class Gradings(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "returns.grade"}

    @extend_schema(
        parameters=parameters("site", "sku", "grade"), responses={200: schemas.GradingAnswer(many=True)}
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "sku", "grade")
        found = visible_gradings(visible_site_ids_or_all(self.actor), asked)
        return page_of(self, request, found, grading_body)

    @extend_schema(
        request=schemas.GradingBody,
        responses={201: schemas.GradingAnswer},
        description="422 `unknown_site, unknown_sku, unknown_supplier, invalid_grade, invalid_outcome, not_grade_b,"
        " invalid_fraction, comment_required, invalid_quantity, insufficient_stock`.",
    )
    def post(self, request: Request) -> Response:
        draft = read.read_grade(request.data)

        def effect() -> tuple[int, Any]:
            made = grade_goods(actor=self.actor, draft=draft)
            return 201, grading_body(access_grading(self.actor, made.pk))

        return self.once(effect)


class GradingEvidence(ApiView):
    required_permission = "returns.grade"
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": schemas.FileBody},
        responses={201: schemas.EvidenceRow},
        description=FILE_CODES,
    )
    def post(self, request: Request, grading_id: int) -> Response:
        upload = receive_sent(request.FILES.get("file"))

        def effect() -> tuple[int, Any]:
            made = add_grading_evidence(actor=self.actor, grading_id=grading_id, upload=upload)
            return 201, evidence_body(made)

        return self.once_for({"sha256": upload.sha256}, effect)


class SetAside(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "stock.view"}

    @extend_schema(
        parameters=parameters("site", "state", "sku"), responses={200: schemas.SetAsideRow(many=True)}
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "state", "sku")
        visible = visible_site_ids_or_all(self.actor)
        with_costs = self.actor.may("costs.view")

        def read_page(after: list[Any] | None, limit: int) -> tuple[list[Any], list[Any] | None]:
            start = after[0] if after and isinstance(after[0], int) else 0
            rows = set_aside_rows(visible, **asked, limit=limit + 1, after=start)
            following = [rows[limit - 1]["id"]] if len(rows) > limit else None
            return [set_aside_body(row, with_costs=with_costs) for row in rows[:limit]], following

        return sql_page(request, read_page)

    @extend_schema(
        request=schemas.StateChangeBody,
        responses={201: schemas.StateChangeAnswer},
        description="Asks for stock.set_aside, to make available again for stock.release. 422 `unknown_site,"
        " reason_required, same_location, invalid_state, invalid_quantity, unknown_sku, insufficient_stock`.",
    )
    def post(self, request: Request) -> Response:
        change = read.read_state_change(request.data)

        def effect() -> tuple[int, Any]:
            return 201, {"movement": change_state(actor=self.actor, change=change).pk}

        return self.once(effect)
