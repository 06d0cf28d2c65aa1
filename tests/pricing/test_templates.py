"""Templates: emergencies by one click with a forced end and a review, drafts of promotions and the others."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from alerts.models import Alert
from audit.models import Event
from lib.actors import Actor
from lib.faults import Faults
from pricing.actions.emergencies import end_emergency, review_emergency, start_emergency
from pricing.actions.price_changes import approve_change, submit_change
from pricing.actions.templates import TemplateDraft, draft_from_template, prepare_template, retire_template
from pricing.models import EmergencyUse, Price, PriceChange, PriceTemplate
from pricing.queries.quotes import QuoteLine, quote_lines
from tests.pricing.builders import House, a_house, a_person, a_product, priced
from tests.pricing.test_pages import client_of
from tests.pricing.test_placing import refusals, together

D = Decimal


@pytest.fixture
def house(db: None) -> House:
    return stocked()


def stocked() -> House:
    made = a_house()
    for sku in ("A", "B"):
        a_product(sku)
        priced(made.clerk, ("BASE", sku, "6.00"))
    return made


def a_template(house: House, value: str = "5.00", kind: str = "emergency", **fields: Any) -> PriceTemplate:
    given = {"name": "Rival cut", "reason": "answer the rival", "hours": 4 if kind == "emergency" else None}
    draft = TemplateDraft(**{"kind": kind, "lines": [("BASE", "A", value)], **given, **fields})
    return prepare_template(actor=house.manager, draft=draft)


def duty() -> Actor:
    return a_person("duty", "duty")


def price_of(actor: Actor, sku: str = "A", at: datetime | None = None) -> Decimal | None:
    return quote_lines([QuoteLine(sku, "LON")], actor=actor, at=at)[0].amount


def code_of(refused: pytest.ExceptionInfo[Faults]) -> tuple[int, str]:
    return refused.value.status, refused.value.faults[0].code


def test_one_click_puts_prices_in_force_until_their_hours_are_over(house: House) -> None:
    officer = duty()
    use = start_emergency(actor=officer, template_id=a_template(house).pk)
    assert (price_of(officer), use.change.state, use.change.decided_by_id) == (
        D("5.00"),
        "approved",
        officer.id,
    )
    assert price_of(officer, at=use.ends_at - timedelta(seconds=1)) == D("5.00")
    assert price_of(officer, at=use.ends_at) == D("6.00")


def test_the_trail_and_the_alert_name_it(house: House) -> None:
    template = a_template(house)
    use = start_emergency(actor=duty(), template_id=template.pk)
    approved = Event.objects.get(kind="price_change.approved", subject=f"price_change:{use.change_id}")
    assert (approved.policy, bool(approved.digests)) == (f"emergency template {template.pk}", True)
    assert Event.objects.get(kind="price_template.started").after["price_change"] == use.change_id
    assert Alert.objects.get(key=f"emergency_price.review:{use.pk}").state == "firing"


def test_percentages_work_on_the_price_of_the_moment(house: House) -> None:
    start_emergency(actor=duty(), template_id=a_template(house, "-10%").pk)
    assert price_of(house.clerk) == D("5.40")


def test_who_prepared_it_may_not_start_it(house: House) -> None:
    with pytest.raises(Faults) as refused:
        start_emergency(actor=house.manager, template_id=a_template(house).pk)
    assert code_of(refused) == (403, "own_template")
    assert price_of(house.clerk) == D("6.00")


def test_starting_is_a_right_of_its_own(house: House) -> None:
    with pytest.raises(Faults) as refused:
        start_emergency(actor=house.clerk, template_id=a_template(house).pk)
    assert code_of(refused) == (403, "not_allowed")


def test_it_runs_once_at_a_time(house: House) -> None:
    template, officer = a_template(house), duty()
    start_emergency(actor=officer, template_id=template.pk)
    with pytest.raises(Faults) as refused:
        start_emergency(actor=officer, template_id=template.pk)
    assert code_of(refused) == (409, "already_running")
    EmergencyUse.objects.update(ends_at=datetime.now(UTC))
    assert start_emergency(actor=officer, template_id=template.pk).pk


def test_guardrails_that_block_still_block(house: House) -> None:
    with pytest.raises(Faults) as refused:
        start_emergency(actor=duty(), template_id=a_template(house, "1.00").pk)
    assert code_of(refused) == (422, "below_cost")
    assert not EmergencyUse.objects.exists()


def test_retired_and_other_templates_do_not_start(house: House) -> None:
    retired, launch = a_template(house), a_template(house, kind="launch", name="Launch")
    retire_template(actor=house.manager, template_id=retired.pk)
    for template, code in ((retired, "retired"), (launch, "no_emergency")):
        with pytest.raises(Faults) as refused:
            start_emergency(actor=house.other_manager, template_id=template.pk)
        assert code_of(refused) == (409, code)


def test_it_ends_early_by_who_may_start_it(house: House) -> None:
    officer = duty()
    use = start_emergency(actor=officer, template_id=a_template(house).pk)
    undone = end_emergency(actor=officer, use_id=use.pk, comment="over")
    assert (undone.state, undone.rolls_back_id, price_of(officer)) == ("approved", use.change_id, D("6.00"))


def test_review_after_the_fact_is_somebody_elses(house: House) -> None:
    use = start_emergency(actor=house.other_manager, template_id=a_template(house).pk)
    for actor, comment, code in (
        (house.other_manager, "fine", (403, "own_request")),
        (house.manager, " ", (422, "reason_required")),
    ):
        with pytest.raises(Faults) as refused:
            review_emergency(actor=actor, use_id=use.pk, comment=comment)
        assert code_of(refused) == code
    review_emergency(actor=house.manager, use_id=use.pk, comment="It was right.")
    assert Alert.objects.get(key=f"emergency_price.review:{use.pk}").state == "resolved"
    with pytest.raises(Faults) as refused:
        review_emergency(actor=house.manager, use_id=use.pk, comment="again")
    assert code_of(refused) == (409, "reviewed")


def test_the_database_refuses_an_own_review(house: House) -> None:
    use = start_emergency(actor=duty(), template_id=a_template(house).pk)
    with pytest.raises(IntegrityError, match="pricing_emergencyuse_not_own"), transaction.atomic():
        EmergencyUse.objects.filter(pk=use.pk).update(reviewed_by=use.started_by_id)
    with pytest.raises(IntegrityError, match="pricing_pricetemplate_hours"), transaction.atomic():
        PriceTemplate.objects.filter(pk=use.template_id).update(hours=None)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "joke", "hours": None}, "unknown_kind"),
        ({"hours": 0}, "hours_out_of_range"),
        ({"hours": 169}, "hours_out_of_range"),
        ({"name": " "}, "required"),
        ({"lines": []}, "no_lines"),
        ({"lines": [("BASE", "NOPE", "1.00")]}, "unknown_sku"),
        ({"lines": [("NOPE", "A", "1.00")]}, "unknown_price_list"),
        ({"lines": [("BASE", "A", "-95%")]}, "out_of_range"),
        ({"lines": [("BASE", "A", "NaN")]}, "not_a_number"),
    ],
)
def test_preparing_refuses(house: House, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Faults) as refused:
        a_template(house, **fields)
    assert code in [fault.code for fault in refused.value.faults]
    assert not PriceTemplate.objects.exists()


def test_a_name_is_free_again_once_its_template_is_retired(house: House) -> None:
    first = a_template(house)
    with pytest.raises(Faults) as refused:
        a_template(house)
    assert code_of(refused) == (422, "name_taken")
    retire_template(actor=house.manager, template_id=first.pk)
    assert a_template(house).pk != first.pk


def test_a_promotion_has_its_way_back_as_soon_as_it_is_placed(house: House) -> None:
    template = a_template(house, "-10%", kind="promotion")
    with pytest.raises(Faults) as refused:
        draft_from_template(actor=house.clerk, template_id=template.pk)
    assert code_of(refused)[1] == "until_required"
    start = datetime.now(UTC) + timedelta(days=2)
    change = draft_from_template(
        actor=house.clerk, template_id=template.pk, effective_from=start.isoformat(),
        effective_until=(start + timedelta(days=3)).isoformat(),
    )  # fmt: skip
    change = submit_change(actor=house.clerk, change_id=change.pk)
    approve_change(actor=house.manager, change_id=change.pk)
    rows = Price.objects.filter(product__sku="A", known__upper_inf=True).order_by("valid")
    assert [row.amount for row in rows] == [D("6.00"), D("5.40"), D("6.00")]
    assert rows[2].valid.lower == start + timedelta(days=3)


@pytest.mark.parametrize(("kind", "reason_code"), [("launch", "regular"), ("clearance", "clearance")])
def test_launch_and_clearance_become_drafts(house: House, kind: str, reason_code: str) -> None:
    change = draft_from_template(actor=house.clerk, template_id=a_template(house, kind=kind).pk)
    assert (change.state, change.reason_code, change.line_count) == ("draft", reason_code, 1)


def test_an_emergency_is_never_a_draft(house: House) -> None:
    with pytest.raises(Faults) as refused:
        draft_from_template(actor=house.clerk, template_id=a_template(house).pk)
    assert code_of(refused) == (409, "is_emergency")


def test_of_two_clicks_at_once_one_starts(cloned_db: str) -> None:
    house = stocked()
    template, officers = a_template(house), (duty(), house.other_manager)
    results = together(
        *(lambda who=who: start_emergency(actor=who, template_id=template.pk) for who in officers)
    )
    assert refusals(results) == ["already_running"]
    assert EmergencyUse.objects.count() == 1
    connection.close()


def test_page_offers_the_click_to_whom_it_belongs(house: House) -> None:
    template, officer = a_template(house), duty()
    page = client_of(officer.id).get("/prices/templates/").content.decode()
    assert f'data-start="{template.pk}"' in page
    own = client_of(house.manager.id).get("/prices/templates/").content.decode()
    assert f'data-start="{template.pk}"' not in own and "Another person starts what you prepared." in own
    answer = client_of(officer.id).post(f"/prices/templates/{template.pk}/start/", follow=True)
    assert "The emergency prices are in force." in answer.content.decode()
    use = EmergencyUse.objects.get()
    client_of(house.manager.id).post(f"/prices/templates/uses/{use.pk}/review/", {"comment": "fine"})
    assert EmergencyUse.objects.get().review == "fine"


def test_page_keeps_what_was_typed_and_says_what_is_wrong(house: House) -> None:
    typed = {"kind": "launch", "name": "Spring", "reason": "new", "lines": "BASE NOPE 9.90"}
    answer = client_of(house.manager.id).post("/prices/templates/new/", typed)
    assert (answer.status_code, "BASE NOPE 9.90" in answer.content.decode()) == (422, True)
    good = {**typed, "lines": "BASE A 9.90\nBASE,B,-10 %"}
    assert client_of(house.manager.id).post("/prices/templates/new/", good).status_code == 302
    made = PriceTemplate.objects.get()
    assert [line.get("amount") or line["percent"] for line in made.lines] == ["9.90", "-10"]
    drafted = client_of(house.clerk.id).post(f"/prices/templates/{made.pk}/draft/", {"effective_from": ""})
    assert drafted.headers["Location"] == f"/prices/changes/{PriceChange.objects.latest('id').pk}/"


def test_rest(house: House) -> None:
    manager, officer = client_of(house.manager.id), client_of(duty().id)
    body = {
        "kind": "emergency",
        "name": "R",
        "reason": "r",
        "hours": 2,
        "lines": [{"price_list": "BASE", "sku": "A", "percent": "-5"}],
    }
    made = manager.post("/api/v1/price-templates/", body, "application/json")
    assert (made.status_code, made.json()["lines"][0]["percent"]) == (201, "-5")
    url = f"/api/v1/price-templates/{made.json()['id']}"
    started = officer.post(f"{url}/start/", {}, "application/json")
    assert (started.status_code, price_of(house.clerk)) == (201, D("5.70"))
    use_url = f"/api/v1/emergency-prices/{started.json()['id']}"
    assert officer.post(f"{use_url}/end/", {}, "application/json").status_code == 200
    reviewed = manager.post(f"{use_url}/review/", {"comment": "ok"}, "application/json").json()
    assert (reviewed["review"], officer.get("/api/v1/emergency-prices/").json()["results"][0]["review"]) == (
        "ok",
        "ok",
    )
    assert manager.post(f"{url}/retire/", {}, "application/json").json()["retired_at"]
    assert manager.post(f"{url}/draft/", {}, "application/json").json()["errors"][0]["code"] == "retired"
    wrong = manager.post("/api/v1/price-templates/", {"lines": [{}]}, "application/json")
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "one_of")
