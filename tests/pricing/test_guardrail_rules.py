"""Guardrails as versioned rules: writing one, who may, and what it would have found in the last 12 months."""

from datetime import date
from typing import Any

import pytest

from approvals.actions import decide
from approvals.models import ApprovalRequest
from audit.models import Event
from catalog.models import Product
from lib import clock
from lib.actors import system
from lib.faults import Faults
from pricing.actions.guardrail_versions import save_guardrail, settle_guardrails
from pricing.actions.guardrails import checked_guardrail
from pricing.actions.list_rules import propose_rule, settle_list_rules
from pricing.actions.price_changes import approve_change
from pricing.models import Competitor, CompetitorPrice, Finding, Guardrail, PriceChange, SupplierLimit
from pricing.queries.dry_run_rows import DryRun
from pricing.queries.guardrail_dry_runs import dry_run
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, priced, submitted
from tests.pricing.test_pages import client_of

pytestmark = pytest.mark.django_db
WORDS = {"reason": "tighter"}


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A", "2.00")
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


def row(**fields: Any) -> dict[str, Any]:
    return {"rule": "change_limit", "review_at": "0.02", "base_version": 1, **WORDS, **fields}


def in_force(house: House, **fields: Any) -> Guardrail:
    """A version that the other manager approves."""
    made = save_guardrail(actor=house.manager, row=row(**fields))
    settle(house, made, approve=True)
    return made


def settle(house: House, made: Guardrail, *, approve: bool) -> None:
    request = ApprovalRequest.objects.get(kind="guardrail", subject=f"guardrail:{made.pk}")
    decide(actor=house.other_manager, request_id=request.pk, approve=approve, comment="seen")
    assert settle_guardrails(actor=system("loop")) == 1
    made.refresh_from_db()


def run(**fields: Any) -> DryRun:
    return dry_run(checked_guardrail(row(**fields)), clock.now())


def test_a_new_version_counts_for_what_is_submitted_next(house: House) -> None:
    in_force(house)
    change = submitted(house.clerk, ("BASE", "A", "10.30"))
    assert Finding.objects.get(change=change).params["rule"] == "change_limit v2"
    event = Event.objects.get(kind="guardrail.changed")
    assert (event.before["review_at"], event.after["review_at"]) == ("0.15", "0.02")


def test_a_rule_of_one_list_leaves_the_others_alone(house: House) -> None:
    a_list("OTHER", priority=2)
    in_force(house, price_list="OTHER", base_version=0)
    assert submitted(house.clerk, ("BASE", "A", "10.30")).state == "approved"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"rule": "x"}, "unknown_rule"),
        ({"price_list": "NO"}, "unknown_price_list"),
        ({"category": "No"}, "unknown_category"),
        ({"review_at": "NaN"}, "not_a_number"),
        ({"review_at": "1e400"}, "not_a_number"),
        ({"review_at": "１"}, "not_a_number"),
        ({"review_at": "-0.1"}, "out_of_bounds"),
        ({"review_at": None}, "limit_required"),
        ({"block_at": "0.01"}, "limits_crossed"),
        ({"rule": "margin_floor", "review_at": "0.1", "block_at": "0.2"}, "limits_crossed"),
        ({"soft_reasons": ["x"]}, "unknown_reason"),
        ({"reason": " "}, "required"),
        ({"review_at": "0.15"}, "unchanged"),
        ({"base_version": 0}, "changed_meanwhile"),
    ],
)
def test_a_rule_is_refused_and_nothing_is_stored(house: House, fields: dict[str, Any], code: str) -> None:
    before = Guardrail.objects.count()
    with pytest.raises(Faults) as refused:
        save_guardrail(actor=house.manager, row=row(**fields))
    assert [fault.code for fault in refused.value.faults] == [code]
    assert Guardrail.objects.count() == before


def test_a_clerk_writes_no_guardrail(house: House) -> None:
    with pytest.raises(Faults) as refused:
        save_guardrail(actor=house.clerk, row=row())
    assert refused.value.status == 403


