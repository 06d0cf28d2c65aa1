"""Prices below cost: looked at for four kinds of reason, and blocked for those only by a country's law."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from audit.models import Event
from catalog.models import Category
from lib.faults import Faults
from pricing.actions.guardrail_versions import save_guardrail
from pricing.actions.laws import save_law_rule
from pricing.actions.price_changes import approve_change, submit_change
from pricing.messages import finding_message
from pricing.models import Finding, Guardrail, LawRule
from tests.pricing.builders import (
    House,
    a_draft,
    a_house,
    a_list,
    a_product,
    a_rate,
    a_site,
    submitted,
)  # fmt: skip
from tests.pricing.test_pages import client_of

pytestmark = pytest.mark.django_db
FOUR = ["clearance", "damage", "expiry", "season"]


@pytest.fixture
def house() -> House:
    return a_french_house()


def a_french_house() -> House:
    """BASE sells in Britain, EUR in Germany, and FR at one site in Paris."""
    made = a_house()
    a_product("A", "2.00")
    a_rate("EUR", "GBP", "1.0")
    paris = a_site("PAR", made.berlin.region, country="FR", timezone="Europe/Paris", currency="EUR")
    a_list("EUR", currency="EUR", kind="region", region=made.berlin.region)
    a_list("FR", currency="EUR", kind="site", site=paris)
    return made


def law(**fields: Any) -> dict[str, Any]:
    return {
        "country": "GB", "kind": "below_cost", "method": "forbidden", "options": {"exempt_reasons": ["season"]},
        "source": "Gazette 7", "source_on": "2026-01-01", "reason": "new law", **fields,
    }  # fmt: skip


def severities(house: House, price_list: str, reason_code: str) -> dict[str, str]:
    draft = a_draft(house.clerk, (price_list, "A", "1.50"), reason_code=reason_code)
    return {one.code: one.severity for one in Finding.objects.filter(change=draft, code="below_cost")}


@pytest.mark.parametrize(
    ("reason_code", "severity"),
    [("clearance", "review"), ("expiry", "review"), ("season", "review"), ("damage", "block"), ("regular", "block")],
)  # fmt: skip
def test_france_forbids_it_but_for_the_reasons_it_exempts(house: House, reason_code: str, severity: str):
    """Code de commerce L442-5, the rule a new house starts with."""
    assert severities(house, "FR", reason_code) == {"below_cost": severity}


@pytest.mark.parametrize("reason_code", FOUR)
def test_where_no_law_forbids_it_a_person_looks(house: House, reason_code: str):
    assert severities(house, "BASE", reason_code) == {"below_cost": "review"}


def test_one_country_of_a_list_is_enough_and_the_message_names_it(house: House):
    """The list EUR sells in Berlin and in Paris: the price is below cost in both, and France forbids it."""
    draft = a_draft(house.clerk, ("EUR", "A", "1.50"), reason_code="damage")
    with pytest.raises(Faults) as refused:
        submit_change(actor=house.clerk, change_id=draft.pk)
    [fault] = refused.value.faults
    assert (fault.code, fault.pointer) == ("below_cost", "/lines/0")
    assert "The law of FR forbids it. Code de commerce Art. L442-5" in fault.detail


def test_only_the_margin_in_the_country_of_the_law_counts(house: House):
    """2.30 leaves 1.93 in Berlin, below the cost of 2.00, and all of it in Paris, where no tax is known."""
    save_law_rule(actor=house.manager, row=law(country="DE"))
    found = Finding.objects.get(change=a_draft(house.clerk, ("EUR", "A", "2.30"), reason_code="clearance"))
    assert (found.code, found.severity, found.params["country"]) == ("below_cost", "block", "DE")
    assert found.params["site"] == "BER"


def test_the_reason_that_passes_is_told_with_its_source(house: House):
    found = Finding.objects.get(change=a_draft(house.clerk, ("FR", "A", "1.50"), reason_code="season"))
    assert "The law of FR lets this reason pass. Code de commerce" in finding_message(
        found.code, found.params
    )


def test_a_law_blocks_even_where_the_house_switched_its_own_check_off(house: House):
    Guardrail.objects.create(rule="below_cost", version=2, is_active=False)
    assert severities(house, "BASE", "regular") == {}
    assert severities(house, "FR", "damage") == {"below_cost": "block"}


def test_a_category_may_be_permitted(house: House):
    a_product("F", "2.00", category=Category.objects.create(name="Food", path="Food"))
    save_law_rule(actor=house.manager, row=law(country="FR", category="Food", method="permitted", options={}))
    draft = a_draft(house.clerk, ("FR", "F", "1.50"), ("FR", "A", "1.50"), reason_code="damage")
    found = Finding.objects.filter(change=draft, code="below_cost")
    assert {one.line.product.sku: one.severity for one in found if one.line} == {"F": "review", "A": "block"}


def test_a_law_reaches_the_prices_that_derived_lists_make(house: House):
    """An outlet in Paris takes three quarters of the base: what is fine in Britain is below cost there."""
    outlet = a_site("OUT", house.berlin.region, country="FR", timezone="Europe/Paris", currency="GBP")
    a_list("OUTLET", kind="site", site=outlet, parent=house.base, float_fraction="-0.25")
    draft = a_draft(house.clerk, ("BASE", "A", "2.60"), reason_code="damage")
    blocks = Finding.objects.filter(change=draft, code="below_cost", severity="block")
    assert [one.params["derived"] for one in blocks if one.params.get("country") == "FR"] == ["OUTLET"]


# -- the house's own rule ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reasons", [[], ["season"], ["clearance", "expiry", "damage"]])
def test_a_guardrail_cannot_block_what_only_a_law_may(house: House, reasons: list[str]):
    row = {
        "rule": "below_cost",
        "price_list": "BASE",
        "soft_reasons": reasons,
        "reason": "ours",
        "base_version": 0,
    }
    with pytest.raises(Faults) as refused:
        save_guardrail(actor=house.manager, row=row)
    assert [fault.code for fault in refused.value.faults] == ["law_only"]
    assert not Guardrail.objects.filter(rule="below_cost", price_list=house.base).exists()


def test_a_guardrail_may_spare_more_reasons(house: House):
    row = {"rule": "below_cost", "soft_reasons": [*FOUR, "cost"], "reason": "ours", "base_version": 1}
    assert save_guardrail(actor=house.manager, row=row).soft_reasons == sorted([*FOUR, "cost"])


@pytest.mark.parametrize("reason_code", FOUR)
def test_a_stored_guardrail_that_spares_fewer_is_read_with_the_four(house: House, reason_code: str):
    Guardrail.objects.create(rule="below_cost", price_list=house.base, soft_reasons=["cost"])
    assert severities(house, "BASE", reason_code) == {"below_cost": "review"}
    assert severities(house, "BASE", "cost") == {"below_cost": "review"}
    assert severities(house, "BASE", "regular") == {"below_cost": "block"}


# -- writing the law ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"method": "binding"}, "/method"),
        ({"method": ""}, "/method"),
        ({"options": {"exempt_reasons": "season"}}, "/options/exempt_reasons"),
        ({"options": {"exempt_reasons": ["no_such"]}}, "/options/exempt_reasons"),
        ({"options": {"exempt_reasons": ["season", "season"]}}, "/options/exempt_reasons"),
        ({"options": {"exempt_reasons": [["season"]]}}, "/options/exempt_reasons"),
        ({"options": {"exempt_reasons": [None]}}, "/options/exempt_reasons"),
        ({"options": {"exempt_reasons": ["se\x00ason"]}}, "/options/exempt_reasons"),
        ({"options": {"days": 30}}, "/options/days"),
        ({"options": [1]}, "/options"),
        ({"source": ""}, "/source"),
    ],
)
def test_what_a_law_cannot_say_is_refused(house: House, fields: dict[str, Any], pointer: str):
    answer = client_of(house.manager.id).post(
        "/api/v1/law-rules/", law(**fields), content_type="application/json"
    )
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [pointer])
    assert not LawRule.objects.filter(country="GB", kind="below_cost").exists()


def test_the_database_wants_a_method(house: House):
    with pytest.raises(DatabaseError, match="pricing_lawrule_shape"), transaction.atomic():
        LawRule.objects.create(country="GB", kind="below_cost", source="a", source_on="2026-01-01")


def test_the_page_writes_a_law_with_its_reasons_and_tells_it(house: House):
    form = {**law(), "exempt_reasons": ["season", "expiry"], "base_version": "0", "is_active": "1"}
    form.pop("options")
    page = client_of(house.manager.id).post("/prices/laws/save/", form, follow=True).content.decode()
    rule = LawRule.objects.get(country="GB", kind="below_cost")
    assert (rule.options, rule.version) == ({"exempt_reasons": ["season", "expiry"]}, 1)
    assert "exempt: End of season, Expiry" in page
    assert Event.objects.filter(kind="law_rule.changed", subject="law_rule:GB-below_cost").count() == 1


def test_a_law_put_in_force_meets_a_change_that_waits(house: House):
    """The change was submitted before the law: what is approved afterwards is judged by the law."""
    change = submitted(house.clerk, ("BASE", "A", "1.50"), reason_code="damage")
    save_law_rule(actor=house.manager, row=law())
    with pytest.raises(Faults) as refused:
        approve_change(actor=house.manager, change_id=change.pk)
    assert (refused.value.status, [one.code for one in refused.value.faults]) == (409, ["below_cost"])
