"""What suppliers demand or recommend: written over REST and on the page, and then met by the guardrails."""

from datetime import date
from typing import Any

import pytest

from audit.models import Event
from lib.faults import Faults
from pricing.actions.supplier_limits import save_supplier_limits
from pricing.models import Finding, Guardrail, SupplierLimit
from tests.pricing.builders import House, a_draft, a_house, a_product, amount, priced
from tests.pricing.test_pages import client_of

pytestmark = pytest.mark.django_db
URL = "/api/v1/supplier-limits/"


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A", "2.00")
    a_product("B", "2.00")
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


def a_row(**fields: Any) -> dict[str, Any]:
    given = {"sku": "A", "kind": "map", "currency": "GBP", "amount": "9.90", "valid_from": "2020-01-01"}
    return {**given, "source": "letter of 2 January", **fields}


def post(house: House, *rows: dict[str, Any]) -> Any:
    return client_of(house.manager.id).post(URL, {"rows": list(rows)}, content_type="application/json")


def test_a_row_sent_over_rest_is_met_by_the_guardrail(house: House) -> None:
    Guardrail.objects.create(rule="map_price")
    assert post(house, a_row(), a_row(kind="msrp", amount="12.00")).json() == {"rows": 2, "new": 2}
    change = a_draft(house.clerk, ("BASE", "A", "9.80"))
    one = Finding.objects.get(change=change, code="map_price")
    assert (one.severity, one.params["most"]) == ("review", "9.9")
    assert post(house, a_row(valid_from="2020-02-01", amount=None)).json()["new"] == 1
    later = a_draft(house.clerk, ("BASE", "A", "9.79"))
    assert not Finding.objects.filter(change=later, code="map_price").exists()


def test_what_already_holds_is_not_stored_again_and_a_correction_is(house: House) -> None:
    assert [post(house, a_row()).json()["new"] for _time in range(2)] == [1, 0]
    assert post(house, a_row(amount="9.95")).json()["new"] == 1
    assert [one.amount for one in SupplierLimit.objects.order_by("id")] == [amount("9.90"), amount("9.95")]
    told = Event.objects.filter(kind="supplier_limits.saved").order_by("id")
    assert [one.after["rows"] for one in told] == [
        ["A map GBP 9.9 2020-01-01"],
        ["A map GBP 9.95 2020-01-01"],
    ]
    page = client_of(house.clerk.id).get(URL + "?sku=A&page_size=1").json()
    assert ([row["amount"] for row in page["results"]], page["next"] is None) == (["9.95"], False)
    assert page["results"][0]["created_by"] == house.manager.name


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"sku": "Z"}, "unknown_sku", "sku"),
        ({"kind": "rrp"}, "unknown_kind", "kind"),
        ({"currency": "XXZ"}, "unknown_currency", "currency"),
        ({"amount": "0"}, "not_positive", "amount"),
        ({"amount": "-1"}, "negative", "amount"),
        ({"amount": "1.999"}, "too_precise", "amount"),
        ({"amount": "1e400"}, "not_a_number", "amount"),
        ({"valid_from": "soon"}, "not_a_date", "valid_from"),
        ({"source": ""}, "bad_source", "source"),
    ],
)
def test_one_faulty_row_keeps_all_out(house: House, fields: dict[str, Any], code: str, field: str) -> None:
    answer = post(house, a_row(sku="B"), a_row(**fields))
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, f"/rows/1/{field}")]
    assert not SupplierLimit.objects.exists()


def test_two_rows_that_say_different_things_of_one_day_are_refused(house: House) -> None:
    with pytest.raises(Faults) as refused:
        save_supplier_limits(actor=house.manager, rows=[a_row(), a_row(amount="9.00")])
    assert [fault.code for fault in refused.value.faults] == ["said_twice"]
    assert save_supplier_limits(actor=house.manager, rows=[a_row(), a_row()]) == 1


def test_who_prepares_prices_writes_no_limit(house: House) -> None:
    with pytest.raises(Faults) as refused:
        save_supplier_limits(actor=house.clerk, rows=[a_row()])
    assert refused.value.status == 403
    clerk = client_of(house.clerk.id)
    assert clerk.post(URL, {"rows": [a_row()]}, content_type="application/json").status_code == 403
    assert clerk.post("/prices/supplier-limits/save/", a_row()).status_code == 403
    assert b"limit-source" not in clerk.get("/prices/supplier-limits/").content


def test_the_page_notes_a_row_and_says_what_is_wrong(house: House) -> None:
    manager = client_of(house.manager.id)
    save, page = "/prices/supplier-limits/save/", "/prices/supplier-limits/"
    assert "No supplier’s price is noted" in manager.get(page).content.decode()
    kept = manager.post(save, a_row(currency="gbp"), follow=True).content.decode()
    assert "The supplier’s price is noted." in kept and "letter of 2 January" in kept
    assert SupplierLimit.objects.get().valid_from == date(2020, 1, 1)
    assert "letter of 2 January" not in manager.get(page + "?sku=B").content.decode()
    wrong = manager.post(save, a_row(sku="Z"), follow=True).content.decode()
    assert "There is no product of this SKU." in wrong
