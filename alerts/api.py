"""REST of alerts and incidents."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import actions
from alerts.access import access_alert, access_incident, visible_alerts, visible_incidents
from alerts.models import Alert, Incident
from alerts.serializers import AlertOutput, CloseInput, IncidentOutput, NoteInput
from lib.faults import refuse
from web.api import ApiView
from web.paging import CursorPage


class NewestFirst(CursorPage):
    ordering = "-id"


def _state(request: Request, known: list[str]) -> str:
    state = request.query_params.get("state", "")
    if state and state not in known:
        raise refuse("unknown_state", f"There is no state {state!r}.", pointer="/state")
    return str(state)


def _page(request: Request, rows: QuerySet[Any], output: type[serializers.Serializer[Any]]) -> Response:
    page = NewestFirst()
    return page.get_paginated_response(output(page.paginate_queryset(rows, request), many=True).data)


class Alerts(ApiView):
    required_permission = "watch.view"
    pagination_class = NewestFirst

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=Alert.State.values)], responses=AlertOutput(many=True)
    )
    def get(self, request: Request) -> Response:
        return _page(request, visible_alerts(self.actor, _state(request, Alert.State.values)), AlertOutput)


class AcknowledgeAlert(ApiView):
    required_permission = "alerts.handle"

    @extend_schema(request=None, responses=AlertOutput)
    def post(self, request: Request, alert_id: int) -> Response:
        access_alert(self.actor, alert_id)
        return self.once(
            lambda: (200, AlertOutput(actions.acknowledge_alert(actor=self.actor, alert_id=alert_id)).data)
        )


class Incidents(ApiView):
    required_permission = "watch.view"
    pagination_class = NewestFirst

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=Incident.State.values)],
        responses=IncidentOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = visible_incidents(self.actor, _state(request, Incident.State.values))
        return _page(request, rows, IncidentOutput)


class IncidentDetail(ApiView):
    required_permission = "watch.view"

    @extend_schema(responses=IncidentOutput)
    def get(self, request: Request, incident_id: int) -> Response:
        return Response(IncidentOutput(access_incident(self.actor, incident_id)).data)


class _Work(ApiView):
    required_permission = "incidents.work"

    def answer(self, incident_id: int) -> tuple[int, Any]:
        return 200, IncidentOutput(access_incident(self.actor, incident_id)).data


class TakeIncident(_Work):
    @extend_schema(request=None, responses=IncidentOutput)
    def post(self, request: Request, incident_id: int) -> Response:
        access_incident(self.actor, incident_id)

        def effect() -> tuple[int, Any]:
            actions.take_incident(actor=self.actor, incident_id=incident_id)
            return self.answer(incident_id)

        return self.once(effect)


class CompleteStep(_Work):
    @extend_schema(request=NoteInput, responses=IncidentOutput)
    def post(self, request: Request, incident_id: int, number: int) -> Response:
        given = NoteInput(data=request.data)
        given.is_valid(raise_exception=True)
        access_incident(self.actor, incident_id)

        def effect() -> tuple[int, Any]:
            note = given.validated_data["note"]
            actions.record_step(actor=self.actor, incident_id=incident_id, number=number, note=note)
            return self.answer(incident_id)

        return self.once(effect)


class CloseIncident(_Work):
    @extend_schema(request=CloseInput, responses=IncidentOutput)
    def post(self, request: Request, incident_id: int) -> Response:
        given = CloseInput(data=request.data)
        given.is_valid(raise_exception=True)
        access_incident(self.actor, incident_id)

        def effect() -> tuple[int, Any]:
            reason = given.validated_data["reason"]
            actions.close_incident(actor=self.actor, incident_id=incident_id, reason=reason)
            return self.answer(incident_id)

        return self.once(effect)
