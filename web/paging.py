"""Cursor pages {next, previous, results} over querysets and over plain SQL rows."""

import base64
import json
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination

from lib.faults import refuse

PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000


class CursorPage(CursorPagination):
    """REST framework's cursor page, `?page_size=` up to 1000; set `ordering` to a unique key."""

    page_size = PAGE_SIZE
    max_page_size = MAX_PAGE_SIZE
    page_size_query_param = "page_size"
    ordering: Any = "id"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        self.model = queryset.model
        page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        return page

    def decode_cursor(self, request: Any) -> Cursor | None:
        """The cursor, whose place in the order must be of the order's type. Raises NotFound."""
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            try:
                self.model._meta.get_field(self.ordering[0].lstrip("-")).to_python(cursor.position)
            except FieldDoesNotExist:
                return cursor
            except (ValidationError, ValueError, OverflowError) as error:
                raise NotFound(self.invalid_cursor_message) from error
        return cursor


def encode_cursor(position: list[Any]) -> str:
    """An opaque cursor for the last row's sort key."""
    return base64.urlsafe_b64encode(json.dumps(position, default=str).encode()).decode()


def decode_cursor(cursor: str) -> list[Any]:
    """The sort key in `cursor`. Raises Faults 400 `invalid_cursor`."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, RecursionError) as error:
        raise refuse("invalid_cursor", "The cursor cannot be read.", pointer="/cursor", status=400) from error
    if not isinstance(position, list):
        raise refuse("invalid_cursor", "The cursor cannot be read.", pointer="/cursor", status=400)
    return position
