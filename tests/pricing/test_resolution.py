"""Quotes with customer groups, bands, packs and franchisees: what the access sequence adds to the plain cases."""

from typing import Any

import pytest
from django.test import Client

from catalog.models import CustomerGroup, Pack
from lib.faults import Faults
from pricing.actions.laws import save_law_rule
from pricing.models import PriceList
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from tests.pricing.builders import House, a_house, a_list, a_product, a_site, amount, priced, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A")
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


def quote(house: House, site: str = "LON", **asked: Any) -> Quote:
    return quote_lines([QuoteLine("A", site, **asked)], actor=house.clerk)[0]


def rules(found: Quote) -> list[tuple[str, str]]:
    return [(step.rule, f"{step.amount_to.normalize():f}") for step in found.steps]


def client_of(user_id: int | None) -> Client:
    from accounts.models import User

    client = Client()
    client.force_login(User.objects.get(pk=user_id))
    return client


def a_group(code: str = "STAFF") -> CustomerGroup:
    return CustomerGroup.objects.create(code=code, name=code.title())


# -- customer groups -------------------------------------------------------------------------------------------------


def test_a_list_for_a_group_never_answers_a_question_without_it(house: House) -> None:
    a_list("STAFF", customer_group=a_group())
    a_group("CLUB")
    priced(house.clerk, ("STAFF", "A", "9.60"))
    assert quote(house).amount == quote(house, customer_group="CLUB").amount == amount("10")
    found = quote(house, customer_group="STAFF")
    assert (found.amount, found.price_list) == (amount("9.60"), "STAFF")
    assert quote(house, customer_group="NOBODY").error_code == "unknown_customer_group"


def test_within_a_kind_the_group_comes_before_priority_and_beside_it_is_no_rival(house: House) -> None:
    """The group's base list has the lower priority and the same kind: it is asked first, and submit does not refuse."""
    a_list("STAFF", customer_group=a_group(), priority=-5)
    change = submitted(house.clerk, ("STAFF", "A", "10.00"))
    assert change.state == "approved"
    assert quote(house, customer_group="STAFF").price_list == "STAFF"
    a_list("SITE", kind="site", site=house.london)
    priced(house.clerk, ("SITE", "A", "10.20"))
    assert quote(house, customer_group="STAFF").price_list == "SITE"


def test_two_lists_for_the_same_group_at_one_priority_are_refused(house: House) -> None:
    """medusajs/medusa#13079 (45): never does the list that was made last win."""
    group = a_group()
    a_list("ONE", customer_group=group)
    a_list("TWO", customer_group=group)
    priced(house.clerk, ("ONE", "A", "9.60"))
    with pytest.raises(Faults) as refused:
        submitted(house.clerk, ("TWO", "A", "9.60"))
    assert [fault.code for fault in refused.value.faults] == ["equal_priority"]


def test_groups_and_their_lists_over_rest(house: House) -> None:
    manager = client_of(house.manager.id)
    post = {"content_type": "application/json"}
    row = {"code": "CLUB", "name": "Club members"}
    assert manager.post("/api/v1/customer-groups/", [row], **post).json()["created"] == 1
    assert manager.post("/api/v1/customer-groups/", [row], **post).json()["unchanged"] == 1
    assert manager.get("/api/v1/customer-groups/").json()["results"] == [row | {"ended_at": None}]
    listed = {"code": "CLUB", "name": "Club", "currency": "GBP", "kind": "base", "priority": 1}
    wrong = manager.post("/api/v1/price-lists/", [{**listed, "customer_group": "NO"}], **post)
    assert wrong.json()["errors"][0]["code"] == "unknown_customer_group"
    assert (
        manager.post("/api/v1/price-lists/", [{**listed, "customer_group": "CLUB"}], **post).status_code
        == 200
    )
    assert manager.get("/api/v1/price-lists/?code=CLUB").json()["results"][0]["customer_group"] == "CLUB"
    priced(house.clerk, ("CLUB", "A", "9.70"))
    lines = [{"sku": "A", "site": "LON"}, {"sku": "A", "site": "LON", "customer_group": "CLUB"}]
    answer = manager.post("/api/v1/prices/quote/", {"lines": lines}, **post).json()
    assert [one["amount"] for one in answer] == ["10.00", "9.70"]


# -- derived lists ---------------------------------------------------------------------------------------------------


def a_derived(house: House, **fields: Any) -> PriceList:
    return a_list("GB", kind="region", region=house.london.region, parent=house.base, **fields)


@pytest.mark.parametrize(
    ("fields", "steps"),
    [
        ({"float_amount": "0.30"}, [("surcharge", "10.3")]),
        ({"float_fraction": "0.1", "float_amount": "-0.25"}, [("float", "11"), ("surcharge", "10.75")]),
        ({"float_amount": "5", "ceiling_fraction": "0.2"}, [("surcharge", "15"), ("band", "12")]),
        ({"float_fraction": "-0.5", "floor_fraction": "-0.1"}, [("float", "5"), ("band", "9")]),
        # 10.99 would be nearest to 10.60 and lies above the ceiling.
        (
            {"float_fraction": "0.06", "ceiling_fraction": "0.08", "ends_in": "0.99"},
            [("float", "10.6"), ("ending", "9.99")],
        ),
        # No price ending in .99 lies in the band: it stays as it is.
        (
            {"float_fraction": "0.06", "floor_fraction": "0", "ceiling_fraction": "0.08", "ends_in": "0.99"},
            [("float", "10.6")],
        ),
        ({"float_amount": "-12"}, [("surcharge", "-2"), ("band", "0")]),
    ],
)
def test_a_surcharge_comes_after_the_float_and_an_ending_stays_in_the_band(
    house: House, fields: dict[str, str], steps: list[tuple[str, str]]
) -> None:
    a_derived(house, **fields)
    assert rules(quote(house)) == [("base", "10"), *steps]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"float_amount": "1"}, ("/0/parent", "required")),
        ({"parent": "BASE", "floor_fraction": "0.2", "ceiling_fraction": "0.1"}, ("/0/floor_fraction", "floor_above_ceiling")),
        ({"parent": "BASE", "override_policy": "guess"}, ("/0/override_policy", "unknown_policy")),
        ({"parent": "BASE", "floor_fraction": "NaN"}, ("/0/floor_fraction", "not_a_number")),
    ],
)  # fmt: skip
def test_a_derivation_that_makes_no_sense_is_refused(
    house: House, fields: dict[str, Any], fault: Any
) -> None:
    row = {"code": "X", "name": "X", "currency": "GBP", "kind": "base", "priority": 3, **fields}
    answer = client_of(house.manager.id).post("/api/v1/price-lists/", [row], content_type="application/json")
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [fault]


