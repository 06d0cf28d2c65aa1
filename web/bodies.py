"""Reading JSON bodies of REST calls."""

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from lib.faults import refuse

MAX_DEPTH = 32


class JsonBody(JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes and 32 levels.

    The limit holds whoever has read the stream before; what is nested deeper than anything asked for is not walked.
    Raises Faults 413 `too_large`; ParseError.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise refuse("too_large", f"At most {limit // 2**20} MiB.", status=413)
        try:
            data = super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from error
        if is_deeper(data, MAX_DEPTH):
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        if b"\\ud" in body.lower():
            _refuse_halves(data)
        return data


def _refuse_halves(data: Any) -> None:
    """Half of a surrogate pair is no text: it can neither be stored nor be answered. Raises ParseError."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ParseError("Half of a surrogate pair stands in the JSON.") from error


def is_deeper(data: Any, levels: int) -> bool:
    """Whether lists and objects lie in each other more than `levels` deep; level by level, without recursion."""
    level = [value for value in [data] if isinstance(value, (dict, list))]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, (dict, list))]
    return bool(level)


def _inside(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
