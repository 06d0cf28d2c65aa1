import pytest
from django.test import Client

from approvals import actions
from approvals.defaults import POLICIES
from approvals.models import ApprovalRequest, Policy, PolicyProposal
from audit.models import Event
from lib.actors import Actor
from lib.faults import Faults
from tests.approvals.builders import a_person, a_request, a_user

pytestmark = pytest.mark.django_db
MANAGER = a_person(2, "price_manager")
OTHER = a_person(9, "admin")


def new_version(**changes: object) -> PolicyProposal:
    given = {
        "actor": MANAGER, "name": "price-routine", "values": {"max_change_fraction": "0.03"}, "due_hours": 24,
        "reason": "calmer", "base_version": 1, **changes,
    }  # fmt: skip
    return actions.save_policy_version(**given)  # type: ignore[arg-type]


def test_the_stored_defaults_are_those_of_the_list() -> None:
    assert actions.ensure_default_policies(actor=MANAGER) == 0
    assert Policy.objects.filter(is_active=True).count() == len(POLICIES)


def approve(proposal: PolicyProposal, by: Actor = OTHER) -> None:
    request = ApprovalRequest.objects.get(kind="policy", subject=f"policy_proposal:{proposal.pk}")
    actions.decide(actor=by, request_id=request.pk, approve=True, comment="calmer is right")


def test_a_new_version_takes_force_with_a_second_persons_word_and_the_old_one_stays() -> None:
    proposal = new_version()
    assert Policy.objects.get(name="price-routine", is_active=True).version == 1
    with pytest.raises(Faults) as refused:
        approve(proposal, MANAGER)
    assert refused.value.faults[0].code == "own_request"
    approve(proposal)
    new = Policy.objects.get(name="price-routine", is_active=True)
    assert (new.version, new.conditions[0]["value"], new.created_by_name) == (2, "0.03", MANAGER.name)
    assert Policy.objects.get(name="price-routine", version=1).is_active is False
    request = a_request(a_person(1, "price_clerk"), max_change_fraction="0.04")
    assert request.state == "pending"
    assert Event.objects.get(kind="policy.changed").before["version"] == 1


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"actor": a_person(3, "stock_manager")}, "not_allowed", 403),
        ({"name": "nope"}, "unknown_policy", 404),
        ({"base_version": 7}, "changed_meanwhile", 409),
        ({"reason": " "}, "reason_required", 422),
        ({"values": {"max_change_fraction": "NaN"}}, "invalid_value", 422),
        ({"values": {"max_change_fraction": "-1"}}, "invalid_value", 422),
        ({"values": {"max_change_fraction": "0.050"}}, "unchanged", 422),
        ({"due_hours": 0}, "invalid_value", 422),
    ],
)
def test_refusals(changes: dict[str, object], code: str, status: int) -> None:
    with pytest.raises(Faults) as refused:
        new_version(**changes)
    assert (refused.value.faults[0].code, refused.value.status) == (code, status)
    assert Policy.objects.get(name="price-routine").version == 1


def test_the_page_edits_in_percent() -> None:
    client = Client()
    client.force_login(a_user("manager", "price_manager"))
    assert client.get("/settings/policies/").status_code == 200
    sent = {
        "limit_max_change_fraction": "4",
        "limit_min_margin_fraction": "20",
        "due_hours": "24",
        "reason": "x",
        "base_version": "1",
    }
    client.post("/settings/policies/price-routine/", sent)
    assert PolicyProposal.objects.get(name="price-routine").document["conditions"][0]["value"] == "0.04"
