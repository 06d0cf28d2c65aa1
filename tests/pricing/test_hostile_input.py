"""Whatever is posted to the REST of pricing: an answer that says so, never a 500."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from pricing import api_urls
from pricing.models import PriceChange
from tests.accounts.builders import user
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, priced

pytestmark = pytest.mark.django_db
#: As JSON text: Python's own writer has no way to say some of them.
JSON_VALUES = ('"a\\u0000b"', "1e400", "NaN", '{"a": {"b": 1}}', "[null]", '"１２．５"')
BODIES = ("", "{", "[]", "null", "1", '"x"', "[" * 500, '{"a":' * 60 + "1" + "}" * 60, "\x00", "\xff")
ENDPOINTS = [str(one.pattern) for one in api_urls.urlpatterns]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


@pytest.fixture
def house() -> House:
    house = a_house()
    a_product("A")
    a_list("SALE", kind="promotion", priority=10)
    priced(house.clerk, ("BASE", "A", "9.99"))
    return house


@pytest.fixture
def admin(house: House) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user("root", "admin"), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def change(house: House) -> PriceChange:
    return a_draft(house.clerk, ("SALE", "A", "9.49"), reason_code="promotion")


def address(route: str, change: PriceChange) -> str:
    filled = re.sub(r"<int:change_id>", str(change.pk), route)
    filled = re.sub(r"<int:\w+>", "1", filled)
    return (
        re.sub(r"<str:code>", "SALE", re.sub(r"<str:sku>", "A", filled)).replace("<str:", "").replace(">", "")
    )


def asked_for(schema: dict[str, Any], route: str) -> dict[str, Any]:
    """The properties of what may be posted there."""
    found = schema["paths"].get(f"/api/v1/{re.sub('<[a-z]+:', '{', route).replace('>', '}')}", {})
    content = found.get("post", {}).get("requestBody", {}).get("content", {})
    shape = content.get("application/json", {}).get("schema", {})
    name = shape.get("$ref", "").rpartition("/")[2]
    properties: dict[str, Any] = schema["components"]["schemas"].get(name, {}).get("properties", {})
    return properties


def usual(name: str, shape: dict[str, Any]) -> Any:
    """Something that might be right there."""
    known = {
        "price_list": "BASE", "sku": "A", "site": "LON", "country": "GB", "currency": "GBP", "amount": "9.49",
        "source_on": "2026-01-01", "at": "2030-01-01T00:00:00Z", "kind": "reference_price", "rule": "change_limit",
        "lines": [{"price_list": "BASE", "sku": "A", "amount": "9.49", "site": "LON"}], "base_version": 0,
    }  # fmt: skip
    by_type = {"string": "a", "integer": 1, "boolean": True, "array": [], "object": {}, "number": 1}
    return known.get(name, by_type.get(shape.get("type", "string"), "a"))


def bodies_of(properties: dict[str, Any]) -> Iterator[str]:
    yield from BODIES
    whole = {name: usual(name, shape) for name, shape in properties.items()}
    yield json.dumps(whole)
    for name in properties:
        others = json.dumps({key: value for key, value in whole.items() if key != name})[:-1]
        for value in JSON_VALUES:
            yield f"{others}{', ' if len(whole) > 1 else ''}{json.dumps(name)}: {value}}}"
    line = whole.get("lines")
    if line:
        for inner in (*line[0], "min_quantity", "quantity", "channel", "customer_group", "unit"):
            for value in JSON_VALUES:
                kept = {**whole, "lines": [{**line[0], inner: "@@"}]}
                yield json.dumps(kept).replace('"@@"', value)


@pytest.mark.parametrize("route", ENDPOINTS)
def test_rest_answers_whatever_is_posted(
    admin: Client, change: PriceChange, schema: dict[str, Any], route: str
):
    wrong = []
    for number, body in enumerate(bodies_of(asked_for(schema, route))):
        headers = {"Idempotency-Key": f"k{number}"} if number % 2 else {}
        answer = admin.post(f"/api/v1/{address(route, change)}", body, "application/json", headers=headers)
        if answer.status_code >= 500:
            wrong.append((answer.status_code, body[:300]))
    assert wrong == []
