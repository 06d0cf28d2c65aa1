"""Stock's pages: they show, they act, they refuse; their query counts stay flat."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from approvals.actions import ensure_default_policies
from catalog.models import Scope
from inventory.models import Movement, Reconciliation, SafetyStock
from lib.clock import frozen
from tests.inventory.builders import AT, TESTER, held, line, make_product, make_site, post, receive
from tests.inventory.test_reconciliations import snapshot


@pytest.fixture
def client(db: None):
    with frozen(AT + timedelta(hours=1)):
        ensure_default_policies(actor=TESTER)
        make_site("LON")
        make_site("YRK", kind="warehouse")
        for sku in ("A1", "B2"):
            make_product(sku)
        receive("A1", quantity="10", at=AT - timedelta(days=2))
        post("sale", line("A1", "LON", "customer", "12", unit_price="5"), at=AT - timedelta(days=1))
        yield signed_in("stock_manager")


def signed_in(role: str) -> Client:
    user = User.objects.create(username=role, role=role)
    Scope.objects.create(user=user, valid_from=AT - timedelta(days=9))
    client = Client()
    client.force_login(user)
    return client


def test_the_list_shows_what_is_below_zero(client: Client) -> None:
    page = client.get("/stock/?state=negative&site=LON").content.decode()
    assert "/stock/products/A1/" in page
    assert "/stock/products/B2/" not in page


@pytest.mark.parametrize(
    "query", ["", "?sort=-cover", "?q=A1", "?state=below", "?page=7", "?q=%25_", "?sort=;drop"]
)
def test_the_list_takes_any_query(client: Client, query: str) -> None:
    assert client.get(f"/stock/{query}").status_code == 200


def test_the_list_is_a_csv_too(client: Client) -> None:
    text = client.get("/stock/export.csv").content.decode()
    assert "A1,Product A1" in text


def test_cover_by_sku_for_other_pages(client: Client) -> None:
    assert float(client.get("/stock/cover/?skus=A1,nope").json()["A1"]["available"]) == -2


def test_the_product_page_has_sites_ledger_and_chart(client: Client) -> None:
    page = client.get("/stock/products/A1/?site=LON").content.decode()
    chart = client.get("/stock/products/A1/chart/?site=LON").json()
    assert "sale-1" in page
    assert (chart["points"][-1][1], chart["demand"]) == (-2, [["2026-11-19", 12]])
    assert client.get("/stock/products/ghost/").status_code == 404


def test_safety_stock_is_given_by_hand(client: Client) -> None:
    client.post("/stock/products/A1/safety/", {"site": "LON", "units": "7"})
    assert SafetyStock.objects.get().given_units == 7
    client.post("/stock/products/A1/safety/", {"site": "LON", "units": "x"})
    assert SafetyStock.objects.get().given_units == 7


FORM = {"kind": "receipt", "reference": "F-1", "from": "supplier", "to": "LON"}


def test_the_entry_form_posts(client: Client) -> None:
    lines = {
        "sku": ["A1", ""],
        "quantity": ["5", ""],
        "lot": ["", ""],
        "unit_cost": ["2", ""],
        "unit_price": ["", ""],
    }
    response = client.post("/stock/movements/new/", {**FORM, **lines})
    assert response.status_code == 302
    assert client.get(response["Location"]).status_code == 200
    assert held().on_hand == 3


def test_what_is_refused_stays_typed(client: Client) -> None:
    lines = {"sku": ["nope"], "quantity": ["5"], "lot": [""], "unit_cost": [""], "unit_price": [""]}
    response = client.post("/stock/movements/new/", {**FORM, **lines})
    assert response.status_code == 422
    assert 'value="nope"' in response.content.decode()


def test_a_document_is_taken_back_once(client: Client) -> None:
    made = receive("B2", reference="R-9")
    for status in (302, 409):
        assert client.post(f"/stock/movements/{made.pk}/reverse/", {"reason": "typo"}).status_code == status
    assert Movement.objects.filter(reverses_id=made.pk).count() == 1


def test_the_reconciliation_is_worked_in_bulk(client: Client) -> None:
    receive("B2", quantity="10", at=AT - timedelta(days=2))
    made = snapshot(("B2", "8"), ("A1", "0"), ("ghost", "1"))
    page = client.get(f"/stock/reconciliations/{made.pk}/").content.decode()
    assert "ghost" in page
    ids = [str(pk) for pk in made.differences.values_list("pk", flat=True)]
    client.post(
        f"/stock/reconciliations/{made.pk}/decide/", {"decision": "investigate", "difference": ids[:1]}
    )
    client.post(f"/stock/reconciliations/{made.pk}/decide/", {"decision": "accept", "difference": ids})
    assert (Reconciliation.objects.get().state, held(sku="B2").on_hand) == ("closed", 8)


def test_accepting_what_is_explained(client: Client) -> None:
    made = snapshot(("A1", "0"), ("ghost", "1"))
    client.post(f"/stock/reconciliations/{made.pk}/decide/", {"decision": "accept-explained"})
    assert Reconciliation.objects.get().state == "closed"


def test_lists_of_documents(client: Client) -> None:
    snapshot(("A1", "0"))
    for path in (
        "/stock/movements/",
        "/stock/movements/?kind=sale&q=sale-1",
        "/stock/reconciliations/?state=open",
    ):
        assert client.get(path).status_code == 200


def test_rights(client: Client) -> None:
    seller = signed_in("sales")
    assert seller.get("/stock/products/A1/").status_code == 200
    assert seller.get("/stock/movements/new/").status_code == 403
    assert seller.get("/stock/reconciliations/").status_code == 403


def test_pages_speak_chinese(client: Client) -> None:
    User.objects.update(language="zh-hans")
    assert "在库" in client.get("/stock/products/A1/").content.decode()


def test_the_product_list_reads_as_much_for_many_products(
    client: Client, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(40) as few:
        client.get("/stock/")
    for number in range(30):
        make_product(f"N{number}")
        receive(f"N{number}")
    with django_assert_max_num_queries(len(few)):
        client.get("/stock/")
