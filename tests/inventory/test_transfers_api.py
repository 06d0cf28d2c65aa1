"""Transfers, templates and the allocation plan over REST."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.actions import create_token
from accounts.models import User
from catalog.models import Scope, Site
from inventory.models import SafetyStock, Transfer
from inventory.queries.transfers_allocation import allocation
from lib import clock
from tests.inventory.builders import TESTER, held, make_product, make_site, receive
from tests.inventory.transfer_builders import make_house


def client_of(name: str, role: str, site: str = "") -> APIClient:
    user = User.objects.create_user(name, None, role=role)
    place = Site.objects.get(code=site) if site else None
    Scope.objects.create(user=user, site=place, valid_from=clock.now() - timedelta(days=1))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(actor=TESTER, user=user)}")
    return client


@pytest.fixture
def clerk(db: None) -> APIClient:
    make_house()
    return client_of("carl", "stock_clerk")


def day(days: int = 2) -> str:
    return (clock.now().date() + timedelta(days=days)).isoformat()


def body(quantity: str = "10", **fields: Any) -> dict[str, Any]:
    lines = [{"sku": "A1", "quantity": quantity}]
    head = {"source": "WH", "destination": "LON", "reason": "low", "expected_on": day()}
    return {**head, "lines": lines, **fields}


def post(client: APIClient, path: str, data: Any = None, **headers: str) -> Any:
    return client.post(f"/api/v1/stock/{path}", data or {}, format="json", **headers)


def made(client: APIClient, **fields: Any) -> int:
    number: int = post(client, "transfers/", body(**fields)).json()["id"]
    return number


def test_a_transfer_from_request_to_close(clerk: APIClient) -> None:
    number = made(clerk)
    states = [post(clerk, f"transfers/{number}/{step}/").json()["state"] for step in ("submit", "ship")]
    lines = [{"sku": "A1", "received": "8", "short": "2"}]
    received = post(clerk, f"transfers/{number}/receive/", {"lines": lines}).json()
    states += [received["state"], post(clerk, f"transfers/{number}/close/").json()["state"]]
    assert states == ["approved", "in_transit", "received", "closed"]
    assert (received["lines"][0]["short"], held("LON").on_hand) == ("2", 8)


def test_one_key_ships_once(clerk: APIClient) -> None:
    number = made(clerk)
    post(clerk, f"transfers/{number}/submit/")
    answers = [post(clerk, f"transfers/{number}/ship/", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert (answers[1]["Idempotent-Replay"], held("WH").on_hand) == ("true", 90)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": "0"}, "invalid_quantity"),
        ({"quantity": "NaN"}, "invalid_quantity"),
        ({"quantity": "1" * 28}, "invalid_quantity"),
        ({"destination": "WH"}, "same_location"),
        ({"source": "NONE"}, "unknown_site"),
        ({"expected_on": "2020-01-01"}, "in_past"),
        ({"lines": []}, "no_lines"),
        ({"lines": [{"sku": "A1"}]}, "required"),
        ({"reason": ""}, "reason_required"),
    ],
)
def test_bad_requests_are_problems(clerk: APIClient, fields: dict[str, Any], code: str) -> None:
    answer = post(clerk, "transfers/", body(**fields))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    assert not Transfer.objects.exists()


def test_out_of_scope_is_404_and_without_the_right_403(clerk: APIClient) -> None:
    make_site("YRK")
    number = made(clerk)
    assert post(client_of("york", "stock_clerk", "YRK"), f"transfers/{number}/ship/").status_code == 404
    assert post(client_of("sal", "sales"), f"transfers/{number}/ship/").status_code == 403
    assert post(clerk, f"transfers/{number}/approve/").status_code == 403


def test_a_manager_rejects_and_it_is_listed_so(clerk: APIClient) -> None:
    receive("A1", site="WH", quantity="5000", cost="2", at=None)
    number = made(clerk, quantity="900")
    assert post(clerk, f"transfers/{number}/submit/").json()["state"] == "pending"
    post(client_of("mia", "stock_manager"), f"transfers/{number}/reject/", {"comment": "too much"})
    rows = clerk.get("/api/v1/stock/transfers/?state=rejected").json()["results"]
    assert [(row["id"], row["note"]) for row in rows] == [(number, "too much")]


def test_an_edit_makes_it_a_draft_again(clerk: APIClient) -> None:
    number = made(clerk)
    post(clerk, f"transfers/{number}/submit/")
    answer = post(clerk, f"transfers/{number}/edit/", body("20")).json()
    assert (answer["state"], answer["lines"][0]["requested"]) == ("draft", "20")
    assert post(clerk, f"transfers/{number}/ship/").status_code == 409


def test_a_template_is_prepared_released_and_reviewed(clerk: APIClient) -> None:
    manager, duty = client_of("mia", "stock_manager"), client_of("dan", "duty")
    data = {**body("30"), "name": "Flood", "transit_days": 1}
    number = post(manager, "transfer-templates/", data).json()["id"]
    transfer = post(duty, f"transfer-templates/{number}/release/").json()
    assert transfer["state"] == "approved"
    assert post(duty, f"transfer-templates/{number}/release/").status_code == 409
    reviewed = post(manager, f"transfers/{transfer['id']}/review/", {"comment": "right"}).json()
    assert reviewed["review"] == "right"
    assert post(manager, f"transfer-templates/{number}/retire/").status_code == 204


def a_plan() -> None:
    site = {code: Site.objects.get(code=code) for code in ("WH", "LON")}
    for code, units in (("WH", 20), ("LON", 30)):
        SafetyStock.objects.create(
            site=site[code], product_id=held("WH").product_id, given_units=Decimal(units)
        )


def test_the_plan_becomes_a_request_and_then_proposes_nothing_more(clerk: APIClient) -> None:
    a_plan()
    rows = clerk.get("/api/v1/stock/allocation/").json()["results"]
    assert [(row["source"], row["destination"], row["quantity"]) for row in rows] == [("WH", "LON", "30")]
    data = {"pairs": [{"source": "WH", "destination": "LON"}], "expected_on": day(), "reason": "plan"}
    assert post(clerk, "allocation/", data).json()[0]["state"] == "approved"
    assert clerk.get("/api/v1/stock/allocation/").json()["results"] == []
    assert post(clerk, "allocation/", data).json()["errors"][0]["code"] == "nothing_proposed"


def test_a_surplus_is_shared_the_emptiest_site_first(clerk: APIClient) -> None:
    a_plan()
    make_site("YRK")
    receive("A1", site="YRK", quantity="10", cost="2", at=None)
    site = Site.objects.get(code="YRK")
    SafetyStock.objects.create(site=site, product_id=held("WH").product_id, given_units=Decimal(100))
    rows = {row["destination"]: row["quantity"] for row in allocation(None)}
    # 80 can be spared: London (empty) gets its 30, York (a tenth) the other 50 of its 90.
    assert rows == {"LON": 30, "YRK": 50}


def test_the_plan_costs_one_query_however_many_products(
    clerk: APIClient, django_assert_num_queries: Any
) -> None:
    a_plan()
    for number in range(20):
        make_product(f"P{number}")
    with django_assert_num_queries(1):
        allocation(None)


def test_a_warehouse_without_a_safety_stock_spares_all_it_has(clerk: APIClient) -> None:
    a_plan()
    SafetyStock.objects.filter(site__code="WH").delete()
    SafetyStock.objects.filter(site__code="LON").update(given_units=500)
    assert [row["quantity"] for row in allocation(None)] == [100]
