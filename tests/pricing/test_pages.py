"""Pricing's pages from the server's side: what they answer, what they refuse, how many questions they ask."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.models import User
from pricing.models import PriceChange
from pricing.queries.lines import line_rows
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, a_user, priced, submitted

pytestmark = pytest.mark.django_db


def client_of(user_id: int | None) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user_id), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def house() -> House:
    made = a_house()
    for sku in ("A", "B", "C"):
        a_product(sku)
        priced(made.clerk, ("BASE", sku, "4.00"))
    return made


def enter(house: House, cells: list[tuple[str, str]], **more: Any) -> Any:
    body = {"cells": [{"price_list": "BASE", "sku": sku, "typed": typed} for sku, typed in cells], **more}
    answer = client_of(house.clerk.id).post(
        "/prices/cells/", json.dumps(body), content_type="application/json"
    )
    return answer.status_code, answer.json()


def test_entries_are_answered_one_by_one(house: House) -> None:
    status, answer = enter(house, [("A", "4.10"), ("B", "4.1O"), ("C", "4.00"), ("Z", "1.00")])
    assert status == 200
    assert [(cell["status"], cell["code"]) for cell in answer["cells"]] == [
        ("taken", ""), ("refused", "letter"), ("cleared", ""), ("refused", "unknown_sku"),
    ]  # fmt: skip
    lines = PriceChange.objects.get(pk=answer["draft"]["id"]).lines
    assert list(lines.values_list("product__sku", flat=True)) == ["A"]


def test_no_draft_without_a_good_entry(house: House) -> None:
    _status, answer = enter(house, [("A", "n/a"), ("B", "4.00")])
    assert answer["draft"] is None
    assert not PriceChange.objects.filter(state="draft").exists()


def test_formula_works_on_the_draft_before_the_live_price(house: House) -> None:
    _status, first = enter(house, [("A", "4.10")])
    _status, answer = enter(house, [("A", ""), ("B", "")], formula="+0.10", draft=first["draft"]["id"])
    assert [cell["line"]["amount"] for cell in answer["cells"]] == ["4.20", "4.10"]


def test_unknown_formula_is_a_problem(house: House) -> None:
    status, answer = enter(house, [("A", "")], formula="+banana")
    assert (status, answer["errors"][0]["code"]) == (422, "bad_formula")


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"cells": 1}', '{"cells": [{}]}', '{"cells": [], "draft": "x"}']
)
def test_malformed_entries_are_a_problem(house: House, body: str) -> None:
    answer = client_of(house.clerk.id).post("/prices/cells/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "malformed")


def test_another_persons_draft_is_not_open(house: House) -> None:
    other = a_draft(house.manager, ("BASE", "A", "4.20"))
    status, answer = enter(house, [("A", "4.10")], draft=other.pk)
    assert (status, answer["errors"][0]["code"]) == (409, "wrong_state")


def test_moved_base_is_marked_until_it_is_typed_again(house: House) -> None:
    _status, first = enter(house, [("A", "4.10")])
    draft_id = first["draft"]["id"]
    priced(house.manager, ("BASE", "A", "4.05"))
    moved = line_rows(draft_id)[0]
    assert (moved.is_moved, moved.old_amount, moved.live_amount) == (True, 4, Decimal("4.05"))
    _status, answer = enter(house, [("A", "4.10")], draft=draft_id)
    assert (answer["cells"][0]["line"]["is_stale"], answer["cells"][0]["line"]["old"]) == (False, "4.05")


def test_change_of_tomorrow_has_a_page(house: House) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    change = submitted(house.clerk, ("BASE", "A", "6.00"), effective_from=tomorrow)
    assert client_of(house.manager.id).get(f"/prices/changes/{change.pk}/").status_code == 200
    assert not line_rows(change.pk)[0].is_moved


def test_grid_filters_and_sorts(house: House) -> None:
    a_list("EU", kind="region", region=house.berlin.region, currency="EUR")
    client = client_of(house.clerk.id)
    rows = client.get("/prices/rows/?sort=-sku&lists=BASE").json()["rows"]
    assert [row["sku"] for row in rows] == ["C", "B", "A"]
    assert rows[0]["cells"]["BASE"]["margin"] == "30.0"  # under the market place's commission
    assert client.get("/prices/rows/?q=product b").json()["rows"][0]["sku"] == "B"


def test_costs_are_not_told_without_the_right(house: House) -> None:
    row = client_of(a_user("sales", "sales").pk).get("/prices/rows/").json()["rows"][0]
    assert row["cost"] is None
    assert row["cells"]["BASE"]["margin"] is None


def test_number_of_queries_does_not_grow_with_rows(house: House) -> None:
    client = client_of(house.clerk.id)
    client.get("/prices/rows/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/prices/rows/")
    for number in range(12):
        a_product(f"N{number}")
        priced(house.clerk, ("BASE", f"N{number}", "4.00"))
    with CaptureQueriesContext(connection) as many:
        client.get("/prices/rows/")
    assert len(many) == len(few)


def test_every_page_of_a_change_answers(house: House) -> None:
    change = submitted(house.clerk, ("BASE", "A", "6.00"))
    client = client_of(house.manager.id)
    page = client.get(f"/prices/changes/{change.pk}/")
    assert "You may decide." in page.content.decode()
    assert "A rises 50.0" in page.content.decode()
    for path in ("", "lines.csv"):
        assert client.get(f"/prices/changes/{change.pk}/{path}").status_code == 200
    for path in (
        "/prices/",
        "/prices/changes/?q=A",
        "/prices/lists/",
        "/prices/why/?sku=A",
        "/prices/why/?sku=no",
        "/prices/export.csv",
    ):
        assert client.get(path).status_code == 200, path


def test_preparer_sees_why_not(house: House) -> None:
    change = submitted(house.manager, ("BASE", "A", "6.00"))
    client = client_of(house.manager.id)
    assert (
        "You prepared it, so another person decides."
        in client.get(f"/prices/changes/{change.pk}/").content.decode()
    )
    answer = client.post(f"/prices/changes/{change.pk}/decide/", {"decision": "approve"})
    assert answer.status_code == 403
    assert PriceChange.objects.get(pk=change.pk).state == "pending"


def test_why_keeps_faults_of_the_address(house: House) -> None:
    page = client_of(house.clerk.id).get("/prices/why/?sku=A&at=yesterday&quantity=many").content.decode()
    assert "“yesterday” is not a time." in page
    assert "“many” is not a number of pieces." in page


def test_csv_is_safe_in_a_spreadsheet(house: House) -> None:
    a_product("=CMD", name="=1+1")
    text = client_of(house.clerk.id).get("/prices/export.csv").content.decode("utf-8-sig")
    assert "'=CMD,'=1+1" in text


def test_empty_house_says_what_to_do_next() -> None:
    """Without products or lists the grid says where they come from; the way there only to who may go it."""
    for role, has_way in (("admin", True), ("price_clerk", False)):
        page = client_of(a_user(f"first-{role}", role).pk).get("/prices/").content.decode()
        assert "There is no product yet" in page
        assert "No price list yet" in page
        assert ("To the feeds" in page) is has_way


def test_filter_without_products_is_not_an_empty_house(house: House) -> None:
    page = client_of(house.clerk.id).get("/prices/?q=nowhere").content.decode()
    assert "No product fits these filters" in page
    assert "There is no product yet" not in page


def test_grid_goes_along_as_xlsx(house: House) -> None:
    """Amounts are numbers in the file; a name that begins like a formula stays text; filters hold; costs only by right."""
    a_product("=CMD", name="=1+1")
    answer = client_of(house.clerk.id).get("/prices/?format=xlsx")
    assert answer["Content-Disposition"].endswith('.xlsx"')
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = {
        row[0]: dict(zip(sheet_heads(sheet), row, strict=True))
        for row in sheet.iter_rows(2, values_only=True)
    }
    assert rows["A"]["BASE GBP"] == 4
    assert rows["'=CMD"]["name"] == "'=1+1"
    filtered = client_of(house.clerk.id).get("/prices/?format=xlsx&q=B").content
    assert load_workbook(BytesIO(filtered)).active.max_row == 2
    sales = client_of(a_user("seller", "sales").pk).get("/prices/?format=xlsx").content
    assert sheet_heads(load_workbook(BytesIO(sales)).active) == [
        "sku",
        "name",
        "category",
        "status",
        "BASE GBP",
    ]


def sheet_heads(sheet: Any) -> list[str]:
    return [cell.value for cell in sheet[1]]


def test_price_lists_go_along_as_csv_and_xlsx(house: House) -> None:
    client = client_of(house.clerk.id)
    text = client.get("/prices/lists/?format=csv").content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("Code,Name,Kind")
    assert any(line.startswith("BASE,") and ",GBP," in line and ",3,0," in line for line in text.splitlines())
    sheet = load_workbook(BytesIO(client.get("/prices/lists/?format=xlsx").content)).active
    assert [row[7] for row in sheet.iter_rows(2, values_only=True) if row[0] == "BASE"] == [3]
