"""Incentives: written down, ended with one click, and rehearsed against every price before its submit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import Http404

from audit.models import Event
from catalog.models import Category, CustomerGroup
from lib import clock
from lib.faults import Faults
from pricing.actions.incentives import create_incentive, stop_incentive
from pricing.actions.price_changes import submit_change
from pricing.messages import finding_message
from pricing.models import Incentive, PriceChange
from tests.pricing.builders import House, a_draft, a_house, a_person, a_product, priced
from tests.pricing.test_pages import client_of
from tests.pricing.test_placing import refusals, together


def prepared() -> House:
    house = a_house()
    drinks = Category.objects.create(path="drinks", name="Drinks")
    tea = Category.objects.create(path="drinks / tea", name="Tea", parent=drinks)
    CustomerGroup.objects.create(code="CLUB", name="Club")
    a_product("A", cost="4.00", category=tea)
    a_product("B", cost="4.00")
    return house


@pytest.fixture
def house(db: None) -> House:
    return prepared()


def an_incentive(house: House, code: str, **fields: Any) -> Incentive:
    row = {"code": code, "name": code.title(), "kind": "coupon", "fraction": "0.2", **fields}
    return create_incentive(actor=house.manager, row=row)


def told(change: PriceChange) -> dict[str, dict[str, Any]]:
    return {
        one.line.product.sku: one.params for one in change.findings.filter(code="price_to_pay") if one.line
    }


def test_what_meets_below_cost_is_a_finding_for_a_person(house: House) -> None:
    """12.00 less 20 % and 10 off 60 (2.00) is 7.60; net of 20 % tax and 10 % commission 5.70, cost 4.00: enough.

    8.00 less 1.60 and 1.33 is 5.07: 3.80 net, too little.
    """
    an_incentive(house, "SPRING", category="drinks")
    an_incentive(
        house, "BASKET", kind="threshold", fraction=None, amount="10", threshold="60", currency="GBP"
    )
    assert told(a_draft(house.clerk, ("BASE", "A", "12.00"), ("BASE", "B", "12.00"))) == {}
    change = a_draft(house.clerk, ("BASE", "A", "8.00"), ("BASE", "B", "8.00"))
    params = told(change)["A"]
    assert (params["taken"], params["site"], params["cost"]) == (["BASKET", "SPRING"], "WEB", "4")
    assert (params["to_pay"], params["net"]) == ("5.066667", "3.8")
    assert list(told(change)) == ["A"]
    assert submit_change(actor=house.clerk, change_id=change.pk).state == "pending"
    assert finding_message("price_to_pay", params) == (
        "With Basket + Spring a customer pays 5.07 instead of 8.00 GBP at WEB; the shop earns 3.80 net, the cost is 4.00."
    )


def test_only_what_meets_at_one_moment_one_place_and_for_one_customer_is_stacked(house: House) -> None:
    now = clock.now()
    an_incentive(house, "EARLY", valid_until=(now + timedelta(days=5)).isoformat())
    an_incentive(house, "LATE", valid_from=(now + timedelta(days=5)).isoformat())
    an_incentive(house, "BERLIN", site="BER")
    an_incentive(house, "CLUB", kind="member", customer_group="CLUB", fraction="0.3")
    an_incentive(house, "STORES", channel="market", fraction="0.1")
    params = told(a_draft(house.clerk, ("BASE", "A", "8.00")))["A"]
    assert params["taken"] == ["CLUB", "EARLY", "STORES"]
    later = a_draft(house.clerk, ("BASE", "B", "8.00"), effective_from=now + timedelta(days=9))
    assert told(later)["B"]["taken"] == ["CLUB", "LATE", "STORES"]


def test_a_stopped_one_no_longer_counts_and_the_trail_tells(house: House) -> None:
    an_incentive(house, "HALF", fraction="0.5")
    assert told(a_draft(house.clerk, ("BASE", "A", "8.00")))
    officer = a_person("duty", "duty")
    stopped = stop_incentive(actor=officer, code="HALF", comment="stacks below cost")
    assert (stopped.stopped_by_name, bool(stopped.stopped_at)) == (officer.name, True)
    assert not told(a_draft(house.clerk, ("BASE", "A", "8.00")))
    event = Event.objects.get(kind="incentive.stopped", subject="incentive:HALF")
    assert event.reason == "stacks below cost"
    with pytest.raises(Faults) as refused:
        stop_incentive(actor=officer, code="HALF", comment="again")
    assert (refused.value.status, refused.value.faults[0].code) == (409, "ended")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": "2", "currency": "GBP"}, "amount_or_fraction"),
        ({"fraction": None}, "amount_or_fraction"),
        ({"fraction": "1.5"}, "out_of_range"),
        ({"fraction": "NaN"}, "not_a_number"),
        ({"fraction": "1e400"}, "not_a_number"),
        ({"fraction": "\uff11"}, "not_a_number"),
        ({"fraction": None, "amount": "2"}, "unknown_currency"),
        ({"kind": "gift"}, "unknown_kind"),
        ({"site": "NONE"}, "unknown_site"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "invalid_window"),
        ({"valid_from": "yesterday"}, "not_a_time"),
        ({"kind": "platform_subsidy", "is_exclusive": True}, "subsidy_plain"),
        ({"platform_fraction": "0.6", "supplier_fraction": "0.5"}, "out_of_range"),
        ({"name": ""}, "required"),
    ],
)
def test_what_is_wrong_is_refused_by_name(house: House, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Faults) as refused:
        an_incentive(house, "X", **fields)
    assert (refused.value.status, refused.value.faults[0].code) == (422, code)
    assert not Incentive.objects.exists()


def test_rights_and_codes(house: House) -> None:
    an_incentive(house, "X")
    refused_acts: tuple[tuple[Callable[[], Any], int], ...] = (
        (lambda: create_incentive(actor=house.clerk, row={}), 403),
        (lambda: stop_incentive(actor=house.clerk, code="X", comment="x"), 403),
        (lambda: stop_incentive(actor=house.manager, code="X", comment=" "), 422),
        (lambda: an_incentive(house, "X"), 409),
    )
    for act, status in refused_acts:
        with pytest.raises(Faults) as refused:
            act()
        assert refused.value.status == status
    with pytest.raises(Http404):
        stop_incentive(actor=house.manager, code="NONE", comment="x")


def test_of_two_stops_at_once_one_stops(cloned_db: str) -> None:
    house = prepared()
    an_incentive(house, "X")
    people = (house.manager, house.other_manager)
    results = together(
        *(lambda who=who: stop_incentive(actor=who, code="X", comment="now") for who in people)
    )
    assert refusals(results) == ["ended"]
    assert Event.objects.filter(kind="incentive.stopped").count() == 1
    connection.close()


def test_the_pages_write_show_rehearse_and_end_one(house: House) -> None:
    """A and B cost 4.00 and are sold at 8.00: half off at a web shop with 10 % commission leaves 3.00 net."""
    priced(house.clerk, ("BASE", "A", "8.00"))
    manager = client_of(house.manager.id)
    form = {"code": "HALF", "name": "Half", "kind": "coupon", "fraction": "50", "stacking_group": "c"}
    answer = manager.post("/prices/incentives/new/", form, follow=True).content.decode()
    assert "The incentive is in force." in answer and 'data-stop="HALF"' in answer
    refused = manager.post("/prices/incentives/new/", {**form, "code": "X", "fraction": "half"}, follow=True)
    assert "is not a plain number" in refused.content.decode()
    shown = manager.get("/prices/rehearsal/?site=WEB").content.decode()
    assert "Half" in shown and "1 below cost" in shown
    assert "YYYY-MM-DD" in manager.get("/prices/rehearsal/?site=WEB&day=soon").content.decode()
    change = a_draft(house.clerk, ("BASE", "B", "8.00"))
    assert "1 below cost" in manager.get(f"/prices/changes/{change.pk}/rehearsal/").content.decode()
    ended = manager.post("/prices/incentives/HALF/stop/", {"comment": "too much"}, follow=True)
    assert "The incentive has ended." in ended.content.decode()
    assert "Nothing meets on that day" in manager.get("/prices/rehearsal/?site=WEB").content.decode()


def test_rest_writes_lists_rehearses_and_ends_one(house: House) -> None:
    priced(house.clerk, ("BASE", "A", "8.00"), ("BASE", "B", "12.00"))
    manager = client_of(house.manager.id)

    def post(path: str, body: dict[str, Any]) -> Any:
        return manager.post(f"/api/v1/{path}", body, content_type="application/json")

    row = {"code": "HALF", "name": "Half", "kind": "coupon", "fraction": "0.5"}
    assert post("incentives/", row).status_code == 201
    assert post("incentives/", row).json()["errors"][0]["code"] == "code_taken"
    assert [one["code"] for one in manager.get("/api/v1/incentives/").json()["results"]] == ["HALF"]
    found = post("prices/rehearse/", {"site": "WEB"}).json()
    assert (found["total"], found["below_cost"]) == (2, 1)
    worst = found["results"][0]
    assert (worst["sku"], worst["to_pay"], worst["earned"], worst["incentives"]) == ("A", "4", "3", ["HALF"])
    change = a_draft(house.clerk, ("BASE", "A", "9.00"))
    assert post("prices/rehearse/", {"price_change": change.pk}).json()["below_cost"] == 1
    assert post("prices/rehearse/", {"price_change": 10**30}).status_code == 404
    assert post("prices/rehearse/", {"site": "NONE"}).status_code == 404
    assert post("prices/rehearse/", {"site": "WEB", "day": "soon"}).status_code == 422
    assert post("incentives/HALF/stop/", {"comment": "now"}).json()["stopped_by"]
    assert post("prices/rehearse/", {"site": "WEB"}).json()["total"] == 0
