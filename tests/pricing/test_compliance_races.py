"""Two people at once: under one item of the checklist, at one version of it, at one rule of law."""

from audit.models import Event
from lib.faults import Faults
from pricing.actions.compliance import sign_item
from pricing.actions.compliance_versions import save_item, settle_items
from pricing.actions.laws import save_law_rule
from pricing.actions.price_changes import LineDraft, put_lines, submit_change
from pricing.models import ComplianceItem, ComplianceSignature, Finding, LawRule
from tests.approvals.test_races import together
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, priced, submitted
from tests.pricing.test_compliance import ITEM, an_item, proposed
from tests.pricing.test_rule_races import LOOP, both_decide

LAW = {"country": "GB", "kind": "price_ceiling", "amount": "5.00", "currency": "GBP", "source": "Gazette 7"}

FORBIDDEN = {
    "country": "GB", "kind": "below_cost", "method": "forbidden", "source": "Gazette 7", "source_on": "2026-01-01",
    "reason": "new law",
}  # fmt: skip


def a_priced_house() -> House:
    house = a_house()
    a_product("A")
    a_list("SALE", kind="promotion", priority=10)
    priced(house.clerk, ("BASE", "A", "9.99"))
    return house


def codes(results: list[object]) -> list[str]:
    return [one.faults[0].code for one in results if isinstance(one, Faults)]


def test_of_two_who_sign_at_once_one_stands_there(cloned_db: str) -> None:
    house = a_priced_house()
    an_item(house)
    change = a_draft(house.clerk, ("SALE", "A", "9.49"), reason_code="promotion")
    results = together(
        *(
            lambda one=one: sign_item(
                actor=one, change_id=change.pk, item="shop-window", evidence=f"seen by {one.name}"
            )
            for one in (house.manager, house.other_manager)
        )
    )
    assert codes(results) == ["already_signed"]
    assert ComplianceSignature.objects.count() == Event.objects.filter(kind="compliance.signed").count() == 1


def test_a_signature_and_an_edit_at_once_never_leave_the_edit_signed(cloned_db: str) -> None:
    """Whichever comes first, what is submitted afterwards was signed as it stands, or blocks."""
    house = a_priced_house()
    an_item(house)
    change = a_draft(house.clerk, ("SALE", "A", "9.49"), reason_code="promotion")
    told = together(
        lambda: sign_item(actor=house.manager, change_id=change.pk, item="shop-window", evidence="seen"),
        lambda: put_lines(actor=house.clerk, change_id=change.pk, lines=[LineDraft("SALE", "A", "9.39")]),
    )
    assert not codes(told)
    standing = ComplianceSignature.objects.filter(voided_at__isnull=True).exists()
    try:
        submit_change(actor=house.clerk, change_id=change.pk)
    except Faults as refused:
        assert [one.code for one in refused.faults] == ["compliance_missing"]
        assert not standing
    else:
        assert standing


def test_of_two_versions_of_an_item_written_at_once_one_is_refused(cloned_db: str) -> None:
    house = a_house()
    results = together(
        *(
            lambda one=one: save_item(actor=one, row={**ITEM, "title": one.name})
            for one in (house.manager, house.other_manager)
        )
    )
    assert codes(results) == ["already_pending"]
    assert list(ComplianceItem.objects.filter(code="shop-window").values_list("version", flat=True)) == [1]


def test_of_two_who_decide_a_version_at_once_one_word_counts(cloned_db: str) -> None:
    house = a_house()
    made = proposed(house)
    results = both_decide(house, "compliance_item", f"compliance_item:{made.pk}")
    assert [one.status for one in results if isinstance(one, Faults)] == [409]
    settled = together(*(lambda: settle_items(actor=LOOP),) * 2)
    assert sum(one for one in settled if isinstance(one, int)) == 1
    made.refresh_from_db()
    assert made.state == ("rejected" if isinstance(results[0], Faults) else "in_force")
    told = Event.objects.filter(kind__in=["compliance_item.changed", "compliance_item.refused"])
    assert told.count() == 1


def test_of_two_versions_of_a_law_written_at_once_one_is_refused(cloned_db: str) -> None:
    house = a_house()
    row = {**LAW, "source_on": "2026-01-01", "reason": "new law"}
    results = together(
        *(lambda one=one: save_law_rule(actor=one, row=row) for one in (house.manager, house.other_manager))
    )
    assert codes(results) == ["changed_meanwhile"]
    assert LawRule.objects.filter(country="GB", kind="price_ceiling").count() == 1


def test_a_law_that_comes_between_submit_and_approval_is_kept(cloned_db: str) -> None:
    """The new ceiling is written while the change waits: the approval meets it, and nothing is placed."""
    from pricing.actions.price_changes import approve_change

    house = a_priced_house()
    change = submitted(house.clerk, ("BASE", "A", "12.99"))
    assert change.state == "pending"
    save_law_rule(actor=house.manager, row={**LAW, "source_on": "2026-01-01", "reason": "new law"})
    try:
        approve_change(actor=house.other_manager, change_id=change.pk)
    except Faults as refused:
        assert ([one.code for one in refused.faults], refused.status) == (["price_ceiling"], 409)
    else:
        raise AssertionError("approved beyond a ceiling")
    change.refresh_from_db()
    assert (change.state, change.placed_at) == ("pending", None)
    assert not Finding.objects.filter(change=change, severity="block").exists()


def test_a_law_and_a_submit_at_once_end_in_one_order(cloned_db: str):
    """Whichever comes first: the submit is refused by the law, or the change waits and approval meets the law."""
    house = a_house()
    a_product("A", "2.00")
    draft = a_draft(house.clerk, ("BASE", "A", "1.50"), reason_code="damage")
    results = together(
        lambda: save_law_rule(actor=house.manager, row=FORBIDDEN),
        lambda: submit_change(actor=house.clerk, change_id=draft.pk),
    )
    refusals = [fault.code for one in results if isinstance(one, Faults) for fault in one.faults]
    draft.refresh_from_db()
    assert (draft.state, refusals) in [("draft", ["below_cost"]), ("pending", [])]
    assert LawRule.objects.filter(country="GB", kind="below_cost").count() == 1
