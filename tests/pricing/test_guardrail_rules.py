"""Guardrails as versioned rules: writing one, who may, and what it would have found in the last 12 months."""

from typing import Any

import pytest

from audit.models import Event
from lib import clock
from lib.faults import Faults
from pricing.actions.guardrails import checked_guardrail, save_guardrail
from pricing.actions.price_changes import approve_change
from pricing.models import Finding, Guardrail, PriceChange
from pricing.queries.guardrail_rules import DryRun, dry_run
from tests.pricing.builders import House, a_house, a_list, a_product, priced, submitted
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


def run(**fields: Any) -> DryRun:
    return dry_run(checked_guardrail(row(**fields)), clock.now())


def test_a_new_version_counts_for_what_is_submitted_next(house: House) -> None:
    save_guardrail(actor=house.manager, row=row())
    change = submitted(house.clerk, ("BASE", "A", "10.30"))
    assert Finding.objects.get(change=change).params["rule"] == "change_limit v2"
    event = Event.objects.get(kind="guardrail.changed")
    assert (event.before["review_at"], event.after["review_at"]) == ("0.15", "0.02")


def test_a_rule_of_one_list_leaves_the_others_alone(house: House) -> None:
    a_list("OTHER", priority=2)
    save_guardrail(actor=house.manager, row=row(price_list="OTHER", base_version=0))
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
