"""The compliance checklist: which items apply, what signs them, and that a missing mandatory one blocks."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from approvals.actions import decide
from approvals.models import ApprovalRequest
from audit.models import Event
from catalog.models import Category, ControlProfile, Site
from lib import clock
from lib.actors import system
from lib.faults import Faults
from pricing.actions.compliance import sign_item
from pricing.actions.compliance_versions import save_item, settle_items
from pricing.actions.price_changes import LineDraft, approve_change, evaluate_change, put_lines, submit_change
from pricing.messages import finding_message
from pricing.models import ComplianceItem, ComplianceSignature, PriceChange
from pricing.queries.compliance import Entry, checklist
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, priced
from tests.pricing.test_pages import client_of

pytestmark = pytest.mark.django_db
ITEM: dict[str, Any] = {
    "code": "shop-window",
    "title": "The shop window shows the price before",
    "title_zh": "橱窗标示原价",
    "countries": ["GB"],
    "only_promotions": True,
    "is_mandatory": True,
    "checked_by": "person",
    "signer": "compliance.sign",
    "source": "House rule 7",
    "source_on": "2026-01-01",
    "reason": "after the audit",
}


@pytest.fixture
def house() -> House:
    house = a_house()
    a_product("A", net_content="500", net_content_unit="g")
    a_product("B")
    a_list("SALE", kind="promotion", priority=10)
    priced(house.clerk, ("BASE", "A", "9.99"), ("BASE", "B", "9.99"))
    return house


def proposed(house: House, **fields: Any) -> ComplianceItem:
    return save_item(actor=house.manager, row={**ITEM, **fields})


def an_item(house: House, **fields: Any) -> ComplianceItem:
    """An item in force: proposed by one manager, approved by the other."""
    made = proposed(house, **fields)
    settled(house, made, approve=True)
    return made


def settled(house: House, made: ComplianceItem, *, approve: bool) -> None:
    request = ApprovalRequest.objects.get(subject=f"compliance_item:{made.pk}")
    decide(actor=house.other_manager, request_id=request.pk, approve=approve, comment="seen")
    assert settle_items(actor=system("loop")) == 1
    made.refresh_from_db()


def a_promotion(house: House, amount: str = "9.49") -> PriceChange:
    return a_draft(house.clerk, ("SALE", "A", amount), reason_code="promotion")


def entry(change: PriceChange, code: str) -> Entry | None:
    return next((one for one in checklist(change) if one.item.code == code), None)


def codes(change: PriceChange) -> list[str]:
    return list(change.findings.filter(severity="block").values_list("code", flat=True))


def test_plain_changes_need_no_signature_by_default(house: House):
    change = a_draft(house.clerk, ("BASE", "A", "9.79"))
    assert not any(one.is_missing for one in checklist(change))
    assert submit_change(actor=house.clerk, change_id=change.pk).state == "approved"


def test_a_missing_mandatory_item_blocks_and_names_item_and_signers(house: House):
    an_item(house)
    change = a_promotion(house)
    with pytest.raises(Faults) as refused:
        submit_change(actor=house.clerk, change_id=change.pk)
    fault = next(one for one in refused.value.faults if one.code == "compliance_missing")
    assert "shop-window" in fault.detail
    assert "price_manager" in fault.detail
    change.refresh_from_db()
    assert change.state == "draft"


def test_a_signature_with_evidence_lets_it_pass_and_is_in_the_trail(house: House):
    an_item(house)
    change = a_promotion(house)
    assert codes(change) == ["compliance_missing"]
    sign_item(actor=house.manager, change_id=change.pk, item="shop-window", evidence="photo 12")
    assert codes(change) == []
    assert submit_change(actor=house.clerk, change_id=change.pk).state == "pending"
    event = Event.objects.get(kind="compliance.signed")
    assert (event.reason, event.after["item"], event.after["lines"]) == ("photo 12", "shop-window", 1)
    approved = approve_change(actor=house.other_manager, change_id=change.pk)
    assert approved.state in ("approved", "applied")


@pytest.mark.parametrize(
    ("who", "asked", "code", "status"),
    [
        ("clerk", {}, "not_allowed", 403),
        ("manager", {"evidence": " "}, "required", 422),
        ("manager", {"evidence": "a\x00"}, "control_characters", 422),
        ("manager", {"evidence": "x" * 4001}, "too_long", 422),
        ("manager", {"item": "gb-unit-price"}, "unknown_item", 422),
        ("manager", {"item": "nothing"}, "unknown_item", 422),
        ("manager", {"expected_hash": "0" * 64}, "content_changed", 409),
    ],
)
def test_what_cannot_be_signed(house: House, who: str, asked: dict[str, str], code: str, status: int):
    an_item(house)
    change = a_promotion(house)
    given = {"item": "shop-window", "evidence": "photo 12", **asked}
    with pytest.raises(Faults) as refused:
        sign_item(actor=getattr(house, who), change_id=change.pk, **given)
    assert ([one.code for one in refused.value.faults], refused.value.status) == ([code], status)
    assert not ComplianceSignature.objects.exists()


def test_nobody_signs_for_a_change_they_prepared(house: House):
    an_item(house)
    change = a_draft(house.manager, ("SALE", "A", "9.49"), reason_code="promotion")
    with pytest.raises(Faults, match="own_change|prepared"):
        sign_item(actor=house.manager, change_id=change.pk, item="shop-window", evidence="photo")


def test_it_is_signed_once(house: House):
    an_item(house)
    change = a_promotion(house)
    sign_item(actor=house.manager, change_id=change.pk, item="shop-window", evidence="photo 12")
    with pytest.raises(Faults) as refused:
        sign_item(actor=house.other_manager, change_id=change.pk, item="shop-window", evidence="me too")
    assert (refused.value.faults[0].code, refused.value.status) == ("already_signed", 409)


def test_an_edit_of_the_lines_voids_the_signature_for_good(house: House):
    an_item(house)
    change = a_promotion(house)
    sign_item(actor=house.manager, change_id=change.pk, item="shop-window", evidence="photo 12")
    for amount in ("9.39", "9.49"):
        put_lines(actor=house.clerk, change_id=change.pk, lines=[LineDraft("SALE", "A", amount)])
        assert entry(change, "shop-window").signature is None  # type: ignore[union-attr]
        assert codes(evaluate_change(actor=house.clerk, change_id=change.pk)) == ["compliance_missing"]
    assert ComplianceSignature.objects.get().voided_at is not None
    assert Event.objects.get(kind="compliance.voided").before == {
        "signed": {"shop-window": house.manager.name}
    }
    sign_item(actor=house.manager, change_id=change.pk, item="shop-window", evidence="photo 13")
    assert codes(change) == []


def test_an_item_that_changed_between_submit_and_approve_is_asked_again(house: House):
    an_item(house)
    change = a_promotion(house)
    sign_item(actor=house.manager, change_id=change.pk, item="shop-window", evidence="photo 12")
    submit_change(actor=house.clerk, change_id=change.pk)
    an_item(house, title="Shop window and web page", base_version=1)
    with pytest.raises(Faults) as refused:
        approve_change(actor=house.other_manager, change_id=change.pk)
    assert ([one.code for one in refused.value.faults], refused.value.status) == (["compliance_missing"], 409)
    change.refresh_from_db()
    assert change.state == "pending"


def test_where_an_item_applies(house: House):
    profile = ControlProfile.objects.create(code="flag", name="Flagship")
    parent = Category.objects.create(name="Food", path="food")
    child = Category.objects.create(name="Tea", path="food/tea", parent=parent)
    for code, fields in {
        "other-country": {"countries": ["FR"]},
        "profile": {"profile": "flag"},
        "category": {"category": "food"},
        "reason": {"reason_codes": ["clearance"]},
        "first": {"only_first_prices": True},
    }.items():
        an_item(house, code=code, **fields)
    own = {"other-country", "profile", "category", "reason", "first"}

    def applying() -> set[str]:
        return {one.item.code for one in checklist(a_promotion(house))} & own

    assert applying() == {"first"}
    priced_product = a_promotion(house).lines.get().product
    priced_product.category = child
    priced_product.save()
    Site.objects.filter(code="LON").update(control_profile=profile)
    assert applying() == {"first", "profile", "category"}
    regular = a_draft(house.clerk, ("BASE", "A", "9.79"))
    assert not {one.item.code for one in checklist(regular)} & own


def test_rules_sign_by_themselves_with_their_evidence(house: House):
    change = a_promotion(house)
    proven = entry(change, "gb-reduction-basis")
    assert proven is not None
    assert (proven.item.signer, proven.item.source_on.isoformat()) == ("", "2025-04-06")
    weighed = entry(change, "gb-unit-price")
    assert weighed is not None
    assert weighed.is_signed
    bare = entry(a_draft(house.clerk, ("BASE", "B", "9.79")), "gb-unit-price")
    assert bare is not None
    assert (bare.is_signed, bare.figures) == (False, {"without": 1})


def test_a_mandatory_rule_blocks_by_itself(house: House):
    an_item(house, checked_by="unit_price", only_promotions=False)
    assert codes(a_draft(house.clerk, ("BASE", "B", "9.79"))) == ["compliance_missing"]
    assert codes(a_draft(house.clerk, ("BASE", "A", "9.79"))) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": ""}, "required"),
        ({"source": None}, "required"),
        ({"reason": "  "}, "required"),
        ({"countries": ["XX"]}, "unknown_country"),
        ({"countries": {"a": 1}}, "not_a_list"),
        ({"reason_codes": ["whim"]}, "unknown_reason"),
        ({"profile": "a\x00"}, "unknown_profile"),
        ({"category": "nowhere"}, "unknown_category"),
        ({"checked_by": "magic"}, "unknown_check"),
        ({"signer": "root"}, "unknown_permission"),
        ({"source_on": "yesterday"}, "not_a_date"),
        ({"is_mandatory": "yes"}, "not_a_boolean"),
        ({"base_version": 3}, "changed_meanwhile"),
    ],
)
def test_a_bad_item_is_refused(house: House, fields: dict[str, Any], code: str):
    with pytest.raises(Faults) as refused:
        an_item(house, **fields)
    assert [one.code for one in refused.value.faults] == [code]
    assert not ComplianceItem.objects.filter(code="shop-window").exists()


def test_items_need_the_right_and_are_never_edited(house: House):
    with pytest.raises(Faults) as refused:
        save_item(actor=house.clerk, row=ITEM)
    assert refused.value.status == 403
    item = an_item(house)
    event = Event.objects.get(kind="compliance_item.changed")
    assert (event.after["version"], event.reason, event.actor_id) == (1, "seen", house.other_manager.id)
    told = Event.objects.get(kind="compliance_item.proposed")
    assert (told.actor_id, told.reason) == (house.manager.id, "after the audit")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE pricing_complianceitem SET is_mandatory = false WHERE id = %s", [item.pk])


def test_a_version_counts_once_another_person_approves_it(house: House):
    waiting = proposed(house)
    assert codes(a_promotion(house)) == []
    request = ApprovalRequest.objects.get(subject=f"compliance_item:{waiting.pk}")
    with pytest.raises(Faults) as refused:
        decide(actor=house.manager, request_id=request.pk, approve=True)
    assert (refused.value.status, settle_items(actor=system("loop"))) == (403, 0)
    settled(house, waiting, approve=True)
    assert codes(a_promotion(house)) == ["compliance_missing"]


def test_a_mandatory_item_is_not_switched_off_by_one_person(house: House):
    an_item(house)
    off = proposed(house, is_active=False, base_version=1)
    assert codes(a_promotion(house)) == ["compliance_missing"]
    with pytest.raises(Faults) as refused:
        proposed(house, title="Another title", base_version=1)
    assert [one.code for one in refused.value.faults] == ["already_pending"]
    settled(house, off, approve=False)
    assert (off.state, off.in_force_from) == ("rejected", None)
    assert Event.objects.filter(kind="compliance_item.refused").count() == 1
    assert codes(a_promotion(house)) == ["compliance_missing"]
    again = proposed(house, is_active=False, base_version=1)
    assert again.version == 3
    settled(house, again, approve=True)
    assert codes(a_promotion(house)) == []
    with pytest.raises(Faults) as refused:
        proposed(house, is_active=False, base_version=3)
    assert [one.code for one in refused.value.faults] == ["unchanged"]


def test_a_decided_change_is_shown_by_what_was_in_force_then(house: House):
    """Written before the decision and approved after it, a version is none of the decision's items."""
    waiting = proposed(house)
    change = a_promotion(house)
    submit_change(actor=house.clerk, change_id=change.pk)
    change.refresh_from_db()
    change.decided_at = clock.now()
    settled(house, waiting, approve=True)
    ComplianceItem.objects.filter(pk=waiting.pk).update(in_force_from=clock.now() + timedelta(seconds=1))
    assert entry(change, "shop-window") is None
    change.decided_at = None
    assert entry(change, "shop-window") is not None


