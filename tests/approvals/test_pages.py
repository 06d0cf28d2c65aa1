"""The bulk bar says what was done, not what was ticked."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from approvals import actions
from approvals.models import ApprovalRequest
from catalog.models import Scope
from tests.approvals.builders import a_request, a_user, actor_of

pytestmark = pytest.mark.django_db


def test_what_was_decided_meanwhile_is_told() -> None:
    clerk, manager, other = (
        a_user("amy"), a_user("max", "price_manager"), a_user("mia", "price_manager"),
    )  # fmt: skip
    for person in (clerk, manager, other):
        Scope.objects.create(user=person)
    asked = [a_request(actor_of(clerk), subject=f"price_change:{n}") for n in (1, 2)]
    actions.decide(actor=actor_of(other), request_id=asked[0].pk, approve=False, comment="no")
    client = Client()
    client.force_login(manager, "django.contrib.auth.backends.ModelBackend")
    sent = {"request": [row.pk for row in asked], "decision": "approve", "reason": "fine"}
    answer = client.post("/approvals/decide/", sent)
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == ["Some could not be decided; the others were.", "This no longer waits for a decision."]
    assert [row.state for row in ApprovalRequest.objects.order_by("id")] == ["rejected", "approved"]