def test_a_version_counts_only_after_another_person_approves_it(house: House) -> None:
    made = save_guardrail(actor=house.manager, row=row())
    assert (made.state, settle_guardrails(actor=system("loop"))) == ("pending", 0)
    assert submitted(house.clerk, ("BASE", "A", "10.30")).state == "approved"
    request = ApprovalRequest.objects.get(kind="guardrail", subject=f"guardrail:{made.pk}")
    with pytest.raises(Faults) as refused:
        decide(actor=house.manager, request_id=request.pk, approve=True)
    assert refused.value.faults[0].code == "own_request"
    settle(house, made, approve=True)
    assert made.state == "in_force"
    assert ApprovalRequest.objects.get(pk=request.pk).effect == "applied"
    event = Event.objects.get(kind="guardrail.changed")
    assert (event.actor_id, event.after["state"]) == (house.other_manager.id, "in_force")


def test_a_refused_version_never_counts_and_the_next_has_a_number_of_its_own(house: House) -> None:
    made = save_guardrail(actor=house.manager, row=row())
    settle(house, made, approve=False)
    assert (made.state, made.version) == ("rejected", 2)
    assert submitted(house.clerk, ("BASE", "A", "10.30")).state == "approved"
    assert save_guardrail(actor=house.manager, row=row()).version == 3


def test_one_version_waits_at_a_time(house: House) -> None:
    save_guardrail(actor=house.manager, row=row())
    with pytest.raises(Faults) as refused:
        save_guardrail(actor=house.other_manager, row=row(review_at="0.03"))
    assert [fault.code for fault in refused.value.faults] == ["already_pending"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"rule": "band", "options": {}}, "limit_required"),
        ({"rule": "band", "options": {"floor": "1"}}, "limit_required"),
        ({"rule": "band", "options": {"floor": "2", "ceiling": "1", "currency": "GBP"}}, "limits_crossed"),
        ({"rule": "band", "options": {"floor": "NaN", "currency": "GBP"}}, "invalid_option"),
        ({"rule": "minor_unit", "options": {"step": "0"}}, "limit_required"),
        ({"rule": "minor_unit", "options": {"step": "1e400"}}, "invalid_option"),
        ({"rule": "ending", "options": {"endings": ["x"]}}, "invalid_option"),
        ({"rule": "ending", "options": {"step": "1"}}, "invalid_option"),
        ({"rule": "ending", "options": []}, "limit_required"),
        ({"status": "x"}, "unknown_status"),
        ({"profile": "x"}, "unknown_profile"),
    ],
)
def test_options_are_refused_with_what_is_wrong(house: House, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Faults) as refused:
        checked_guardrail(row(**fields))
    assert [fault.code for fault in refused.value.faults] == [code]


# -- dry run -----------------------------------------------------------------------------------------------------


def test_a_tighter_limit_would_have_held_the_step(house: House) -> None:
    priced(house.clerk, ("BASE", "A", "10.30"))
    found = run(block_at="0.05")
    assert (found.lines, found.changes, found.review, found.block, found.found_then) == (2, 2, 1, 0, 0)
    assert [(one.sku, str(round(one.value, 4)), one.severity) for one in found.examples] == [
        ("A", "0.0300", "review")
    ]
    assert not Guardrail.objects.filter(version=2).exists()


def test_the_limit_itself_would_have_passed(house: House) -> None:
    priced(house.clerk, ("BASE", "A", "10.30"))
    assert (run(review_at="0.03").review, run(review_at="0.029").review) == (0, 1)


def test_small_steps_together_would_have_been_found(house: House) -> None:
    """Ten steps of 4.9 % do not slip under 5 %: the second step lies 6 % from the last human decision."""
    first = submitted(house.clerk, ("BASE", "A", "13.00"))
    approve_change(actor=house.manager, change_id=first.pk)
    for text in ("13.40", "13.80"):
        priced(house.clerk, ("BASE", "A", text))
    found = run(rule="cumulative_change_limit", review_at="0.05")
    assert [str(round(one.value, 4)) for one in found.examples] == ["0.0615"]


