"""Months over REST and on their page."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.actions import create_token
from accounts.models import User
from audit.models import Event
from catalog.models import Scope, Site
from inventory.models import Period
from lib import clock
from tests.inventory.builders import TESTER, make_product, make_site, receive

pytestmark = pytest.mark.django_db
IN_OCTOBER = datetime(2026, 10, 20, 9, tzinfo=UTC)
URL = "/api/v1/stock/periods/"


@pytest.fixture(autouse=True)
def house(db: None):
    make_site("LON")
    make_site("YRK", region="north")
    make_product("A1")
    with clock.frozen(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        receive(quantity="10", cost="3", at=IN_OCTOBER)
        yield


def client_of(role: str, site: str | None = None) -> APIClient:
    client = APIClient()
    user = staff(role, site)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(actor=TESTER, user=user)}")
    return client


def staff(role: str, site: str | None = None) -> User:
    user = User.objects.create(username=f"{role}-{site}", role=role)
    where = Site.objects.get(code=site) if site else None
    Scope.objects.create(user=user, site=where, valid_from=IN_OCTOBER)
    return user


def test_finance_closes_a_month_over_rest() -> None:
    client = client_of("finance")
    (before,) = client.get(URL).json()["results"]
    assert (before["site"], before["month"], before["state"]) == ("LON", "2026-10", "open")
    answer = client.post(URL, {"site": "LON", "month": "2026-10"}, format="json")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["lines"], answer.json()["value"]) == ("closed", 1, "30")
    assert client.post(URL, {"site": "LON", "month": "2026-10"}, format="json").status_code == 409
    event = Event.objects.get(kind="period.closed")
    assert event.digests[0]["table"] == "inventory_closingbalance"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ([], "not_an_object"),
        ({"site": "LON", "month": "2026-13"}, "invalid_month"),
        ({"site": "LON", "month": "2026-1\x00"}, "invalid_month"),
        ({"site": "LON", "month": 202610}, "invalid_month"),
        ({"site": "LON", "month": "2026-11"}, "not_over"),
    ],
)
def test_bad_input_is_a_problem(body: object, code: str) -> None:
    answer = client_of("finance").post(URL, body, format="json")
    assert answer.status_code == 422
    assert code in {error["code"] for error in answer.json()["errors"]}


def test_rights_and_scope() -> None:
    body = {"site": "LON", "month": "2026-10"}
    assert client_of("stock_manager").post(URL, body, format="json").status_code == 403
    narrow = client_of("finance", "YRK")
    refused = narrow.post(URL, body, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_site")
    assert narrow.get(URL).json()["results"] == []
    assert Period.objects.get().state == "open"


def test_the_page_closes_a_month_and_says_what_stands_in_the_way(client: Client) -> None:
    client.force_login(staff("finance"))
    assert "2026-10" in client.get("/stock/periods/").content.decode()
    refused = client.post("/stock/periods/close/", {"site": "LON", "month": "2026-11"})
    assert refused.status_code == 422
    assert "2026-11 of LON ends at" in refused.content.decode()
    client.post("/stock/periods/close/", {"site": "LON", "month": "2026-10"})
    assert Period.objects.get(month="2026-10-01").state == "closed"
    assert client.post("/stock/periods/close/", {"site": "LON", "month": "soon"}).status_code == 302
