"""Stock over REST: the contract's calls, scope, keys, pages."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.actions import create_token
from accounts.models import User
from approvals.actions import ensure_default_policies
from catalog.models import Scope, Site
from lib.clock import frozen
from tests.inventory.builders import AT, TESTER, held, line, make_product, make_site, post, receive

NOW = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def house(db: None):
    with frozen(NOW):
        ensure_default_policies(actor=TESTER)
        make_site("LON")
        make_site("YRK")
        make_product("A1")
        make_product("B2")
        yield


def client_of(role: str = "stock_clerk", site: str | None = None) -> APIClient:
    user = User.objects.create(username=f"{role}-{site}", role=role)
    Scope.objects.create(user=user, site=Site.objects.get(code=site) if site else None, valid_from=AT)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(user)}")
    return client


def token_of(user: User) -> str:
    return create_token(actor=TESTER, user=user)


def movement(
    kind: str = "receipt", source: str = "supplier", target: str = "LON", quantity: str = "10", **more: Any
):
    body = {"sku": "A1", "from": source, "to": target, "quantity": quantity, **more}
    return {"reference": "R-1", "kind": kind, "lines": [body]}


def codes(response) -> list[str]:
    return [fault["code"] for fault in response.json()["errors"]]


def test_a_movement_is_posted_and_answered() -> None:
    response = client_of().post("/api/v1/stock/movements/", movement(unit_cost="2.50"), format="json")
    body = response.json()
    assert (response.status_code, body["state"], body["lines"][0]["quantity"]) == (201, "posted", "10")
    assert held().on_hand == 10


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "not_an_object"),
        ({}, "not_a_list"),
        ({"reference": "x", "kind": "receipt", "lines": [1]}, "not_an_object"),
        (movement(quantity="1e400"), "invalid_quantity"),
        (movement(quantity="abc"), "invalid_quantity"),
        (movement(unit_cost="NaN"), "invalid_amount"),
        ({**movement(), "occurred_at": "2026-11-20T09:00:00"}, "naive_time"),
        ({**movement(), "occurred_at": "soon"}, "invalid_time"),
        (movement(target="MARS"), "unknown_site"),
        (movement(lot="a\u0000b"), "control_character"),
    ],
)
def test_bad_input_is_a_problem_and_never_a_500(body: Any, code: str) -> None:
    response = client_of().post("/api/v1/stock/movements/", body, format="json")
    assert response.status_code == 422
    assert code in codes(response)


def test_short_lines_are_422() -> None:
    response = client_of().post(
        "/api/v1/stock/movements/", movement("issue", "LON", "customer"), format="json"
    )
    assert (response.status_code, codes(response)) == (422, ["insufficient_stock"])


def test_a_site_out_of_scope_is_unknown_in_a_body_and_404_in_the_query() -> None:
    client = client_of(site="YRK")
    assert codes(client.post("/api/v1/stock/movements/", movement(), format="json")) == ["unknown_site"]
    made = receive()
    assert client.get("/api/v1/stock/balances/?site=LON").status_code == 404
    assert client.get(f"/api/v1/stock/movements/{made.pk}/").status_code == 404


def test_a_key_has_one_effect() -> None:
    client = client_of()
    first, again = (
        client.post("/api/v1/stock/movements/", movement(), format="json", HTTP_IDEMPOTENCY_KEY="k")
        for _ in range(2)
    )
    other = client.post(
        "/api/v1/stock/movements/", movement(quantity="9"), format="json", HTTP_IDEMPOTENCY_KEY="k"
    )
    assert (first.json(), again["Idempotent-Replay"], other.status_code) == (again.json(), "true", 409)
    assert held().on_hand == 10


def test_bulk_and_header_keys_share_one_space() -> None:
    client = client_of()
    client.post("/api/v1/stock/movements/", movement(), format="json", HTTP_IDEMPOTENCY_KEY="k")
    items = [
        {**movement(), "idempotency_key": "k"},
        {**movement(quantity="5"), "idempotency_key": "l"},
        {"x": 1},
    ]
    rows = client.post("/api/v1/stock/movements/bulk/", items, format="json").json()
    assert [row["status"] for row in rows] == ["replayed", "posted", "refused"]
    assert held().on_hand == 15


def test_a_movement_is_reversed_once() -> None:
    client, made = client_of(), receive(quantity="10", cost="2")
    first = client.post(f"/api/v1/stock/movements/{made.pk}/reverse/", {"reason": "typo"}, format="json")
    again = client.post(f"/api/v1/stock/movements/{made.pk}/reverse/", {"reason": "typo"}, format="json")
    assert (first.status_code, first.json()["reverses"], again.status_code) == (201, made.pk, 409)
    assert (held().on_hand, held().value) == (0, 0)


def test_a_large_adjustment_is_pending() -> None:
    receive(quantity="500")
    body = {**movement("adjustment", "LON", "adjustment", "200"), "reason": "count"}
    response = client_of().post("/api/v1/stock/movements/", body, format="json")
    assert (response.status_code, response.json()["state"], held().on_hand) == (201, "pending", 500)


def balances(client: APIClient, query: str) -> list[dict[str, Any]]:
    return client.get(f"/api/v1/stock/balances/?{query}").json()["results"]


def test_balances_now_and_as_of_both_times() -> None:
    receive(quantity="10", cost="2", at=AT - timedelta(days=2))
    post("issue", line("A1", "LON", "customer", "4"), at=AT)
    client, before = client_of(), (AT - timedelta(days=1)).isoformat().replace("+", "%2B")
    now = balances(client, "site=LON&sku=A1")[0]
    assert (now["on_hand"], now["available"], now["value"], now["unit_cost"]) == ("6", "6", "12", "2")
    assert balances(client, f"site=LON&at={before}")[0]["on_hand"] == "10"
    assert balances(client, f"site=LON&known_at={before}") == []
    assert balances(client, "site=customer")[0]["on_hand"] == "4"


def test_balances_come_in_pages() -> None:
    for sku in ("A1", "B2"):
        receive(sku)
    client = client_of()
    first = client.get("/api/v1/stock/balances/?page_size=1").json()
    second = client.get(first["next"]).json()
    assert [row["sku"] for row in first["results"] + second["results"]] == ["A1", "B2"]
    assert second["next"] is None


def test_entries_carry_the_running_balance() -> None:
    receive(quantity="10", at=AT - timedelta(days=2))
    post("issue", line("A1", "LON", "customer", "4"), at=AT)
    receive(quantity="5", at=AT - timedelta(days=1))
    client = client_of()
    rows = client.get("/api/v1/stock/entries/?site=LON&sku=A1").json()["results"]
    assert [(row["quantity"], row["balance"]) for row in rows] == [("10", "10"), ("5", "15"), ("-4", "11")]
    page = client.get("/api/v1/stock/entries/?site=LON&sku=A1&page_size=2").json()
    assert client.get(page["next"]).json()["results"][0]["balance"] == "11"


@pytest.mark.parametrize("path", ["balances/?cursor=xx", "entries/?cursor=W10=", "entries/?cursor=WzEsMl0="])
def test_a_broken_cursor_is_400(path: str) -> None:
    assert client_of().get(f"/api/v1/stock/{path}").status_code == 400


def test_a_snapshot_is_reconciled() -> None:
    receive(quantity="10", cost="2", at=AT - timedelta(days=2))
    client = client_of()
    body = {"site": "LON", "taken_at": AT.isoformat(), "complete": True}
    lines = [{"sku": "A1", "quantity": "8"}, {"sku": "ghost", "quantity": "1"}]
    made = client.post("/api/v1/stock/snapshots/", {**body, "lines": lines}, format="json")
    answer = client.get(f"/api/v1/stock/reconciliations/{made.json()['reconciliation']}/").json()
    assert (made.status_code, answer["state"], answer["matched"], answer["differing"]) == (201, "open", 0, 2)
    assert [(d["sku"], d["difference"], d["value"], d["class"]) for d in answer["differences"]] == [
        ("A1", "-2", "-4", "quantity"),
        ("ghost", "1", None, "unknown_product"),
    ]
    ids = [d["id"] for d in answer["differences"]]
    done = client.post(
        f"/api/v1/stock/reconciliations/{answer['id']}/accept/", {"differences": ids}, format="json"
    )
    assert (done.json()["accepted"], done.json()["state"], held().on_hand) == (2, "closed", 8)


def test_without_a_token_401_and_without_the_right_403() -> None:
    assert APIClient().get("/api/v1/stock/balances/").status_code == 401
    assert (
        client_of("price_clerk").post("/api/v1/stock/movements/", movement(), format="json").status_code
        == 403
    )
