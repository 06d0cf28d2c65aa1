"""Two people at once, on two connections: approving a guardrail, approving how a list derives, and proposing it."""

from decimal import Decimal

from approvals.actions import decide
from approvals.queries import request_of
from audit.models import Event
from lib.actors import system
from lib.faults import Faults
from pricing.actions.guardrail_versions import save_guardrail, settle_guardrails
from pricing.actions.list_rules import propose_rule, settle_list_rules
from pricing.models import Guardrail, ListRule
from pricing.queries.quotes import QuoteLine, quote_lines
from tests.approvals.test_races import together
from tests.pricing.builders import House, a_house, a_list, a_person, a_product, priced

LOOP = system("pricing.apply_due")


def both_decide(house: House, kind: str, subject: str) -> list[object]:
    """Two managers say yes and no at the same moment, and two loops settle at the same moment."""
    request = request_of(kind, subject)
    assert request is not None
    third = a_person("third.manager", "price_manager")
    return together(
        lambda: decide(actor=house.other_manager, request_id=request.pk, approve=True),
        lambda: decide(actor=third, request_id=request.pk, approve=False, comment="no"),
    )


def test_of_two_who_decide_a_guardrail_at_once_one_word_counts(cloned_db: str) -> None:
    house = a_house()
    row = {"rule": "change_limit", "review_at": "0.02", "base_version": 1, "reason": "calm"}
    made = save_guardrail(actor=house.manager, row=row)
    results = both_decide(house, "guardrail", f"guardrail:{made.pk}")
    refused = [one.status for one in results if isinstance(one, Faults)]
    assert refused == [409]
    settled = together(*(lambda: settle_guardrails(actor=LOOP),) * 2)
    assert sum(one for one in settled if isinstance(one, int)) == 1
    made.refresh_from_db()
    approved = not isinstance(results[0], Faults)
    assert made.state == (Guardrail.State.IN_FORCE if approved else Guardrail.State.REJECTED)
    assert Event.objects.filter(kind__in=["guardrail.changed", "guardrail.refused"]).count() == 1


def test_of_two_who_decide_a_lists_version_at_once_one_word_counts(cloned_db: str) -> None:
    house = a_house()
    a_product("A")
    priced(house.clerk, ("BASE", "A", "10.00"))
    a_list("GB", kind="region", region=house.london.region, parent=house.base)
    row = {"parent": "BASE", "float_fraction": "0.10", "reason": "rents"}
    rule = propose_rule(actor=house.manager, code="GB", row=row)
    results = both_decide(house, "price_list", f"price_list:{rule.pk}")
    assert [one.status for one in results if isinstance(one, Faults)] == [409]
    together(*(lambda: settle_list_rules(actor=LOOP),) * 2)
    approved = not isinstance(results[0], Faults)
    assert ListRule.objects.get(pk=rule.pk).state == ("in_force" if approved else "rejected")
    (found,) = quote_lines([QuoteLine("A", "LON")], actor=house.manager)
    assert found.amount == Decimal("11.00" if approved else "10.00")
    told = Event.objects.filter(kind__in=["list_rule.approved", "list_rule.refused", "list_rule.effective"])
    assert sorted(told.values_list("kind", flat=True)) == (
        ["list_rule.approved", "list_rule.effective"] if approved else ["list_rule.refused"]
    )


def test_of_two_who_propose_at_once_one_waits(cloned_db: str) -> None:
    house = a_house()
    a_product("A")
    priced(house.clerk, ("BASE", "A", "10.00"))
    a_list("GB", kind="region", region=house.london.region, parent=house.base)
    results = together(
        *(
            lambda one=one, share=share: propose_rule(
                actor=one, code="GB", row={"parent": "BASE", "float_fraction": share, "reason": "x"}
            )
            for one, share in ((house.manager, "0.10"), (house.other_manager, "0.20"))
        )
    )
    assert [one.faults[0].code for one in results if isinstance(one, Faults)] == ["already_pending"]
    assert ListRule.objects.filter(state="pending").count() == 1
