"""REST of stock: movements one by one and in bulk, balances and entries, snapshots and reconciliations."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.access import visible_site_ids_or_all
from catalog.rules.fields import text
from inventory import schemas
from inventory.access import access_movement, access_reconciliation
from inventory.actions.at_once import Claim, post_at_once
from inventory.actions.bulk import MAX_MOVEMENTS, BulkItem, BulkResult, post_movements
from inventory.actions.movements import post_movement, reverse_movement
from inventory.actions.reconciliations import accept_differences, set_differences_aside
from inventory.actions.snapshots import post_snapshot
from inventory.queries import documents, ledger
from inventory.queries import reconciliations as counts
from inventory.serializers import (
    Reader,
    query_instant,
    read_decision,
    read_movement,
    read_snapshot,
)
from lib.faults import Fault, Faults, refuse
from web.api import ApiView
from web.idempotency import asked_of
from web.paging import MAX_PAGE_SIZE, PAGE_SIZE, CursorPage, decode_cursor, encode_cursor

MOVEMENTS_PATH = "/api/v1/stock/movements/"


def parameters(*names: str) -> list[OpenApiParameter]:
    return [OpenApiParameter(name, str) for name in (*names, "cursor", "page_size")]


def asked_of_query(request: Request, *names: str) -> dict[str, str]:
    return {name: request.query_params.get(name, "").replace("\x00", "") for name in names}


def sql_page(
    request: Request, read: Callable[[list[Any] | None, int], tuple[list[Any], list[Any] | None]]
) -> Response:
    """A cursor page over plain rows: forward by the last row's key."""
    cursor, size = request.query_params.get("cursor"), request.query_params.get("page_size", "")
    limit = min(max(int(size), 1), MAX_PAGE_SIZE) if size.isdecimal() and len(size) < 9 else PAGE_SIZE
    rows, following = read(decode_cursor(cursor) if cursor else None, limit)
    next_url = None
    if following is not None:
        query = request.query_params.copy()
        query["cursor"] = encode_cursor(following)
        next_url = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    return Response({"next": next_url, "previous": None, "results": rows})


