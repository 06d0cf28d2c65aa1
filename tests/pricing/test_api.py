"""REST of pricing, as another system calls it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.actions import create_token
from accounts.models import User
from catalog.models import Scope
from lib import actors, clock
from pricing.actions.price_changes import apply_due
from pricing.models import Price, PriceChange
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, priced

pytestmark = pytest.mark.django_db


def a_token(username: str) -> str:
    return create_token(actor=actors.system("tests"), user=User.objects.get(username=username))


class Caller:
    """A system with a token."""

    def __init__(self, username: str) -> None:
        self.headers = {"Authorization": f"Bearer {a_token(username)}"}
        self.client = Client()

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(
            f"/api/v1/{path}", body, content_type="application/json", headers={**self.headers, **headers}
        )

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A")
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


@pytest.fixture
def clerk(house: House) -> Caller:
    return Caller("clerk")


@pytest.fixture
def manager(house: House) -> Caller:
    return Caller("manager")


CHANGE = {"title": "Up", "reason": "cost", "lines": [{"price_list": "BASE", "sku": "A", "amount": "11.00"}]}


def codes(answer: Any) -> list[tuple[str, str]]:
    assert answer["Content-Type"] == "application/problem+json"
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_a_change_from_draft_to_applied(house: House, clerk: Caller, manager: Caller):
    made = clerk.post("price-changes/", CHANGE)
    assert (made.status_code, made.json()["state"], made.json()["findings"]) == (201, "draft", [])
    path = f"price-changes/{made.json()['id']}/"
    assert clerk.post(f"{path}submit/", {}).json()["state"] == "pending"
    assert clerk.post(f"{path}approve/", {}).status_code == 403
    approved = manager.post(f"{path}approve/", {"comment": "fine"}).json()
    assert (approved["state"], approved["decided_by"], approved["prepared_by"]) == (
        "approved",
        "manager",
        "clerk",
    )
    apply_due(actor=actors.job("loop"))
    assert clerk.get(path).json()["state"] == "applied"


def test_a_routine_change_names_the_policy(house: House, clerk: Caller):
    body = {**CHANGE, "lines": [{"price_list": "BASE", "sku": "A", "amount": "10.30"}]}
    path = f"price-changes/{clerk.post('price-changes/', body).json()['id']}/"
    answer = clerk.post(f"{path}submit/", {}).json()
    assert (answer["state"], answer["decided_by"], answer["policy_version"]) == (
        "approved", "policy", "price-routine v1",
    )  # fmt: skip


def test_a_block_is_a_422_with_its_finding(house: House, clerk: Caller):
    body = {**CHANGE, "lines": [{"price_list": "BASE", "sku": "A", "amount": "2.00"}]}
    made = clerk.post("price-changes/", body).json()
    assert {(f["code"], f["severity"], f["sku"]) for f in made["findings"]} == {
        ("below_cost", "block", "A"),
        ("change_limit", "review", "A"),
    }
    answer = clerk.post(f"price-changes/{made['id']}/submit/", {})
    assert (answer.status_code, codes(answer)) == (422, [("/lines/0", "below_cost")])
    assert "does not cover 2" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], [("", "not_an_object")]),
        ({"title": "x", "reason": "y"}, [("/lines", "not_a_list")]),
        ({**CHANGE, "lines": [3]}, [("/lines/0", "not_an_object")]),
        ({"lines": [{}]}, [
            ("/lines/0/amount", "required"), ("/title", "not_text"), ("/reason", "required"),
            ("/lines/0/price_list", "required"), ("/lines/0/sku", "required"),
        ]),
        ({**CHANGE, "effective_form": "x"}, [("/effective_form", "unknown_field")]),
        ({**CHANGE, "effective_from": "2030-01-01T00:00:00"}, [("/effective_from", "no_offset")]),
        ({**CHANGE, "effective_from": "tomorrow"}, [("/effective_from", "not_a_time")]),
        ({**CHANGE, "lines": [{"price_list": "BASE", "sku": "A", "amount": "NaN"}]}, [("/lines/0/amount", "not_a_number")]),
        ({**CHANGE, "lines": [{"price_list": {}, "sku": [], "amount": {}}]}, [
            ("/lines/0/price_list", "unknown_price_list"), ("/lines/0/sku", "unknown_sku"), ("/lines/0/amount", "not_a_number"),
        ]),
    ],
)  # fmt: skip
def test_bad_bodies_are_422_with_every_fault(clerk: Caller, body: Any, expected: list[tuple[str, str]]):
    answer = clerk.post("price-changes/", body)
    assert (answer.status_code, codes(answer)) == (422, expected)


def test_a_number_beyond_all_bounds_is_a_fault_not_a_500(clerk: Caller):
    raw = '{"title": "x", "reason": "y", "lines": [{"price_list": "BASE", "sku": "A", "amount": 1e400}]}'
    answer = clerk.client.post(
        "/api/v1/price-changes/", raw, content_type="application/json", headers=clerk.headers
    )
    assert answer.status_code in (400, 422)


def test_rights_and_places(house: House, clerk: Caller):
    User.objects.create_user(username="sales", role="sales")
    sales = Caller("sales")
    assert sales.post("price-changes/", CHANGE).status_code == 403
    assert Client().post("/api/v1/price-changes/", CHANGE, content_type="application/json").status_code == 401
    assert clerk.get("price-changes/999999/").status_code == 404
    assert clerk.post("price-changes/999999/submit/", {}).status_code == 404
    assert clerk.post("price-lists/", []).status_code == 403


def test_an_action_in_the_wrong_state_is_409(house: House, clerk: Caller, manager: Caller):
    path = f"price-changes/{clerk.post('price-changes/', CHANGE).json()['id']}/"
    assert manager.post(f"{path}approve/", {}).status_code == 409
    assert clerk.post(f"{path}withdraw/", {}).json()["state"] == "withdrawn"
    answer = clerk.post(f"{path}submit/", {})
    assert (answer.status_code, codes(answer)) == (409, [("", "wrong_state")])


def test_a_key_has_one_effect(clerk: Caller):
    first, second = (clerk.post("price-changes/", CHANGE, **{"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.json(), second["Idempotent-Replay"]) == (second.json(), "true")
    assert PriceChange.objects.filter(title="Up").count() == 1
    other = clerk.post("price-changes/", {**CHANGE, "title": "Else"}, **{"Idempotency-Key": "k1"})
    assert other.status_code == 409


def test_a_roll_back_names_the_new_change(house: House, clerk: Caller, manager: Caller):
    path = f"price-changes/{clerk.post('price-changes/', CHANGE).json()['id']}/"
    clerk.post(f"{path}submit/", {})
    manager.post(f"{path}approve/", {})
    answer = manager.post(f"{path}roll-back/", {"comment": "wrong"}).json()
    new = manager.get(f"price-changes/{answer['rolled_back_by']}/").json()
    assert (answer["state"], new["state"], new["rolls_back"]) == ("rolled_back", "approved", answer["id"])
    assert (new["lines"][0]["amount"], new["lines"][0]["old_amount"]) == ("10.00", "11.00")


def test_changes_are_listed_by_state_and_paged(house: House, clerk: Caller):
    for _ in range(3):
        clerk.post("price-changes/", CHANGE)
    first = clerk.get("price-changes/", state="draft", page_size="2").json()
    assert (len(first["results"]), first["results"][0]["lines"][0]["sku"]) == (2, "A")
    rest = clerk.client.get(first["next"], headers=clerk.headers).json()
    assert (len(rest["results"]), rest["next"]) == (1, None)


def test_prices_as_valid_and_as_known(house: House, clerk: Caller):
    before = clock.now().isoformat()
    begin = clock.now() + timedelta(days=1)
    priced(house.clerk, ("BASE", "A", "10.30"), effective_from=begin)
    at = (begin + timedelta(hours=1)).isoformat()
    [row] = clerk.get("prices/", price_list="BASE", sku="A", at=at).json()["results"]
    assert (row["amount"], row["currency"], row["valid_until"], row["min_quantity"]) == (
        "10.30",
        "GBP",
        None,
        "1",
    )
    [row] = clerk.get("prices/", sku="A", at=at, known_at=before).json()["results"]
    assert row["amount"] == "10.00"
    assert clerk.get("prices/", at="yesterday").status_code == 422


def test_prices_page_in_both_directions(house: House, clerk: Caller):
    for number in range(4):
        a_product(f"P{number}")
    priced(house.clerk, *[("BASE", f"P{n}", "10.00") for n in range(4)])
    first = clerk.get("prices/", page_size="2").json()
    second = clerk.client.get(first["next"], headers=clerk.headers).json()
    back = clerk.client.get(second["previous"], headers=clerk.headers).json()
    assert back["results"] == first["results"] != second["results"]
    assert first["previous"] is None and clerk.get("prices/", cursor="x").status_code == 400


def test_a_quote_in_the_order_of_the_lines(house: House, clerk: Caller):
    lines = [
        {"sku": "A", "site": "LON", "quantity": "2"},
        {"sku": "X", "site": "LON"},
        {"sku": "A", "site": "BER"},
    ]
    found = clerk.post("prices/quote/", {"lines": lines}).json()
    assert [one.get("error", {}).get("code") for one in found] == [
        None,
        "unknown_sku",
        "missing_exchange_rate",
    ]
    good = found[0]
    assert (good["amount"], good["net_amount"], good["tax_amount"], good["currency"]) == (
        "10.00",
        "8.33",
        "1.67",
        "GBP",
    )
    change = Price.objects.get().price_change_id
    assert good["steps"] == [
        {
            "rule": "base",
            "from": None,
            "to": "10.00",
            "source": "Base",
            "price_list": "BASE",
            "price_change": change,
        }
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"lines": [{"sku": 1}]}, [("/lines/0/sku", "required"), ("/lines/0/site", "required")]),
        (
            {"lines": [{"sku": "A", "site": "LON", "quantity": "1e3"}]},
            [("/lines/0/quantity", "not_a_number")],
        ),
        ({"at": "2026-01-01T00:00:00", "lines": []}, [("/at", "no_offset")]),
        ({"lines": {}}, [("/lines", "not_a_list")]),
    ],
)
def test_bad_questions_are_422(clerk: Caller, body: Any, expected: list[tuple[str, str]]):
    answer = clerk.post("prices/quote/", body)
    assert (answer.status_code, codes(answer)) == (422, expected)


def test_more_than_ten_thousand_lines_are_413(clerk: Caller):
    assert clerk.post("prices/quote/", {"lines": [{"sku": "A", "site": "LON"}] * 10_001}).status_code == 413


# -- price lists -----------------------------------------------------------------------------------------------------

LISTS = [
    {"code": "EU", "name": "Eurozone", "currency": "EUR", "kind": "region", "region": "EU", "parent": "GB2",
     "float_fraction": "0.08", "ends_in": "0.99"},
    {"code": "GB2", "name": "UK", "currency": "GBP", "kind": "base", "priority": 3},
]  # fmt: skip


def test_price_lists_are_made_updated_and_read_back(house: House, manager: Caller):
    assert manager.post("price-lists/", LISTS).json() == {"created": 2, "updated": 0, "unchanged": 0}
    again = [{**LISTS[0], "name": "Euro"}, LISTS[1]]
    assert manager.post("price-lists/", again).json() == {"created": 0, "updated": 1, "unchanged": 1}
    [row] = manager.get("price-lists/", code="EU").json()["results"]
    assert {**row, **again[0]} == row


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"parent": "NONE"}, ("/0/parent", "unknown_price_list")),
        ({"region": "MARS"}, ("/0/region", "unknown_region")),
        ({"region": None}, ("/0/region", "required")),
        ({"kind": "vip"}, ("/0/kind", "unknown_kind")),
        ({"currency": "EURO"}, ("/0/currency", "unknown_currency")),
        ({"float_fraction": "-1"}, ("/0/float_fraction", "not_a_float")),
        ({"ends_in": "-0.1"}, ("/0/ends_in", "not_an_ending")),
        ({"parent": None}, ("/0/parent", "required")),
        ({"priority": "high"}, ("/0/priority", "not_an_integer")),
        ({"exclusive": "yes"}, ("/0/exclusive", "not_a_flag")),
        ({"parent": "EU"}, ("/0/parent", "cycle")),
    ],
)
def test_a_faulty_list_is_refused_whole(
    house: House, manager: Caller, change: dict[str, Any], expected: tuple[str, str]
):
    answer = manager.post("price-lists/", [{**LISTS[0], **change}, LISTS[1]])
    assert (answer.status_code, codes(answer)) == (422, [expected])


def test_odoo_cycle_2_lists_that_would_derive_from_each_other_are_refused(house: House, manager: Caller):
    for code in "ABCD":
        a_list(code, priority=ord(code))
    as_row = {"name": "x", "currency": "GBP", "kind": "base"}
    chain = [{"code": a, "parent": b, **as_row} for a, b in ("AB", "CD", "DA")]
    assert manager.post("price-lists/", chain).status_code == 200
    answer = manager.post("price-lists/", [{"code": "B", "parent": "C", **as_row}])
    assert codes(answer) == [("/0/parent", "cycle")]


def test_the_currency_of_a_list_with_prices_stays(house: House, manager: Caller):
    answer = manager.post("price-lists/", [{"code": "BASE", "name": "B", "currency": "EUR", "kind": "base"}])
    assert codes(answer) == [("/0/currency", "currency_in_use")]


def test_a_quote_of_ten_thousand_lines_is_one_answer(house: House, clerk: Caller):
    Scope.objects.filter(user_id=house.clerk.id).update(region=house.london.region)
    a_rate("GBP", "EUR", "1.15")
    found = clerk.post("prices/quote/", {"lines": [{"sku": "A", "site": "LON"}] * 10_000}).json()
    assert len(found) == 10_000 and {one["amount"] for one in found} == {"10.00"}
