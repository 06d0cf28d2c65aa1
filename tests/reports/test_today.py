from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Site
from lib import clock
from lib.actors import system
from patrol.models import Round
from reports.queries import happened_since, waiting_for
from tests.accounts.builders import user
from tests.approvals.builders import a_request

pytestmark = pytest.mark.django_db


def today_of(person: User, client: Client, query: str = "") -> str:
    client.force_login(person)
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_manager_sees_what_a_clerk_prepared(client: Client) -> None:
    a_request(user("amy", "price_clerk").as_actor())
    page = today_of(user("dan", "price_manager"), client)
    assert "Approve: PC-2026-0001 Kitchen" in page
    assert "Waiting for you" in page


def test_the_clerk_sees_it_as_prepared_not_as_waiting(client: Client) -> None:
    amy = user("amy", "price_clerk")
    a_request(amy.as_actor())
    assert "Nothing waits for you" in today_of(amy, client)
    assert "PC-2026-0001 Kitchen" in today_of(amy, client, "?show=prepared")


def test_a_duty_officer_has_rounds_to_sign() -> None:
    now = clock.now()
    Round.objects.create(slot=now, state=Round.State.TO_SIGN, sign_due_at=now + timedelta(hours=1))
    waiting = waiting_for(user("nia", "duty").as_actor(), Site.objects.all())
    assert [row.kind for row in waiting] == ["round"]
    assert not waiting_for(user("amy", "price_clerk").as_actor(), Site.objects.all())


def test_the_nearest_deadline_comes_first() -> None:
    now = clock.now()
    for hours in (3, 1, 2):
        due = now + timedelta(hours=hours)
        Round.objects.create(slot=due, state=Round.State.TO_SIGN, sign_due_at=due)
    waiting = waiting_for(user("nia", "duty").as_actor(), Site.objects.all())
    assert [row.due_at for row in waiting] == [now + timedelta(hours=hours) for hours in (1, 2, 3)]


def test_nothing_telling_gives_no_lines() -> None:
    a_request(system("test"))
    assert happened_since(clock.now() - timedelta(hours=1), None) == []


def test_signed_out_leads_to_sign_in(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")