def test_a_margin_floor_over_the_past_and_its_list(house: House) -> None:
    fields = {"rule": "margin_floor", "review_at": "0.80", "block_at": "0.30"}
    assert (run(**fields).review, run(**fields).block) == (1, 0)
    a_list("OTHER", priority=2)
    assert run(**fields, price_list="OTHER").lines == 0


def test_a_dry_run_agrees_with_the_findings_of_the_rule(house: House) -> None:
    change = submitted(house.clerk, ("BASE", "A", "13.00"))
    approve_change(actor=house.manager, change_id=change.pk)
    found = run(review_at="0.15")
    assert (found.review, found.found_then) == (1, 1)


@pytest.mark.parametrize(
    ("rule", "options", "count"),
    [
        ("band", {"floor": "10.20", "currency": "GBP"}, 1),
        ("band", {"ceiling": "10.20", "currency": "GBP"}, 1),
        ("band", {"ceiling": "10.20", "currency": "EUR"}, 0),
        ("ending", {"endings": ["0.30"]}, 1),
        ("ending", {"endings": ["0.30", "0.00"]}, 0),
        ("minor_unit", {"step": "0.50"}, 1),
    ],
)
def test_bounds_over_the_past(house: House, rule: str, options: dict[str, Any], count: int) -> None:
    """Of 10.00 and 10.30 the rule finds so many."""
    priced(house.clerk, ("BASE", "A", "10.30"))
    found = run(rule=rule, review_at=None, options={**options, "severity": "review"})
    assert (found.lines, found.review) == (2, count)


def test_prices_of_others_and_the_base_over_the_past(house: House) -> None:
    product = Product.objects.get(sku="A")
    for kind, amount in (("map", "10.10"), ("msrp", "9.00")):
        SupplierLimit.objects.create(
            product=product,
            kind=kind,
            currency="GBP",
            amount=amount,
            valid_from=date(2020, 1, 1),
            source="letter",
        )
    rival = Competitor.objects.create(code="rival", name="Rival")
    CompetitorPrice.objects.create(
        competitor=rival, product=product, sku="A", amount="5.00", currency="GBP", observed_at=clock.now()
    )
    a_list("NORTH", kind="region", region=house.london.region, parent=house.base)
    priced(house.clerk, ("NORTH", "A", "10.40"))
    around = {"basis": "base", "ceiling": "0.02", "severity": "review"}
    assert run(rule="band", review_at=None, options=around).review == 1
    assert run(rule="map_price", review_at=None, options={}).review == 1
    assert run(rule="msrp", review_at=None, options={"severity": "review"}).review == 2
    assert run(rule="competitor_distance", review_at="1.05").review == 1
    assert run(rule="regional_spread").lines == 2


def regions_of(house: House) -> None:
    """GB derives from the base; EU derives from it in euro, 1.2 to the pound."""
    a_rate("GBP", "EUR", "1.2")
    a_list("GB", kind="region", region=house.london.region, parent=house.base)
    a_list("EU", kind="region", region=house.berlin.region, parent=house.base, currency="EUR")