class Movements(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "stock.post"}

    @extend_schema(
        request=schemas.MovementBody,
        responses={201: schemas.MovementAnswer},
        description=schemas.MOVEMENT_CODES,
    )
    def post(self, request: Request) -> Response:
        draft, faults = read_movement(request.data, self.actor.channel)
        if draft is None:
            raise Faults(faults)

        def effect() -> tuple[int, Any]:
            made = post_movement(actor=self.actor, draft=draft)
            return 201, documents.movement_body(made, documents.posted_draft(made, draft))

        def at_once(claim: Claim) -> tuple[int, Any] | None:
            made = post_at_once(actor=self.actor, draft=draft, claim=claim)
            return None if made is None else (201, documents.movement_body(made, draft))

        return self.once(effect, is_plain=True, at_once=at_once, again=documents.whole_answer)

    @extend_schema(
        parameters=parameters("reference", "kind", "state", "site"),
        responses={200: schemas.MovementAnswer(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "reference", "kind", "state", "site")
        page = CursorPage()
        page.ordering = "-id"
        found = documents.visible_movements(visible_site_ids_or_all(self.actor), asked)
        rows = page.paginate_queryset(found, request, view=self)
        return page.get_paginated_response(documents.movement_bodies(rows or []))


class BulkMovements(ApiView):
    required_permission = "stock.post"

    @extend_schema(
        request=schemas.BulkMovementBody(many=True),
        responses={200: schemas.BulkAnswer(many=True)},
        description=schemas.MOVEMENT_CODES,
    )
    def post(self, request: Request) -> Response:
        data = request.data
        if not isinstance(data, list):
            raise refuse("not_a_list", "The body must be a list of movements.")
        if len(data) > MAX_MOVEMENTS:
            raise refuse("too_many", f"At most {MAX_MOVEMENTS} movements at a time.", status=413)
        items = [_bulk_item(item, self.actor.channel) for item in data]
        return Response([_bulk_row(result) for result in post_movements(actor=self.actor, items=items)])


def _bulk_item(data: Any, source: str) -> BulkItem:
    """A movement of a batch; the same one sent singly under the same key is the same request."""
    body = (
        {name: value for name, value in data.items() if name != "idempotency_key"}
        if isinstance(data, dict)
        else data
    )
    key = data.get("idempotency_key") if isinstance(data, dict) else None
    draft, faults = read_movement(body, source)
    clean = key.replace("\x00", "") if isinstance(key, str) else ""
    return BulkItem(clean, asked_of("POST", MOVEMENTS_PATH, body), draft, faults)


def _bulk_row(result: BulkResult) -> dict[str, Any]:
    row: dict[str, Any] = {"idempotency_key": result.key, "status": result.status}
    if result.id is not None:
        row["id"] = result.id
    if result.faults:
        row["errors"] = [_fault_row(fault) for fault in result.faults]
    return row


def _fault_row(fault: Fault) -> dict[str, str]:
    return {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}


class OneMovement(ApiView):
    required_permission = "stock.view"

    @extend_schema(responses={200: schemas.MovementAnswer})
    def get(self, request: Request, movement_id: int) -> Response:
        movement = access_movement(self.actor, movement_id)
        return Response(documents.movement_body(movement, documents.movement_draft(movement)))


class ReverseMovement(ApiView):
    required_permission = "stock.reverse"

    @extend_schema(
        request=schemas.ReverseBody,
        responses={201: schemas.MovementAnswer},
        description="409 `already_reversed`, `is_reversal`, `wrong_state`; 422 `reason_required`, `insufficient_stock`.",
    )
    def post(self, request: Request, movement_id: int) -> Response:
        access_movement(self.actor, movement_id)
        faults: list[Fault] = []
        reason = Reader(request.data, "", faults).get("reason", text(500), "", needed=True)
        if faults:
            raise Faults(faults)

        def effect() -> tuple[int, Any]:
            made = reverse_movement(actor=self.actor, movement_id=movement_id, reason=reason)
            return 201, documents.movement_body(made, documents.movement_draft(made))

        return self.once(effect)


class Balances(ApiView):
    pagination_class = CursorPage
    required_permission = "stock.view"

    @extend_schema(
        parameters=parameters("site", "sku", "at", "known_at"),
        responses={200: schemas.BalanceRow(many=True)},
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "sku", "at", "known_at")
        part = ledger.Asked(asked["site"], asked["sku"], visible_site_ids_or_all(self.actor))
        at, known_at = (query_instant(asked[name], name) for name in ("at", "known_at"))
        return sql_page(
            request,
            lambda after, limit: ledger.balance_page(
                part, at=at, known_at=known_at, after=after, limit=limit
            ),
        )


class Entries(ApiView):
    pagination_class = CursorPage
    required_permission = "stock.view"

    @extend_schema(
        parameters=parameters("site", "sku", "from", "to"), responses={200: schemas.EntryRow(many=True)}
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "sku", "from", "to")
        part = ledger.Asked(asked["site"], asked["sku"], visible_site_ids_or_all(self.actor))
        since, until = (query_instant(asked[name], name) for name in ("from", "to"))
        return sql_page(
            request,
            lambda after, limit: ledger.entry_page(part, since=since, until=until, after=after, limit=limit),
        )


class Snapshots(ApiView):
    pagination_class = CursorPage
    required_permission = {"GET": "stock.view", "POST": "snapshots.post"}

    @extend_schema(
        request=schemas.SnapshotBody,
        responses={201: schemas.SnapshotAnswer},
        description="Codes: `unknown_site, naive_time, invalid_time, in_future, duplicate_sku, invalid_quantity, too_long`;"
        " 413 `too_many_lines` beyond 200,000.",
    )
    def post(self, request: Request) -> Response:
        draft = read_snapshot(request.data, self.actor.channel)

        def effect() -> tuple[int, Any]:
            made = post_snapshot(actor=self.actor, draft=draft)
            return 201, {"id": made.snapshot_id, "reconciliation": made.pk}

        return self.once(effect)

    @extend_schema(parameters=parameters("site"), responses={200: schemas.SnapshotRow(many=True)})
    def get(self, request: Request) -> Response:
        page = CursorPage()
        page.ordering = "-id"
        found = counts.visible_snapshots(
            visible_site_ids_or_all(self.actor), asked_of_query(request, "site")["site"]
        )
        rows = page.paginate_queryset(found, request, view=self)
        return page.get_paginated_response([counts.snapshot_body(row) for row in rows or []])


class Reconciliations(ApiView):
    pagination_class = CursorPage
    required_permission = "reconciliations.view"

    @extend_schema(
        parameters=parameters("site", "state"), responses={200: schemas.ReconciliationAnswer(many=True)}
    )
    def get(self, request: Request) -> Response:
        asked = asked_of_query(request, "site", "state")
        page = CursorPage()
        page.ordering = "-id"
        visible = visible_site_ids_or_all(self.actor)
        rows = page.paginate_queryset(counts.visible_reconciliations(visible, **asked), request, view=self)
        return page.get_paginated_response([counts.reconciliation_body(row) for row in rows or []])


class OneReconciliation(ApiView):
    required_permission = "reconciliations.view"

    @extend_schema(responses={200: schemas.ReconciliationAnswer})
    def get(self, request: Request, reconciliation_id: int) -> Response:
        found = access_reconciliation(self.actor, reconciliation_id)
        differences = counts.difference_bodies(found.pk)
        return Response({**counts.reconciliation_body(found), "differences": differences})


class DecideDifferences(ApiView):
    """Accept, recount or investigate differences of a reconciliation, in bulk."""

    required_permission = "reconciliations.decide"

    @extend_schema(
        request=schemas.DecisionBody,
        responses={200: schemas.DecisionAnswer},
        description="Codes: 409 `wrong_state`; 422 `no_differences, insufficient_stock, negative_later`.",
    )
    def post(self, request: Request, reconciliation_id: str, decision: str) -> Response:
        number = int(reconciliation_id)
        access_reconciliation(self.actor, number)
        ids, note = read_decision(request.data)
        asked: dict[str, Any] = {
            "actor": self.actor,
            "reconciliation_id": number,
            "difference_ids": ids,
            "note": note,
        }

        def effect() -> tuple[int, Any]:
            answer: dict[str, Any] = {"accepted": 0, "pending": 0, "movement": None}
            if decision == "accept":
                done = accept_differences(**asked)
                answer = {"accepted": done.accepted, "pending": done.pending, "movement": done.movement_id}
            else:
                set_differences_aside(**asked, state=DECISIONS[decision])
            return 200, {**answer, "state": access_reconciliation(self.actor, number).state}

        return self.once(effect)


DECISIONS = {"recount": "recount", "investigate": "investigating"}
