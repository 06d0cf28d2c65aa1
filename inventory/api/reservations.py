"""REST of reservations: reserving, releasing, fulfilling."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from catalog.rules.fields import text
from inventory import schemas
from inventory.actions import reservations as actions
from inventory.api.ledger import asked_of_query, parameters
from inventory.queries import documents
from inventory.queries.reservations import reservation_body, reservations
from inventory.serializers import Reader, read_movement, read_reservation
from lib.faults import Fault, Faults
from web.api import ApiView
from web.paging import CursorPage


def _bodies(visible: Any, ids: list[int]) -> list[dict[str, Any]]:
    return [reservation_body(one) for one in reservations(visible, {}).filter(pk__in=ids).order_by("pk")]


class Reservations(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "stock.post"}

    @extend_schema(
        parameters=parameters("site", "sku", "reference", "state"),
        responses={200: schemas.ReservationAnswer(many=True)},
    )
    def get(self, request: Request) -> Response:
        page = CursorPage()
        page.ordering = "-id"
        asked = asked_of_query(request, "site", "sku", "reference", "state")
        found = reservations(visible_site_ids_or_all(self.actor), asked)
        rows = page.paginate_queryset(found, request, view=self)
        return page.get_paginated_response([reservation_body(row) for row in rows or []])

    @extend_schema(
        request=schemas.ReservationBody,
        responses={201: schemas.ReservationAnswer(many=True)},
        description="All lines or none; 422 `insufficient_stock` names every line beyond what is available.",
    )
    def post(self, request: Request) -> Response:
        asked = read_reservation(request.data)

        def effect() -> tuple[int, Any]:
            made = actions.reserve(actor=self.actor, **asked)
            return 201, _bodies(None, [one.pk for one in made])

        return self.once(effect)


class Release(ApiView):
    required_permission = "stock.post"

    @extend_schema(
        request=schemas.ReverseBody,
        responses={200: schemas.ReservationAnswer},
        description="404 `unknown_reservation`; 409 `already_ended`; 422 `reason_required`.",
    )
    def post(self, request: Request, reservation_id: int) -> Response:
        faults: list[Fault] = []
        reason = Reader(request.data, "", faults).get("reason", text(500), "", needed=True)
        if faults:
            raise Faults(faults)

        def effect() -> tuple[int, Any]:
            actions.release(actor=self.actor, reservation_id=reservation_id, reason=reason)
            return 200, _bodies(None, [reservation_id])[0]

        return self.once(effect)


class Fulfil(ApiView):
    required_permission = "stock.post"

    @extend_schema(
        request=schemas.MovementBody,
        responses={201: schemas.MovementAnswer},
        description="Ends the reservation and posts the movement in one. 404, 409 as release; else as a movement.",
    )
    def post(self, request: Request, reservation_id: int) -> Response:
        draft, faults = read_movement(request.data, self.actor.channel)
        if draft is None:
            raise Faults(faults)

        def effect() -> tuple[int, Any]:
            made = actions.fulfil(actor=self.actor, reservation_id=reservation_id, draft=draft)
            return 201, documents.movement_body(made, draft)

        return self.once(effect)