def test_the_spread_over_the_past_is_what_the_rule_found_then(house: House) -> None:
    """The same rule in force from the start finds the same lines, with the same severity and figure."""
    regions_of(house)
    a_product("B", "2.00")
    Guardrail.objects.create(rule="regional_spread", review_at="0.02", block_at="0.90", version=1)
    approved = []
    for line in (
        ("GB", "A", "10.30"),
        ("GB", "A", "10.10"),
        ("BASE", "A", "10.30"),
        ("BASE", "B", "10.00"),
        ("EU", "B", "12.30"),
        ("GB", "B", "10.40"),
    ):
        change = submitted(house.clerk, line)
        if change.state == "pending":
            change = approve_change(actor=house.manager, change_id=change.pk)
        approved.append(change.pk)
    told = {
        (one.change_id, one.line.product.sku, one.line.price_list.code): (
            one.severity,
            one.params["fraction"],
        )
        for one in Finding.objects.filter(code="regional_spread").select_related("line__product")
        if one.line
    }
    found = run(rule="regional_spread", review_at="0.02", block_at="0.90")
    got = {
        (one.change_id, one.sku, one.price_list): (one.severity, format(round(one.value, 6).normalize(), "f"))
        for one in found.examples
    }
    assert got == told
    assert len(told) == found.review == found.found_then == 2
    assert (found.lines, found.changes_held) == (7, 2)


def test_the_spread_over_the_past_meets_the_lists_of_its_time(house: House) -> None:
    """What others placed later, and a list that derives anew since, do not count for what was placed before."""
    regions_of(house)
    priced(house.clerk, ("BASE", "A", "10.20"))
    change = submitted(house.clerk, ("GB", "A", "12.00"))
    approve_change(actor=house.manager, change_id=change.pk)
    rule = propose_rule(
        actor=house.manager, code="EU", row={"parent": "BASE", "float_fraction": "0.5", "reason": "rents"}
    )
    request = ApprovalRequest.objects.get(subject=f"price_list:{rule.pk}")
    decide(actor=house.other_manager, request_id=request.pk, approve=True)
    settle_list_rules(actor=system("loop"))
    found = run(rule="regional_spread", review_at="0.10", block_at="0.60")
    assert [(one.change_id, str(round(one.value, 4))) for one in found.examples] == [(change.pk, "0.1765")]
    assert run(rule="regional_spread", review_at="0.18").review == 0
    assert run(rule="regional_spread", review_at="0.10", price_list="BASE").changes_held == 0


def test_the_spread_over_the_past_counts_lines_of_one_change_together(house: House) -> None:
    regions_of(house)
    change = submitted(house.clerk, ("GB", "A", "12.00"), ("EU", "A", "14.40"))
    approve_change(actor=house.manager, change_id=change.pk)
    assert run(rule="regional_spread", review_at="0.01").changes_held == 0


# -- page and REST -----------------------------------------------------------------------------------------------


def test_the_page_shows_rules_runs_dry_and_saves(house: House) -> None:
    clerk, manager = client_of(house.clerk.id), client_of(house.manager.id)
    form = {
        "rule": "change_limit",
        "review_at": "2",
        "block_at": "",
        "base_version": "1",
        "is_active": "1",
        **WORDS,
    }
    assert clerk.get("/prices/guardrails/").status_code == 200
    assert clerk.post("/prices/guardrails/save/", form).status_code == 403
    assert b'id="dry-run"' in manager.post("/prices/guardrails/dry-run/", form).content
    manager.post("/prices/guardrails/save/", form)
    one = Guardrail.objects.get(rule="change_limit", version=2)
    assert str(one.review_at) == "0.020000"


def test_the_page_says_what_is_wrong(house: House) -> None:
    form = {"rule": "change_limit", "review_at": "abc", "is_active": "1", "base_version": "1", **WORDS}
    answer = client_of(house.manager.id).post("/prices/guardrails/dry-run/", form)
    assert "abc" in answer.content.decode() and b'id="dry-run"' not in answer.content


def test_guardrails_over_rest(house: House) -> None:
    manager = client_of(house.manager.id)

    def post(path: str, body: Any) -> Any:
        return manager.post(f"/api/v1/guardrails/{path}", body, content_type="application/json")

    assert post("dry-run/", row()).json()["lines"] == 1
    assert post("", row()).json()["version"] == 2
    assert post("", row()).status_code == 409
    assert post("", []).status_code == 422
    assert len(manager.get("/api/v1/guardrails/?rule=change_limit").json()["results"]) == 2
    assert PriceChange.objects.count() == 1
