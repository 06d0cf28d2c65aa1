"""Reading JSON bodies of REST calls."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 32


class JsonBody(JSONParser):
    """JSON of at most 32 levels: what is nested deeper than anything asked for is not read, let alone walked."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from error
        if is_deeper(data, MAX_DEPTH):
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        return data


def is_deeper(data: Any, levels: int) -> bool:
    """Whether lists and objects lie in each other more than `levels` deep; level by level, without recursion."""
    level = [value for value in [data] if isinstance(value, (dict, list))]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, (dict, list))]
    return bool(level)


def _inside(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
