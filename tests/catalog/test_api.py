"""REST of master data: what is posted can be read back; each refusal is a problem."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.actions import create_token
from tests.catalog.builders import SETUP, product, product_row, scope, site, site_row, user

pytestmark = pytest.mark.django_db


def client(role: str = "admin", sees: bool = True) -> APIClient:
    person = user(f"user-{role}", role)
    if sees:
        scope(person)
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(actor=SETUP, user=person)}")
    return api


ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("products", product_row(barcode="6291041500213", net_content="0.25", net_content_unit="l"), "sku=P-1"),
    ("sites", site_row(), "code=LON-1"),
    (
        "tax-rates",
        {"country": "GB", "tax_class": "standard", "rate_fraction": "0.2", "valid_from": "2011-01-04"},
        "country=GB",
    ),
    (
        "exchange-rates",
        {"base": "EUR", "quote": "USD", "rate": "1.0842", "on": "2024-06-03"},
        "on=2024-06-03",
    ),
]


@pytest.mark.parametrize(("name", "row", "query"), ROWS)
def test_what_is_posted_is_read_back(name: str, row: dict[str, Any], query: str) -> None:
    api = client()
    posted = api.post(f"/api/v1/{name}/", [row], format="json")
    assert (posted.status_code, posted.json()) == (200, {"created": 1, "updated": 0, "unchanged": 0})
    page = api.get(f"/api/v1/{name}/?{query}").json()
    assert page["results"][0].items() >= row.items()
    assert set(page) == {"next", "previous", "results"}
    again = api.post(f"/api/v1/{name}/", page["results"], format="json").json()
    assert again == {"created": 0, "updated": 0, "unchanged": 1}


def test_unit_costs_are_read_back() -> None:
    product()
    api = client()
    row = {"sku": "P-1", "amount": "1.25", "currency": "GBP", "valid_from": "2026-01-01T00:00:00+00:00"}
    assert api.post("/api/v1/unit-costs/", [row], format="json").json()["created"] == 1
    assert api.get("/api/v1/unit-costs/?sku=P-1").json()["results"] == [row]
    assert api.get("/api/v1/unit-costs/?sku=P-2").json()["results"] == []
    moment = row["valid_from"].replace("+", "%2B")
    assert api.get(f"/api/v1/unit-costs/?sku=P-1&valid_from={moment}").json()["results"] == [row]
    assert api.get("/api/v1/unit-costs/?sku=P-1&valid_from=2001-01-01").json()["results"] == []
    assert api.get("/api/v1/unit-costs/?valid_from=yesterday").status_code == 422


def test_faults_are_one_problem() -> None:
    answer = client().post("/api/v1/products/", [product_row(unit="x"), product_row(sku="")], format="json")
    assert answer.status_code == 422
    assert answer["content-type"] == "application/problem+json"
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/0/unit", "/1/sku"}


def test_sites_outside_the_scope_are_not_listed() -> None:
    made = site()
    site(code="LON-2")
    api = client(sees=False)
    assert api.get("/api/v1/sites/").json()["results"] == []
    scope(user("other"), site=made)


@pytest.mark.parametrize(
    ("method", "name", "role", "status"),
    [
        ("post", "products", "price_clerk", 403),
        ("post", "sites", "finance", 403),
        ("post", "tax-rates", "finance", 200),
        ("post", "unit-costs", "price_clerk", 403),
        ("get", "unit-costs", "stock_clerk", 403),
        ("post", "exchange-rates", "price_manager", 403),
        ("get", "products", "site_staff", 200),
    ],
)
def test_rights(method: str, name: str, role: str, status: int) -> None:
    answer = getattr(client(role), method)(f"/api/v1/{name}/", [], format="json")
    assert answer.status_code == status


def test_a_key_has_one_effect() -> None:
    api = client()
    first = api.post("/api/v1/products/", [product_row()], format="json", headers={"Idempotency-Key": "k"})
    again = api.post("/api/v1/products/", [product_row()], format="json", headers={"Idempotency-Key": "k"})
    assert again.json() == first.json() == {"created": 1, "updated": 0, "unchanged": 0}
    other = api.post(
        "/api/v1/products/", [product_row(sku="X")], format="json", headers={"Idempotency-Key": "k"}
    )
    assert (again["Idempotent-Replay"], other.status_code) == ("true", 409)


@pytest.mark.parametrize("query", ["on=nonsense", "on=2024-06-03T00:00:00"])
def test_a_bad_filter_is_a_problem(query: str) -> None:
    assert client().get(f"/api/v1/exchange-rates/?{query}").status_code == 422


def test_without_a_token() -> None:
    assert APIClient().get("/api/v1/products/").status_code == 401
