"""Pages and REST of values: what a person sees and does, and what is refused."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.actions import create_token
from accounts.models import User
from catalog.models import Category
from inventory.actions.revaluations import RevaluationDraft, Wish, request_revaluation
from inventory.models import LandedCost, Revaluation
from tests.inventory.builders import TESTER, held, make_product, make_site, receive
from tests.inventory.test_api import client_of, movement
from tests.inventory.test_layers import make_valued
from tests.inventory.transfer_builders import person


@pytest.fixture
def house(db: None) -> None:
    make_site("LON")
    make_product()
    receive(quantity="10", cost="2", reference="GRN-1")


def signed_in(client: Client, role: str, site: str = "") -> Client:
    actor = person(role, role, site)
    client.force_login(User.objects.get(pk=actor.id))
    return client


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_the_value_is_shown_with_its_age_and_goes_along_as_a_file(house: None, client: Client) -> None:
    signed_in(client, "finance")
    page = text(client, "/stock/value/")
    assert "LON" in page
    assert "20.00" in page
    for group in ("site", "category", "owner", "product"):
        assert "20.00" in text(client, f"/stock/value/?group={group}&sort=value")
    assert "No stock fits" in text(client, "/stock/value/?at=2026-01-01")
    answer = client.get("/stock/value/?format=csv&group=product")
    assert answer["Content-Disposition"].startswith('attachment; filename="stock-value-product-')
    assert "A1,Product A1,GBP,10" in answer.content.decode("utf-8-sig")
    assert client.get("/stock/value/?format=xlsx").content[:2] == b"PK"
    assert client.get("/stock/value/?group=luck").status_code == 302


def test_charges_are_looked_at_then_posted_and_taken_back(house: None, client: Client) -> None:
    signed_in(client, "finance")
    form: dict[str, Any] = {
        "reference": "FR-1", "reason": "freight", "basis": "amount", "receipt": ["GRN-1", ""],
        "amount": ["5", ""], "kind": ["freight", "duty"], "currency": ["gbp", "GBP"],
    }  # fmt: skip
    shown = client.post("/stock/landed-costs/new/", {**form, "preview": "1"})
    assert (shown.status_code, LandedCost.objects.count()) == (200, 0)
    assert "GRN-1" in shown.content.decode()
    refused = client.post("/stock/landed-costs/new/", {**form, "receipt": ["NONE"], "amount": ["x"]})
    assert refused.status_code == 422
    assert 'value="FR-1"' in refused.content.decode()
    assert client.post("/stock/landed-costs/new/", form).status_code == 302
    made = LandedCost.objects.get()
    assert held().pair_value == 25
    assert "GRN-1" in text(client, f"/stock/landed-costs/{made.pk}/")
    assert "FR-1" in text(client, "/stock/landed-costs/?state=posted")
    assert client.post(f"/stock/landed-costs/{made.pk}/reverse/", {"reason": ""}).status_code == 422
    assert client.post(f"/stock/landed-costs/{made.pk}/reverse/", {"reason": "twice"}).status_code == 302
    assert held().pair_value == 20
    text(client, f"/stock/movements/{made.movement_id}/")


def test_stock_is_revalued_on_the_page(house: None, client: Client) -> None:
    signed_in(client, "finance")
    form = {
        "reference": "RV-1",
        "reason": "fell",
        "site": "LON",
        "sku": ["A1"],
        "amount": ["−4"],
        "unit_cost": [""],
    }
    assert client.post("/stock/revaluations/new/", {**form, "amount": ["-400"]}).status_code == 422
    assert client.post("/stock/revaluations/new/", form).status_code == 302
    made = Revaluation.objects.get()
    assert held().pair_value == 16
    assert "RV-1" in text(client, f"/stock/revaluations/{made.pk}/")
    assert "RV-1" in text(client, "/stock/revaluations/")
    assert client.post(f"/stock/revaluations/{made.pk}/reverse/", {"reason": "wrong"}).status_code == 302
    assert held().pair_value == 20


def test_a_method_is_changed_on_the_page_only_with_the_stock_said(house: None, client: Client) -> None:
    make_valued("average", "B2")
    receive("B2")
    signed_in(client, "finance")
    form = {"category": "Average", "method": "fifo", "reason": "new rules"}
    refused = client.post("/stock/costing/method/", form)
    assert (refused.status_code, "have stock" in refused.content.decode()) == (409, True)
    assert client.post("/stock/costing/method/", {**form, "revalue": "on"}).status_code == 302
    assert Category.objects.get().costing_method == "fifo"
    assert "Average" in text(client, "/stock/costing/")
    standard = {"sku": "B2", "amount": "7", "currency": "gbp", "reason": "plan"}
    assert client.post("/stock/costing/standard/", {**standard, "amount": "dear"}).status_code == 422
    assert client.post("/stock/costing/standard/", {**standard, "sku": "NONE"}).status_code == 422
    assert client.post("/stock/costing/standard/", standard).status_code == 302
    assert "£7.00" in text(client, "/stock/costing/")


def test_out_of_scope_a_document_is_not_there(house: None, client: Client) -> None:
    make_site("YRK")
    signed_in(client, "finance", "YRK")
    draft = RevaluationDraft("RV", "fell", (Wish("LON", "A1", unit_cost=Decimal(1)),))
    made = request_revaluation(actor=TESTER, draft=draft)
    assert client.get(f"/stock/revaluations/{made.pk}/").status_code == 404
    assert "RV" not in text(client, "/stock/revaluations/").partition("<table")[2]
    assert client.get("/stock/value/?site=LON").status_code == 404
    assert "LON" not in text(client, "/stock/value/").partition('<div class="card">')[2]


# -- REST ----------------------------------------------------------------------------------------------------------------


class Api:
    def __init__(self, client: Client) -> None:
        actor = person("api", "finance")
        self.client = client
        self.token = create_token(actor=TESTER, user=User.objects.get(pk=actor.id))

    def __call__(self, method: str, path: str, body: Any = None, status: int = 200, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        answer = getattr(self.client, method)(
            f"/api/v1/{path}",
            **({} if body is None else {"data": json.dumps(body), "content_type": "application/json"}),
            headers=headers,
        )
        assert answer.status_code == status, answer.content
        return answer.json()


@pytest.fixture
def api(house: None, client: Client) -> Api:
    return Api(client)


def test_values_over_rest(api: Api) -> None:
    made = api(
        "post",
        "stock/revaluations/",
        {
            "reference": "RV",
            "reason": "fell",
            "lines": [{"site": "LON", "sku": "A1", "amount": "-4"}],
        },
        201,
    )
    assert (made["state"], made["lines"][0]["posted"]) == ("posted", "-4")
    assert api("get", f"stock/revaluations/{made['id']}/") == made
    assert api("get", "stock/revaluations/")["results"] == [made]
    back = api("post", f"stock/revaluations/{made['id']}/reverse/", {"reason": "wrong"})
    assert back["state"] == "reversed"
    problem = api("post", "stock/revaluations/", {"lines": [{"amount": "NaN"}]}, 422)
    assert {"required", "invalid_amount"} <= {fault["code"] for fault in problem["errors"]}
    (row,) = api("get", "stock/value/?group=product")["results"]
    assert (row["product"], row["value"], row["age_values"]["0-30"]) == ("A1", "20", "20")
    for wrong in ("group=x", "sort=x", "at=yesterday"):
        api("get", f"stock/value/?{wrong}", status=422)
    api("get", "stock/value/?site=NO", status=404)
    api("get", "stock/value/?cursor=bm8=", status=400)


def test_landed_costs_over_rest_are_posted_once_for_a_key(api: Api) -> None:
    receipt = receive(quantity="10", cost="2", reference="GRN-2").pk
    body = {
        "reference": "FR", "reason": "freight", "basis": "quantity",
        "charges": [{"kind": "freight", "amount": "3", "currency": "GBP"}], "lines": [{"receipt": receipt}],
    }  # fmt: skip
    shares = api("post", "stock/landed-costs/preview/", body)
    assert (shares["total"], shares["lines"][0]["share"], LandedCost.objects.count()) == ("3", "3", 0)
    first = api("post", "stock/landed-costs/", body, 201, key="k1")
    assert api("post", "stock/landed-costs/", body, 201, key="k1") == first
    assert (LandedCost.objects.count(), first["lines"][0]["to_stock"]) == (1, "3")
    assert api("post", f"stock/landed-costs/{first['id']}/reverse/", {"reason": "x"})["state"] == "reversed"
    api("post", f"stock/landed-costs/{first['id']}/reverse/", {"reason": "x"}, 409)
    problem = api(
        "post",
        "stock/landed-costs/",
        {**body, "charges": [{"kind": "freight", "amount": "1e400", "currency": "GBP"}]},
        422,
    )
    assert problem["errors"][0]["code"] == "invalid_amount"
    assert api("get", "stock/landed-costs/")["results"][0]["id"] == first["id"]


def test_standards_methods_and_returns_over_rest(api: Api) -> None:
    make_valued("standard", "S1")
    rows = [{"sku": "S1", "currency": "GBP", "amount": "7"}]
    assert api("post", "stock/standard-costs/", {"reason": "plan", "rows": rows}) == {"set": 1}
    assert api("get", "stock/standard-costs/?sku=S1")["results"][0]["amount"] == "7"
    answer = api(
        "post", "stock/costing-methods/", {"category": "Standard", "method": "average", "reason": "x"}
    )
    assert answer == {"category": "Standard", "method": "average", "own": True}
    assert api("get", "stock/costing-methods/")["results"] == [answer]


def test_a_return_names_its_sale_over_rest(house: None) -> None:
    client = client_of("stock_manager")
    url = "/api/v1/stock/movements/"
    sold = movement("sale", "LON", "customer", "10")
    assert client.post(url, {**sold, "reference": "T-9"}, format="json").status_code == 201
    assert client.post(url, movement(unit_cost="9"), format="json").status_code == 201
    answer = client.post(url, movement("return", "customer", "LON", "5", of="T-9"), format="json")
    assert (answer.status_code, answer.json()["lines"][0].get("of", "T-9")) == (201, "T-9")
    assert held().pair_value == 100
    refused = client.post(url, movement(of="T-9"), format="json")
    assert refused.json()["errors"][0]["code"] == "not_a_return"


def test_how_a_product_is_valued_is_told_layer_by_layer(api: Api) -> None:
    make_valued("fifo", "F1")
    receive("F1", quantity="10", cost="2", reference="GRN-7")
    receive("F1", quantity="5", cost="4", reference="GRN-8")
    answer = api("get", "stock/value/pair/?site=LON&sku=F1")
    assert (answer["method"], answer["value"], answer["unit_cost"]) == ("fifo", "40", "2.666667")
    layers = [(layer["reference"], layer["left"], layer["unit_cost"]) for layer in answer["layers"]]
    assert layers == [("GRN-7", "10", "2"), ("GRN-8", "5", "4")]
    for path in ("site=LON&sku=NONE", "site=NO&sku=F1", ""):
        api("get", f"stock/value/pair/?{path}", status=404)
    api.client.force_login(User.objects.get(username="api"))
    page = text(api.client, "/stock/products/F1/value/?site=LON")
    assert "GRN-8" in page
    assert "£40.00" in page
    assert api.client.get("/stock/products/NONE/value/?site=LON").status_code == 404
