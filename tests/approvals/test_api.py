import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from approvals.actions import open_request
from approvals.models import ApprovalRequest
from catalog.models import Scope
from tests.approvals.builders import a_request, a_user, actor_of

pytestmark = pytest.mark.django_db


def everywhere(user: User) -> User:
    Scope.objects.create(user=user)
    return user


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def page(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clerk() -> User:
    return everywhere(a_user("clerk", "price_clerk"))


@pytest.fixture
def manager() -> User:
    return everywhere(a_user("manager", "price_manager"))


def test_the_inbox_of_whoever_asks(clerk: User, manager: User) -> None:
    request = a_request(actor_of(clerk))
    a_request(actor_of(clerk), subject="movement:3", kind="stock_adjustment", units="500", value="1")
    (row,) = api(manager).get("/api/v1/approvals/?state=pending").json()["results"]
    assert (row["id"], row["kind"], row["subject"], row["subject_id"]) == (
        request.pk,
        "price_change",
        "price_change:1",
        "1",
    )
    assert row["may_decide"] is True
    mine = api(clerk).get("/api/v1/approvals/?state=pending").json()["results"]
    assert [r["may_decide"] for r in mine] == [False, False]


def test_approve_over_rest(clerk: User, manager: User) -> None:
    request = a_request(actor_of(clerk))
    answer = api(manager).post(f"/api/v1/approvals/{request.pk}/approve/", {"comment": "fine"}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    again = api(manager).post(f"/api/v1/approvals/{request.pk}/reject/", {}, format="json")
    assert again.status_code == 409


@pytest.mark.parametrize(("role", "status"), [("price_clerk", 403), ("stock_manager", 404), ("sales", 404)])
def test_who_may_not(role: str, status: int, manager: User) -> None:
    asker = everywhere(a_user("asker", "price_clerk"))
    other = asker if role == "price_clerk" else everywhere(a_user("other", role))
    request = a_request(actor_of(asker))
    answer = api(other).post(f"/api/v1/approvals/{request.pk}/approve/", {}, format="json")
    assert answer.status_code == status
    assert ApprovalRequest.objects.get(pk=request.pk).state == "pending"


def test_an_admin_may_not_approve_what_it_prepared() -> None:
    admin = everywhere(a_user("boss", "admin"))
    request = a_request(actor_of(admin))
    answer = api(admin).post(f"/api/v1/approvals/{request.pk}/approve/", {}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "own_request")


def test_outside_ones_sites_it_is_not_there(clerk: User) -> None:
    elsewhere = a_user("elsewhere", "price_manager")
    request = a_request(actor_of(clerk))
    assert api(elsewhere).get(f"/api/v1/approvals/{request.pk}/").status_code == 200
    sited = open_request(
        actor=actor_of(clerk), kind="price_change", subject="price_change:9", title="t", summary="", url="", facts={},
        content_hash="c" * 64, site_ids=[77],
    )  # fmt: skip
    assert api(elsewhere).get(f"/api/v1/approvals/{sited.pk}/").status_code == 404


def test_unknown_state_is_a_problem(manager: User) -> None:
    assert api(manager).get("/api/v1/approvals/?state=nope").status_code == 422


def test_pages_and_decision(clerk: User, manager: User) -> None:
    request = a_request(actor_of(clerk))
    client = page(manager)
    for path in (
        "/approvals/",
        "/approvals/?view=decided",
        f"/approvals/{request.pk}/",
        "/approvals/badge/",
        "/approvals/waiting/",
    ):
        assert client.get(path).status_code == 200
    sent = {"decision": "approve", "content_hash": request.content_hash}
    assert client.post(f"/approvals/{request.pk}/decide/", sent).status_code == 302
    assert ApprovalRequest.objects.get(pk=request.pk).state == "approved"


def test_bulk_from_the_page(clerk: User, manager: User) -> None:
    ids = [a_request(actor_of(clerk), subject=f"price_change:{n}").pk for n in (1, 2, 3)]
    page(manager).post("/approvals/decide/", {"decision": "approve", "reason": "alike", "request": ids[:2]})
    states = list(ApprovalRequest.objects.order_by("id").values_list("state", flat=True))
    assert states == ["approved", "approved", "pending"]


def test_the_inbox_asks_a_flat_number_of_questions(
    clerk: User, manager: User, django_assert_num_queries: object
) -> None:
    client = page(manager)
    client.get("/approvals/")  # the session notes its first use
    counts = []
    for batch in (range(5), range(5, 20)):
        for number in batch:
            a_request(actor_of(clerk), subject=f"price_change:{number}")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get("/approvals/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
