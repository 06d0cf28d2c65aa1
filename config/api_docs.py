"""The REST description as a page that anybody can read, made from the OpenAPI schema itself."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


def api_docs(request: HttpRequest) -> HttpResponse:
    """Every call with its parameters, body and answers; readable without sign-in."""
    return render(request, "config/api_docs.html", {"groups": _groups(), "base": "/api/v1/"})


@cache
def _groups() -> list[dict[str, Any]]:
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    schema = generator.get_schema(request=None, public=True)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in item:
                groups.setdefault(_noun(path), []).append(_call(path, method, item[method], schema))
    return [{"noun": noun, "calls": calls} for noun, calls in groups.items()]


def _noun(path: str) -> str:
    return path.removeprefix("/api/v1/").split("/")[0]


def _call(path: str, method: str, operation: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [
            {
                "name": parameter["name"],
                "in": parameter["in"],
                "required": parameter.get("required", False),
                "type": _type(parameter.get("schema", {})),
                "description": parameter.get("description", ""),
            }
            for parameter in operation.get("parameters", [])
        ],
        "body": _fields(_first(body), schema),
        "answers": [
            {
                "status": status,
                "description": answer.get("description", ""),
                "fields": _fields(_first(answer.get("content", {})), schema),
            }
            for status, answer in sorted(operation.get("responses", {}).items())
        ],
    }


def _first(content: dict[str, Any]) -> dict[str, Any]:
    return next((media.get("schema", {}) for media in content.values()), {})


def _resolve(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in part:
        found: dict[str, Any] = schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[-1]]
        return found
    if len(part.get("allOf", [])) == 1:
        return _resolve(part["allOf"][0], schema)
    return part


def _fields(part: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The properties of an object, or of the items of a list of objects."""
    part = _resolve(part, schema)
    if part.get("type") == "array":
        part = _resolve(part.get("items", {}), schema)
    required = set(part.get("required", []))
    return [
        {
            "name": name,
            "required": name in required,
            "type": _type(_resolve(field, schema)),
            "description": field.get("description", ""),
        }
        for name, field in part.get("properties", {}).items()
    ]


def _type(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " | ".join(str(value) for value in field["enum"])
    kind = field.get("type", "object")
    if isinstance(kind, list):
        kind = " | ".join(kind)
    if kind == "array":
        return f"list of {_type(field.get('items', {}))}"
    return f"{kind} ({field['format']})" if "format" in field else str(kind)
