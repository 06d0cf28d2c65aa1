"""Sending back, remarks, standing in, looks afterwards and proposals: on the page and over REST."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.test import APIClient

from accounts.models import User
from approvals.models import ApprovalRequest, AuthorLimit, Delegation, Policy, PolicyProposal, Remark, Review
from catalog.models import Scope
from lib import clock
from tests.approvals.builders import a_request, a_user, actor_of
from tests.approvals.test_api import api

pytestmark = pytest.mark.django_db


def person(username: str, role: str) -> User:
    user = a_user(username, role)
    Scope.objects.create(user=user)
    return user


@pytest.fixture
def amy() -> User:
    return person("amy", "price_clerk")


@pytest.fixture
def max_() -> User:
    return person("max", "price_manager")


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def rest_of(user: User) -> APIClient:
    return api(user)


def said(answer: HttpResponse) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)][-1:]  # type: ignore[attr-defined]


def test_a_request_is_sent_back_with_its_reason(amy: User, max_: User) -> None:
    request = a_request(actor_of(amy))
    url = f"/approvals/{request.pk}/decide/"
    manager = page_of(max_)
    assert said(manager.post(url, {"decision": "return", "reason": " "})) == ["Say what has to be reworked."]
    assert said(manager.post(url, {"decision": "return", "reason": "Round it"})) == ["Sent back for rework."]
    assert "Round it" in page_of(amy).get(f"/approvals/{request.pk}/").content.decode()
    again = a_request(actor_of(amy))
    answer = rest_of(max_).post(f"/api/v1/approvals/{again.pk}/return/", {"comment": "Still"}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "returned")
    assert answer.json()["decisions"][0]["returned"] is True


def test_remarks_decide_nothing(amy: User, max_: User) -> None:
    request = a_request(actor_of(amy))
    page_of(amy).post(f"/approvals/{request.pk}/remark/", {"text": "The supplier <b>insists</b>"})
    page_of(amy).post(f"/approvals/{request.pk}/remark/", {"text": "  "})
    url = f"/api/v1/approvals/{request.pk}/remarks/"
    assert rest_of(max_).post(url, {"text": "Show me"}, format="json").status_code == 201
    assert [row["author"] for row in rest_of(max_).get(url).json()["results"]] == ["max", "amy"]
    shown = page_of(max_).get(f"/approvals/{request.pk}/").content.decode()
    assert "The supplier &lt;b&gt;insists" in shown
    assert rest_of(person("carl", "stock_clerk")).post(url, {"text": "x"}, format="json").status_code == 404
    assert (Remark.objects.count(), ApprovalRequest.objects.get(pk=request.pk).state) == (2, "pending")


def test_steps_are_shown_with_what_is_left(amy: User, max_: User) -> None:
    Policy.objects.filter(kind="price_change").update(is_active=False)
    group = {"permission": "price_changes.approve", "count": 2}
    Policy.objects.create(
        name="two", version=1, kind="price_change", position=1, outcome="approve", permission="price_changes.approve",
        steps=[{"groups": [group], "due_hours": 4}],
    )  # fmt: skip
    request = a_request(actor_of(amy))
    page_of(max_).post(f"/approvals/{request.pk}/decide/", {"decision": "approve"})
    shown = page_of(max_).get(f"/approvals/{request.pk}/").content.decode()
    assert "1/2" in shown
    assert "You have said your word; others are asked too." in shown
    steps = rest_of(max_).get(f"/api/v1/approvals/{request.pk}/").json()["steps"]
    assert [(row["needed"], row["given"], row["state"]) for row in steps] == [(2, 1, "open")]


def test_somebody_stands_in_and_is_ended(amy: User, max_: User) -> None:
    person("fin", "finance")
    manager = page_of(max_)
    now = clock.now()
    form = {
        "delegate": "fin", "starts_at": (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (now + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"), "reason": "Holiday", "kinds": ["price_change"],
    }  # fmt: skip
    assert said(manager.post("/approvals/standing-in/give/", {**form, "ends_at": "soon"})) == [
        "Give a date and a time."
    ]
    assert said(manager.post("/approvals/standing-in/give/", form)) == ["Somebody stands in."]
    assert "fin" in manager.get("/approvals/standing-in/").content.decode()
    (row,) = rest_of(max_).get("/api/v1/delegations/").json()["results"]
    assert (row["principal"], row["delegate"], row["kinds"]) == ("max", "fin", ["price_change"])
    assert page_of(amy).post("/approvals/standing-in/give/", form).status_code == 403
    assert rest_of(amy).post(f"/api/v1/delegations/{row['id']}/revoke/").status_code == 403
    manager.post(f"/approvals/standing-in/{row['id']}/revoke/")
    assert Delegation.objects.get().revoked_at is not None


def test_limits_are_the_administrators(max_: User, amy: User) -> None:
    form = {"username": "amy", "kind": "price_change", "fact": "lines", "limit": "5", "reason": "new"}
    assert page_of(max_).post("/approvals/standing-in/limits/", form).status_code == 403
    root = page_of(person("root", "admin"))
    assert said(root.post("/approvals/standing-in/limits/", {**form, "limit": "five"})) == ["Give a number."]
    root.post("/approvals/standing-in/limits/", form)
    assert AuthorLimit.objects.get(ended_at=None).limit == 5
    assert "amy" in root.get("/approvals/standing-in/").content.decode()


def test_the_form_of_a_policy_tries_then_proposes_steps(max_: User) -> None:
    form = {
        "has_steps": "1", "has_flags": "1", "step1_permission": "price_changes.approve", "step1_count": "2",
        "step1_due_hours": "4", "step2_permission": "rates.approve", "step2_count": "1", "step2_due_hours": "8",
        "due_hours": "8", "escalate_to": "policies.manage", "needs_step_up": "on", "reason": "Two see more",
        "base_version": "1",
    }  # fmt: skip
    manager, url = page_of(max_), "/settings/policies/price-review/"
    tried = manager.post(url, {**form, "try": "1"})
    assert tried.status_code == 200
    assert not PolicyProposal.objects.exists()
    wrong = manager.post(url, {**form, "step2_due_hours": "0"})
    assert (wrong.status_code, 'value="Two see more"' in wrong.content.decode()) == (422, True)
    made = manager.post(url, form)
    proposal = PolicyProposal.objects.get()
    assert made.url == f"/settings/policies/proposals/{proposal.pk}/"
    assert proposal.document["needs_step_up"] is True
    assert [step["due_hours"] for step in proposal.document["steps"]] == [4, 8]
    shown = manager.get(made.url).content.decode()
    assert "2 × price manager" in shown
    manager.post(f"{made.url}withdraw/")
    assert PolicyProposal.objects.get().state == "withdrawn"


def test_policies_and_proposals_over_rest(max_: User) -> None:
    rest = rest_of(max_)
    names = [row["name"] for row in rest.get("/api/v1/policies/").json()["results"]]
    assert "price-routine" in names
    body = {
        "name": "price-routine",
        "base_version": 1,
        "document": {"review_fraction": "0.1"},
        "reason": "sample",
    }
    made = rest.post("/api/v1/policies/proposals/", body, format="json")
    assert (made.status_code, made.json()["state"], made.json()["dry_run"]["requests"]) == (201, "open", 0)
    again = rest.post("/api/v1/policies/proposals/", body, format="json")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already_pending")
    bad = rest.post("/api/v1/policies/proposals/", {**body, "document": {"position": "x"}}, format="json")
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/position")
    assert (
        rest.post(f"/api/v1/policies/proposals/{made.json()['id']}/withdraw/").json()["state"] == "withdrawn"
    )


def test_a_look_afterwards(amy: User, max_: User) -> None:
    Policy.objects.filter(name="price-routine").update(is_active=False)
    old = Policy.objects.get(name="price-routine")
    Policy.objects.create(
        name="price-routine", version=2, kind=old.kind, position=old.position, outcome="routine",
        conditions=old.conditions, review_fraction="1",
    )  # fmt: skip
    first = a_request(actor_of(amy), max_change_fraction="0.01")
    second = a_request(actor_of(amy), subject="price_change:2", max_change_fraction="0.01")
    manager = page_of(max_)
    assert manager.get("/approvals/reviews/").content.decode().count("Should have been asked") >= 2
    manager.post(f"/approvals/reviews/{Review.objects.get(request=first).pk}/", {"outcome": "right"})
    waiting = rest_of(max_).get("/api/v1/approval-reviews/").json()["results"]
    assert [row["request"] for row in waiting] == [second.pk]
    url = f"/api/v1/approval-reviews/{waiting[0]['id']}/"
    assert rest_of(max_).post(url, {"outcome": "wrong"}, format="json").status_code == 422
    assert (
        rest_of(max_).post(url, {"outcome": "wrong", "note": "Too many"}, format="json").json()["outcome"]
        == "wrong"
    )
    assert rest_of(amy).get("/api/v1/approval-reviews/").json()["results"] == []


def test_step_up_asks_for_a_code_over_rest(amy: User, max_: User) -> None:
    Policy.objects.filter(name="price-review").update(is_active=False)
    Policy.objects.create(
        name="price-review", version=2, kind="price_change", position=90, outcome="approve",
        permission="price_changes.approve", needs_step_up=True,
    )  # fmt: skip
    request = a_request(actor_of(amy))
    url = f"/api/v1/approvals/{request.pk}/approve/"
    refused = rest_of(max_).post(url, {"code": "000000"}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "step_up_required")
    code = _a_code(max_)
    assert rest_of(max_).post(url, {"code": code}, format="json").json()["state"] == "approved"


def _a_code(user: User) -> str:
    device = TOTPDevice.objects.create(user=user, confirmed=True)
    return f"{totp(device.bin_key):06d}"
