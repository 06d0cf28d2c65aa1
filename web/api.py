"""The base of every REST handler: actor, permission, idempotency key, cursor page."""

from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lib.actors import Actor
from web import gates, idempotency
from web.paging import CursorPage


class ApiView(APIView):
    """A handler that asks for `required_permission` (a code, or one per method) before it runs."""

    required_permission: str | dict[str, str] = ""
    pagination_class: type[CursorPage] | None = None  # of a list; the OpenAPI document tells the page by it

    @property
    def actor(self) -> Actor:
        return gates.actor_of(self.request)

    def permission_code(self, method: str) -> str:
        """The permission that `method` asks for, "" when being signed in is enough."""
        if isinstance(self.required_permission, dict):
            return self.required_permission.get("GET" if method == "HEAD" else method, "")
        return self.required_permission

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        code = self.permission_code(request.method or "")
        if code:
            gates.require(request, code)

    def once(
        self,
        effect: Callable[[], tuple[int, Any]],
        *,
        is_plain: bool = False,
        at_once: idempotency.AtOnce | None = None,
        again: Callable[[Any], Any] | None = None,
    ) -> Response:
        """Answer with `effect`'s (status, answer), under the Idempotency-Key header when there is one.

        at_once: see `idempotency.once`. again: makes the answer of a repeat from the first one, where that was kept short.
        """
        response = self.once_for(None, effect, is_plain=is_plain, at_once=at_once)
        if again is not None and "Idempotent-Replay" in response.headers:
            response.data = again(response.data)
        return response

    def once_for(
        self,
        body: Any,
        effect: Callable[[], tuple[int, Any]],
        *,
        is_plain: bool = False,
        at_once: idempotency.AtOnce | None = None,
    ) -> Response:
        """As `once`; `body` stands for the request's own where that holds a file."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            status, answer = effect()
            return Response(answer, status=status)
        asked = idempotency.asked_of(
            self.request.method or "", self.request.path, self.request.data if body is None else body
        )
        owner_id = int(self.actor.id or 0)
        status, answer, replayed = idempotency.once(
            owner_id, key, asked, effect, is_plain=is_plain, at_once=at_once
        )
        return Response(answer, status=status, headers={"Idempotent-Replay": "true"} if replayed else None)