# -- packs -----------------------------------------------------------------------------------------------------------


def test_a_pack_costs_its_units_at_the_tier_of_its_size(house: House) -> None:
    """The largest minimum quantity not above quantity × factor applies; tax is worked out on the whole pack."""
    Pack.objects.create(product_id=priced_id(), unit="box", factor=12)
    priced(house.clerk, ("BASE", "A", "9.55", "12"))
    found = quote(house, unit="box")
    assert (found.amount, found.net_amount, found.unit) == (amount("114.60"), amount("95.50"), "box")
    assert rules(found) == [("base", "9.55"), ("pack", "114.6")]
    assert (quote(house).unit, quote(house, unit="pcs").amount) == ("pcs", amount("10"))
    a_group()
    assert rules(quote(house, customer_group="STAFF")) == rules(quote(house, unit="pcs")) == [("base", "10")]


def priced_id() -> int:
    from catalog.models import Product

    return Product.objects.get(sku="A").pk


def test_the_price_per_kilo_of_a_pack_counts_its_whole_content(house: House) -> None:
    from catalog.models import Product

    Product.objects.filter(sku="A").update(net_content="500", net_content_unit="g")
    Pack.objects.create(product_id=priced_id(), unit="box", factor=4)
    assert (quote(house).unit_price, quote(house, unit="box").unit_price) == (amount("20"), amount("20"))


def test_a_unit_that_is_unknown_or_not_one_is_an_error_of_its_line(house: House) -> None:
    for factor in (6, 12):
        Pack.objects.create(product_id=priced_id(), unit="box", factor=factor)
    assert quote(house, unit="box").error_code == "unknown_unit"
    assert "box:6, box:12" in quote(house, unit="crate").error_detail
    assert quote(house, unit="box:6").amount == amount("60")
    lines = [{"sku": "A", "site": "LON", "unit": "crate"}, {"sku": "A", "site": "LON"}]
    answer = client_of(house.clerk.id).post(
        "/api/v1/prices/quote/", {"lines": lines}, content_type="application/json"
    )
    assert [one.get("amount") for one in answer.json()] == [None, "10.00"]


# -- franchisees -----------------------------------------------------------------------------------------------------


def test_a_franchisees_price_is_a_recommendation_where_it_may_not_be_set(house: House) -> None:
    a_site("FRA", house.london.region, operator="franchise")
    assert (quote(house).is_recommended, quote(house, "FRA").is_recommended) == (False, True)
    save_law_rule(
        actor=house.manager,
        row={
            "country": "GB", "kind": "resale_price", "method": "binding", "base_version": 1,
            "source": "An exemption", "source_on": "2026-01-01", "reason": "granted",
        },
    )  # fmt: skip
    assert quote(house, "FRA").is_recommended is False


def test_a_country_without_a_rule_only_recommends(house: House) -> None:
    a_site("NYC", house.london.region, operator="franchise", country="US", currency="GBP")
    assert quote(house, "NYC").is_recommended


def test_a_rule_on_franchisees_names_one_of_its_own_methods(house: House) -> None:
    with pytest.raises(Faults) as refused:
        save_law_rule(
            actor=house.manager,
            row={
                "country": "GB", "kind": "resale_price", "method": "lowest_paid", "base_version": 1,
                "source": "x", "source_on": "2026-01-01", "reason": "y",
            },
        )  # fmt: skip
    assert [fault.code for fault in refused.value.faults] == ["unknown_method"]


def test_the_why_page_asks_by_group_and_pack_and_says_recommended(house: House) -> None:
    Pack.objects.create(product_id=priced_id(), unit="box", factor=12)
    a_list("STAFF", customer_group=a_group())
    priced(house.clerk, ("STAFF", "A", "9.60"))
    a_site("FRA", house.london.region, operator="franchise")
    clerk = client_of(house.clerk.id)
    page = clerk.get("/prices/why/?sku=A&site=FRA&customer_group=STAFF&unit=box:12").content.decode()
    assert "115.20" in page and "Recommended price" in page and 'value="box:12" selected' in page
    assert "Recommended price" not in clerk.get("/prices/why/?sku=A&site=LON").content.decode()
    assert "no single unit" in clerk.get("/prices/why/?sku=A&site=LON&unit=crate").content.decode()


def test_the_why_page_tells_surcharge_and_band(house: House) -> None:
    a_derived(house, float_amount="5", ceiling_fraction="0.2")
    page = client_of(house.clerk.id).get("/prices/why/?sku=A&site=LON").content.decode()
    assert "Surcharge" in page and "around the parent" in page
    lists = client_of(house.clerk.id).get("/prices/lists/").content.decode()
    assert "+£5.00" in lists