def test_the_rest_of_the_checklist(house: House):
    an_item(house)
    change = a_promotion(house)
    client = client_of(house.manager.id)
    url = f"/api/v1/price-changes/{change.pk}/checklist/"
    told = client.get(url).json()
    assert told["is_complete"] is False
    asked = {"item": "shop-window", "evidence": "photo 12", "content_hash": told["content_hash"]}
    answer = client.post(
        url, json.dumps(asked), content_type="application/json", headers={"Idempotency-Key": "one"}
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["is_complete"] is True
    listed = client.get("/api/v1/compliance-items/?code=shop-window").json()["results"]
    assert [(one["version"], one["signer"]) for one in listed] == [(1, "compliance.sign")]
    made = client.post(
        "/api/v1/compliance-items/",
        json.dumps({**ITEM, "base_version": 1, "is_active": False}),
        content_type="application/json",
        headers={"Idempotency-Key": "two"},
    )
    assert (made.status_code, made.json()["version"], made.json()["state"]) == (201, 2, "pending")


def test_the_pages_sign_and_version(house: House):
    client = client_of(house.manager.id)
    form = {**ITEM, "countries": "gb, fr", "only_promotions": "1", "is_mandatory": "1", "is_active": "1"}
    client.post("/prices/compliance/save/", form)
    item = ComplianceItem.objects.get(code="shop-window")
    assert 'id="pending"' in client.get("/prices/compliance/").content.decode()
    settled(house, item, approve=True)
    assert 'id="pending"' not in client.get("/prices/compliance/").content.decode()
    assert (item.countries, item.is_mandatory, item.only_first_prices) == (["FR", "GB"], True, False)
    page = client.get(f"/prices/compliance/?item={item.pk}").content.decode()
    assert "House rule 7" in page
    assert "SAMR Order No. 32" in page
    change = a_promotion(house)
    card = client.get(f"/prices/changes/{change.pk}/checklist/").content.decode()
    assert "1 missing" in card
    assert 'name="evidence"' in card
    assert (
        'name="evidence"'
        not in client_of(house.clerk.id).get(f"/prices/changes/{change.pk}/checklist/").content.decode()
    )
    client.post(f"/prices/changes/{change.pk}/sign/", {"item": "shop-window", "evidence": "photo 12"})
    assert "photo 12" in client.get(f"/prices/changes/{change.pk}/checklist/").content.decode()


def test_the_sentence_is_said_in_the_readers_language(house: House):
    from django.utils import translation

    an_item(house)
    finding = a_promotion(house).findings.get(code="compliance_missing")
    with translation.override("zh-hans"):
        assert "橱窗标示原价" in finding_message(finding.code, finding.params)
