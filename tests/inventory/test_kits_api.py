"""REST of bundles, kits and production, and what a bundle that is sold looks like."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.models import Event
from lib.clock import frozen
from tests.inventory.builders import held, line, make_product, make_site, post, receive
from tests.inventory.test_api import NOW, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with frozen(NOW):
        yield


@pytest.fixture
def client() -> APIClient:
    make_site("LON")
    make_site("BRS")
    for sku in ("GIFT", "CUP", "TEA"):
        make_product(sku)
    receive("CUP", quantity="7", cost="3")
    receive("TEA", quantity="9", cost="1")
    receive("CUP", site="BRS", quantity="4", cost="3")
    return client_of("admin")


def lines(*parts: tuple[str, str]) -> list[dict[str, str]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in parts]


def gift(client: APIClient, **body: Any) -> Any:
    asked = {"sku": "GIFT", "kind": "bundle", "lines": lines(("CUP", "1"), ("TEA", "2"))}
    return client.post("/api/v1/stock/bills/", asked | body, format="json")


def test_a_bill_is_saved_read_back_and_told(client: APIClient) -> None:
    made = gift(client, reason="Christmas")
    assert made.status_code == 201, made.json()
    stored = client.get("/api/v1/stock/bills/?sku=GIFT").json()["results"]
    assert stored == [made.json()]
    event = Event.objects.get(kind="bill.saved")
    assert (event.subject, event.reason) == ("bill:GIFT", "Christmas")


def test_what_can_be_sold_is_the_least_of_the_components(client: APIClient) -> None:
    gift(client)
    rows = client.get("/api/v1/stock/bundles/?sku=GIFT").json()["results"]
    assert [(row["site"], row["available"], row["limited_by"]) for row in rows] == [
        ("BRS", "0", "TEA"),
        ("LON", "4", "TEA"),
    ]
    first = client.get("/api/v1/stock/bundles/?page_size=1").json()
    assert [row["site"] for row in client.get(first["next"]).json()["results"]] == ["LON"]


def test_a_bundle_sold_over_rest_answers_its_components_by_name(client: APIClient) -> None:
    gift(client)
    row = {"sku": "GIFT", "from": "LON", "to": "customer", "quantity": "2", "unit_price": "12.00"}
    sent = client.post(
        "/api/v1/stock/movements/", {"reference": "T-1", "kind": "sale", "lines": [row]}, format="json"
    )
    answer = sent.json()
    bundle = {"sku": "GIFT", "quantity": "2", "place": 0, "unit_price": "12"}
    assert [(x["sku"], x["quantity"], x["bundle"]) for x in answer["lines"]] == [
        ("CUP", "2", bundle),
        ("TEA", "4", bundle),
    ]
    read = client.get(f"/api/v1/stock/movements/{answer['id']}/").json()
    assert [x["bundle"] for x in read["lines"]] == [bundle, bundle]


def test_a_product_with_stock_is_no_bundle(client: APIClient) -> None:
    receive("GIFT", quantity="1", cost="1")
    refused = gift(client)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "bundle_has_stock")
    post("issue", line("GIFT", "LON", "customer", "1"))
    assert gift(client).status_code == 201


def test_a_version_does_not_change_the_past(client: APIClient) -> None:
    assert gift(client, valid_from="2026-01-01T00:00:00Z").status_code == 201
    refused = gift(client, valid_from="2026-02-01T00:00:00Z")
    assert refused.json()["errors"][0]["code"] == "changes_past"
    refused = gift(client, valid_from="2025-12-01T00:00:00Z")
    assert refused.json()["errors"][0]["code"] == "not_later"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"lines": lines(("CUP", "0"))}, "/lines/0/quantity", "invalid_quantity"),
        ({"lines": lines(("CUP", "NaN"))}, "/lines/0/quantity", "invalid_quantity"),
        ({"lines": lines(("GIFT", "1"))}, "/lines/0/sku", "cycle"),
        ({"lines": lines(("CUP", "1"), ("CUP", "2"))}, "/lines/1/sku", "duplicate_sku"),
        ({"lines": []}, "/lines", "no_lines"),
        ({"lines": "x"}, "/lines", "not_a_list"),
        ({"kind": "ended"}, "/lines", "lines_not_allowed"),
        ({"kind": "box"}, "/kind", "invalid_kind"),
        ({"sku": "NONE"}, "/sku", "unknown_sku"),
        ({"valid_from": "2026-01-01T00:00:00"}, "/valid_from", "naive_time"),
    ],
)
def test_a_wrong_bill_is_a_clear_fault(client: APIClient, body: Any, pointer: str, code: str) -> None:
    refused = gift(client, **body)
    assert refused.status_code == 422
    assert (pointer, code) in [(e["pointer"], e["code"]) for e in refused.json()["errors"]]
    assert not Event.objects.filter(kind="bill.saved").exists()


def test_production_over_rest_repeats_under_its_key(client: APIClient) -> None:
    gift(client, kind="kit")
    body = {"reference": "P-1", "site": "LON", "outputs": lines(("GIFT", "3")), "added_cost": "0.30"}
    for _again in range(2):
        sent = client.post("/api/v1/stock/productions/", body, format="json", HTTP_IDEMPOTENCY_KEY="p1")
        assert sent.status_code == 201, sent.json()
    assert (held(sku="GIFT").on_hand, held(sku="GIFT").value) == (3, Decimal("15.3"))
    listed = client.get("/api/v1/stock/productions/").json()["results"]
    assert [(row["reference"], row["kind"]) for row in listed] == [("P-1", "production")]


def test_other_kinds_do_not_reach_production(client: APIClient) -> None:
    row = {"sku": "CUP", "from": "LON", "to": "production", "quantity": "1"}
    for kind, code in (("issue", "invalid_route"), ("production", "invalid_kind")):
        sent = client.post(
            "/api/v1/stock/movements/", {"reference": "X", "kind": kind, "lines": [row]}, format="json"
        )
        assert [e["code"] for e in sent.json()["errors"]] == [code]


def test_roles(client: APIClient) -> None:
    assert gift(client_of("stock_clerk")).status_code == 403
    assert gift(client_of("stock_manager")).status_code == 201


HOSTILE: tuple[Any, ...] = (
    None, [], "x", {}, {"sku": 5}, {"lines": None}, {"lines": [None]}, {"lines": [{"sku": "CUP", "quantity": "1e400"}]},
    {"lines": [{"sku": ["CUP"], "quantity": {}}]}, {"valid_from": "0001-01-01T00:00:00+14:00"}, {"kind": None},
    {"valid_from": "9999-12-31T23:59:59-14:00"}, {"reason": "x" * 501}, {"sku": "GIFT\x00"}, {"reference": "R"},
    {"reference": "R", "site": "LON", "inputs": "x"}, {"reference": "R", "site": "supplier", "outputs": lines(("CUP", "1"))},
    {"reference": "R", "site": "LON", "outputs": [{"sku": "CUP", "quantity": "NaN", "share_fraction": "Infinity"}]},
    {"reference": "R", "site": "LON", "inputs": lines(("CUP", "1")), "outputs": [{"sku": "TEA", "quantity": "1", "share_fraction": "sNaN"}]},
    {"reference": "R", "site": "LON", "inputs": lines(("CUP", "1")), "outputs": lines(("TEA", "1")), "added_cost": "1e30"},
    {"reference": "R", "site": "NONE", "inputs": lines(("CUP", "1")), "outputs": lines(("TEA", "1"))},
    {"reference": "R", "site": "LON", "inputs": [{"sku": "CUP", "quantity": "1", "unit": "crate"}], "outputs": lines(("TEA", "1"))},
)  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("path", ["bills", "productions"])
def test_hostile_bodies_are_problems(client: APIClient, path: str, body: Any) -> None:
    whole = (
        {"sku": "GIFT", "kind": "bundle", "lines": lines(("CUP", "1"))} | body
        if isinstance(body, dict) and path == "bills"
        else body
    )
    sent = client.post(f"/api/v1/stock/{path}/", whole, format="json")
    assert sent.status_code in (201, 400, 422), sent.content
    assert sent.status_code == 201 or sent["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=W10%3D", "cursor=WzFd", "page_size=x", "site=%27", "sku=%25"]
)
@pytest.mark.parametrize("path", ["bills/", "bundles/", "productions/", "sites/LON/products/"])
def test_hostile_queries_are_answered(client: APIClient, path: str, query: str) -> None:
    assert client.get(f"/api/v1/stock/{path}?{query}").status_code in (200, 400, 404)


def test_a_bundle_is_no_line_of_a_transfer(client: APIClient) -> None:
    gift(client)
    body = {
        "source": "LON",
        "destination": "BRS",
        "reason": "r",
        "expected_on": "2026-11-25",
        "lines": lines(("GIFT", "1")),
    }
    refused = client.post("/api/v1/stock/transfers/", body, format="json")
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [
        ("/lines/0/sku", "bundle_has_no_stock")
    ]
