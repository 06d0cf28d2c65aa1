"""Subsidies in margin and below cost: net price less commission plus what is paid on the unit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, CustomerGroup, Product, UnitCost
from lib import clock
from lib.faults import Faults
from pricing import checks
from pricing.actions.incentives import create_incentive, stop_incentive
from pricing.actions.price_changes import approve_change, submit_change
from pricing.messages import finding_message
from pricing.models import Finding, PriceChange
from pricing.queries.grid import margin_book
from pricing.queries.guardrails import line_facts
from pricing.rules.formulas import Formula, apply_formula, margin_of, read_formula
from tests.pricing.builders import (
    House,
    a_draft,
    a_house,
    a_list,
    a_person,
    a_product,
    a_rate,
    amount,
    priced,
    submitted,
)  # fmt: skip
from tests.pricing.test_pages import client_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def house() -> House:
    """A costs 2.00 and is sold at 2.60: 2.17 net in the store, 1.95 at WEB, where 10 % goes to the market place."""
    made = a_house()
    a_product("A", "2.00", category=Category.objects.create(name="Food", path="Food"))
    return made


def subsidy(house: House, **fields: Any) -> None:
    row = {
        "code": "SUP",
        "name": "Maker pays",
        "kind": "supplier_subsidy",
        "amount": "0.10",
        "currency": "GBP",
        **fields,
    }
    create_incentive(actor=house.manager, row=row)


def found(house: House, text: str = "2.60", **fields: Any) -> dict[str, Finding]:
    change = a_draft(house.clerk, ("BASE", "A", text), **fields)
    return {one.code: one for one in Finding.objects.filter(change=change)}


def test_a_subsidy_covers_what_the_price_does_not(house: House):
    """1.95 + 0.10 covers 2.00; the margin is (1.95 + 0.10 − 2.00) / 2.1667."""
    subsidy(house)
    change = submitted(house.clerk, ("BASE", "A", "2.60"))
    assert [(one.code, one.severity) for one in change.findings.all()] == [("subsidy_needed", "note")]
    assert change.lines.get().margin_fraction == Decimal("0.023077")
    one = change.findings.get()
    assert finding_message(one.code, one.params) == (
        "2.60 GBP covers its cost of 2.00 only with 0.10 a unit from Maker pays."
    )


def test_the_finding_of_one_too_small_names_it(house: House):
    subsidy(house, amount="0.03")
    one = found(house)["below_cost"]
    assert (one.severity, one.params["names"], one.params["subsidies"]) == ("block", "Maker pays", ["SUP"])
    assert finding_message(one.code, one.params).endswith("0.03 a unit from Maker pays is counted.")


def test_one_that_ends_before_the_price_is_looked_at(house: House):
    ends = clock.now() + 10 * DAY
    subsidy(house, valid_until=ends.isoformat())
    one = found(house)["subsidy_ends"]
    assert one.severity == "review"
    assert ends.isoformat(timespec="minutes") in finding_message(one.code, one.params)
    assert "subsidy_needed" in found(house, effective_until=ends)


@pytest.mark.parametrize(
    "fields",
    [
        {"sku": "B"},
        {"site": "LON"},
        {"region": "EU"},
        {"price_list": "OTHER"},
        {"category": "Drink"},
        {"customer_group": "STAFF"},
        {"currency": "EUR"},
        {"valid_from": "2099-01-01T00:00:00Z"},
    ],
)
def test_one_of_another_scope_currency_or_time_is_not_counted(house: House, fields: dict[str, Any]):
    a_product("B")
    a_list("OTHER", priority=3)
    Category.objects.create(name="Drink", path="Drink")
    CustomerGroup.objects.create(code="STAFF", name="Staff")
    subsidy(house, **fields)
    assert found(house)["below_cost"].severity == "block"


@pytest.mark.parametrize("fields", [{"sku": "A"}, {"site": "WEB"}, {"region": "GB"}, {"category": "Food"}])
def test_one_of_its_scope_is(house: House, fields: dict[str, Any]):
    subsidy(house, **fields)
    assert list(found(house)) == ["subsidy_needed"]


def test_one_in_another_currency_is_converted_at_the_rate_of_the_day(house: House):
    """0.12 EUR are 0.1008 GBP."""
    subsidy(house, amount="0.12", currency="EUR")
    a_rate("GBP", "EUR", "1.25")
    a_rate("EUR", "GBP", "0.84")
    one = found(house)["subsidy_needed"]
    assert one.params["subsidy"] == "0.1008"
    assert "only with 0.10 a unit from Maker pays." in finding_message(one.code, one.params)


@pytest.mark.parametrize("age", [None, 40])
def test_without_a_rate_of_the_day_it_is_left_out_and_the_finding_says_so(house: House, age: int | None):
    if age:
        a_rate("EUR", "GBP", "0.84", on=clock.now().date() - age * DAY)
    subsidy(house, amount="0.12", currency="EUR")
    one = found(house)["below_cost"]
    assert one.params["left_out"] == "Maker pays"
    assert finding_message(one.code, one.params).endswith(
        "Maker pays is not counted: there is no exchange rate of the day."
    )


SEVERAL = [
    {"amount": "0.10"},
    {"amount": "0.12", "currency": "EUR"},
    {"amount": None, "currency": "", "fraction": "0.05"},
    {"amount": None, "currency": "GBP", "fraction": "0.20", "cap": "0.15"},
]


@pytest.mark.parametrize("chosen", [SEVERAL[:1], SEVERAL[1:2], SEVERAL[2:3], SEVERAL[3:], SEVERAL])
def test_preview_formula_and_finding_say_the_same_margin(house: House, chosen: list[dict[str, Any]]):
    a_rate("EUR", "GBP", "0.84")
    for number, fields in enumerate(chosen):
        subsidy(house, code=f"S{number}", **fields)
    product = Product.objects.get(sku="A")
    facts = margin_book([product.pk], clock.now()).of(product.pk, house.base.pk)
    for text in ("0.90", "2.60", "3.75"):
        preview = margin_of(Decimal(text), facts)
        line = a_draft(house.clerk, ("BASE", "A", text)).lines.get()
        assert preview is not None and line.margin_fraction == round(preview, 6)
        reached = apply_formula(Formula("margin", preview * 100), Decimal(1), "GBP", facts)
        assert abs(reached - Decimal(text)) <= Decimal("0.01")
    cheap = margin_of(apply_formula(read_formula("m 12"), Decimal(1), "GBP", facts), facts)
    assert cheap is not None and Decimal("0.12") <= cheap < Decimal("0.13")


def test_why_this_price_counts_it_at_its_site(house: House):
    product, net = Product.objects.get(sku="A"), Decimal("2.50")
    subsidy(house, site="WEB")
    book = margin_book([product.pk], clock.now())
    at = {site: book.left_at(product.pk, "BASE", site, net) for site in ("LON", "WEB")}
    assert {site: left and left.margin_fraction for site, left in at.items()} == {
        "LON": Decimal("0.2"),
        "WEB": (net * Decimal("0.9") + Decimal("0.10") - 2) / net,
    }


def test_of_one_group_the_least_counts_and_a_stopped_one_does_not(house: House):
    subsidy(house, stacking_group="g")
    subsidy(house, code="LESS", name="Less", amount="0.02", stacking_group="g")
    assert found(house)["below_cost"].params["subsidies"] == ["LESS"]
    stop_incentive(actor=a_person("duty", "duty"), code="LESS", comment="over")
    assert list(found(house)) == ["subsidy_needed"]


def test_a_fraction_is_of_the_net_price(house: House):
    subsidy(house, amount=None, currency="", fraction="0.05")
    change = a_draft(house.clerk, ("BASE", "A", "2.60"))
    assert change.findings.get().params["subsidy"] == "0.108333"


def test_a_derived_price_counts_it_too(house: House):
    outlet = a_list("OUTLET", kind="site", site=house.web, parent=house.base, float_fraction="-0.10")
    assert found(house, "2.80")["below_cost"].params["derived"] == outlet.code
    subsidy(house, amount="0.15")
    assert "below_cost" not in found(house, "2.80")


def test_approval_meets_a_subsidy_that_has_ended_meanwhile(house: House):
    subsidy(house)
    change = submitted(house.clerk, ("BASE", "A", "2.60"))
    assert change.state == "pending"
    stop_incentive(actor=a_person("duty", "duty"), code="SUP", comment="no money left")
    with pytest.raises(Faults) as refused:
        approve_change(actor=house.manager, change_id=change.pk)
    assert [one.code for one in refused.value.faults] == ["below_cost"]


def test_the_patrol_counts_it(house: House):
    priced(house.clerk, ("BASE", "A", "10.00"))
    UnitCost.objects.create(
        product=Product.objects.get(sku="A"), amount="7.55", currency="GBP", valid_from=clock.now() - DAY
    )
    assert [one.key for one in checks.below_cost(clock.now())] == ["price_below_cost:BASE:A"]
    subsidy(house, amount="0.06")
    assert checks.below_cost(clock.now() + timedelta(seconds=1)) == []


def test_however_many_lines_it_takes_the_same_queries(house: House):
    subsidy(house)
    counts = []
    for size in (2, 40):
        skus = [f"P{size}-{number}" for number in range(size)]
        for sku in skus:
            a_product(sku)
        change = a_draft(house.clerk, *(("BASE", sku, "2.60") for sku in skus), title=f"{size}")
        with CaptureQueriesContext(connection) as captured:
            line_facts(PriceChange.objects.get(pk=change.pk), clock.now())
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_product_is_written_by_form_and_rest_and_an_unknown_one_refused(house: House):
    manager = client_of(house.manager.id)
    row = {
        "code": "S",
        "name": "S",
        "kind": "supplier_subsidy",
        "amount": "0.10",
        "currency": "GBP",
        "sku": "A",
    }
    assert manager.post("/api/v1/incentives/", row, content_type="application/json").json()["sku"] == "A"
    answer = manager.post(
        "/api/v1/incentives/", {**row, "code": "T", "sku": "NO\x00"}, content_type="application/json"
    )
    assert [one["code"] for one in answer.json()["errors"]] == ["unknown_sku"]
    assert "Product A" in manager.get("/prices/incentives/").content.decode()


def test_a_block_refuses_the_submit(house: House):
    subsidy(house, amount="0.03")
    draft = a_draft(house.clerk, ("BASE", "A", "2.60"))
    with pytest.raises(Faults) as refused:
        submit_change(actor=house.clerk, change_id=draft.pk)
    assert "Maker pays" in refused.value.faults[0].detail and amount("2.60") == draft.lines.get().amount
