"""Pages and REST of price lists and customer groups."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from approvals.actions import decide
from approvals.queries import request_of
from catalog.models import CustomerGroup
from lib.actors import system
from pricing.actions.list_rules import settle_list_rules
from pricing.models import ListRule, PriceList
from tests.pricing.builders import House, a_house, a_list, a_product, priced
from tests.pricing.test_api import Caller


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    a_product("A")
    priced(made.clerk, ("BASE", "A", "10.00"))
    a_list("GB", kind="region", region=made.london.region, parent=made.base, float_fraction="0.02")
    return made


def client_of(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def form(**fields: Any) -> dict[str, Any]:
    return {"parent": "BASE", "float_fraction": "10", "base_version": "0", "reason": "rents", **fields}


def test_a_list_is_made_on_the_page_and_derives_nothing_yet(house: House) -> None:
    client = client_of("manager")
    given = {
        "code": "DE",
        "name": "Germany",
        "kind": "region",
        "currency": "eur",
        "region": "EU",
        "tax_included": "on",
    }
    answer = client.post("/prices/lists/new/", given)
    assert (answer.status_code, answer["Location"]) == (302, "/prices/lists/DE/derivation/")
    made = PriceList.objects.get(code="DE")
    assert (made.currency, made.parent, made.tax_included) == ("EUR", None, True)
    again = client.post("/prices/lists/new/", given)
    assert again.status_code == 422
    assert "There is a price list of this code already." in again.content.decode()


def test_faults_stand_beside_their_fields(house: House) -> None:
    client = client_of("manager")
    answer = client.post(
        "/prices/lists/new/", {"code": "X", "name": "X", "kind": "region", "currency": "GBP"}
    )
    assert "A list of kind region names its region." in answer.content.decode()
    answer = client.post("/prices/lists/GB/derivation/", form(float_fraction="NaN", do="preview"))
    assert answer.status_code == 422
    assert 'id="id_float_fraction_error"' in answer.content.decode()


def test_effect_is_looked_at_then_sent_and_stands_on_the_page(house: House) -> None:
    client = client_of("manager")
    page = client.post("/prices/lists/GB/derivation/", form(do="preview")).content.decode()
    assert 'id="effect-moved"' in page and "10.20" in page and "11.00" in page
    assert not ListRule.objects.exists()
    assert client.post("/prices/lists/GB/derivation/", form(do="propose")).status_code == 302
    page = client.get("/prices/lists/GB/").content.decode()
    assert "Version 2 waits for approval" in page and 'action="/prices/lists/GB/withdraw/"' in page
    other = client_of("other.manager").get("/prices/lists/GB/").content.decode()
    assert "Version 2 waits for approval" in other and "/withdraw/" not in other
    assert "Waits for approval" in client.get("/prices/lists/").content.decode()
    client.post("/prices/lists/GB/withdraw/")
    assert ListRule.objects.get(version=2).state == "rejected"


def test_name_and_what_becomes_of_own_prices_change_at_once(house: House) -> None:
    client = client_of("manager")
    assert (
        client.post("/prices/lists/GB/edit/", {"name": "Britain", "override_policy": "ask"}).status_code
        == 302
    )
    one = PriceList.objects.get(code="GB")
    assert (one.name, one.override_policy, str(one.float_fraction)) == ("Britain", "ask", "0.020000")
    assert client.get("/prices/lists/NOWHERE/").status_code == 404


def test_who_may_only_look_sees_no_way_to_write(house: House) -> None:
    client = client_of("clerk")
    page = client.get("/prices/lists/GB/").content.decode()
    assert "Change how it derives" not in page
    assert client.post("/prices/lists/GB/derivation/", form(do="propose")).status_code == 403


def test_rest_previews_proposes_lists_and_withdraws(house: House) -> None:
    call = Caller("manager")
    body = {"parent": "BASE", "float_fraction": "0.10", "reason": "rents"}
    effect = call.post("price-lists/GB/derivation/preview/", body).json()
    assert (effect["moved"], effect["largest"][0]["new"], effect["findings"]["block"]) == (1, "11.00", 0)
    answer = call.post("price-lists/GB/derivation/", body)
    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (201, "pending", 2)
    assert call.post("price-lists/GB/derivation/", body).status_code == 409
    assert [row["version"] for row in call.get("price-lists/GB/derivation/").json()["results"]] == [2, 1]
    item = call.get("price-lists/GB/").json()
    assert (item["float_fraction"], item["version"], item["waiting"]["float_fraction"]) == ("0.02", 1, "0.1")
    assert call.post("price-lists/GB/derivation/withdraw/", {}).json()["state"] == "rejected"
    assert call.get("price-lists/NONE/").status_code == 404


def test_rest_names_what_blocks(house: House) -> None:
    answer = Caller("manager").post(
        "price-lists/GB/derivation/", {"parent": "BASE", "float_fraction": "-0.9", "reason": "x"}
    )
    assert answer.status_code == 422
    assert {one["code"] for one in answer.json()["errors"]} >= {"blocked", "below_cost"}


def test_a_version_in_force_is_shown_and_the_form_starts_from_it(house: House) -> None:
    client = client_of("manager")
    client.post("/prices/lists/GB/derivation/", form(do="propose"))
    rule = ListRule.objects.get(version=2)
    request = request_of("price_list", f"price_list:{rule.pk}")
    assert request is not None
    decide(actor=house.other_manager, request_id=request.pk, approve=True)
    settle_list_rules(actor=system("loop"))
    assert "in force" in client.get("/prices/lists/GB/").content.decode()
    page = client.get("/prices/lists/GB/derivation/").content.decode()
    assert 'name="float_fraction" value="10"' in page and 'name="base_version" value="2"' in page


# -- customer groups -------------------------------------------------------------------------------------------------


def test_a_group_is_made_renamed_and_ended(house: House) -> None:
    client = client_of("manager")
    client.post("/prices/customer-groups/save/", {"code": "STAFF", "name": "Staff", "is_new": "1"})
    client.post("/prices/customer-groups/save/", {"code": "STAFF", "name": "Our people"})
    group = CustomerGroup.objects.get(code="STAFF")
    a_list("STAFF-GB", customer_group=group)
    page = client.get("/prices/customer-groups/").content.decode()
    assert "Our people" in page and 'href="/prices/lists/STAFF-GB/"' in page
    client.post("/prices/customer-groups/STAFF/end/", {"reason": "nobody left"})
    group.refresh_from_db()
    assert group.ended_at is not None
    answer = client.post(
        "/prices/lists/new/",
        {"code": "S2", "name": "S2", "kind": "base", "currency": "GBP", "customer_group": "STAFF"},
    )
    assert (answer.status_code, PriceList.objects.filter(code="S2").exists()) == (422, False)


@pytest.mark.parametrize(
    ("reason", "with_prices", "code"), [(" ", False, "required"), ("x", True, "in_use"), ("x", False, "")]
)
def test_a_group_whose_lists_sell_does_not_end(
    house: House, reason: str, with_prices: bool, code: str
) -> None:
    group = CustomerGroup.objects.create(code="STAFF", name="Staff")
    a_list("STAFF-GB", customer_group=group, parent=house.base if with_prices else None)
    answer = Caller("manager").post("customer-groups/STAFF/end/", {"reason": reason})
    if code:
        assert [one["code"] for one in answer.json()["errors"]] == [code]
        return
    assert answer.json()["ended_at"]
    listed = Caller("manager").get("customer-groups/").json()["results"]
    assert listed[0]["ended_at"] is not None
    assert Caller("manager").post("customer-groups/STAFF/end/", {"reason": "again"}).status_code == 409


def test_a_clerk_only_reads_groups(house: House) -> None:
    client = client_of("clerk")
    assert client.get("/prices/customer-groups/").status_code == 200
    assert client.post("/prices/customer-groups/save/", {"code": "X", "name": "X"}).status_code == 403
