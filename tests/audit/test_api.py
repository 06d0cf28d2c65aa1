from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from audit import tasks
from audit.models import Event
from tests.accounts.builders import bearer, user
from tests.audit.builders import event, events

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/audit/events/"
EXPORTS = "/api/v1/audit/exports/"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def ask(client: Client) -> Callable[..., Any]:
    headers = bearer(user())
    return lambda path, **given: client.get(path, given, headers=headers)


def test_events_have_the_fields_of_the_contract(ask: Callable[..., Any]) -> None:
    event(policy="price-routine v3")
    found = ask(EVENTS, subject="price:1").json()["results"][0]
    assert {
        "id",
        "at",
        "actor",
        "kind",
        "subject",
        "reason",
        "before",
        "after",
        "policy",
        "request_id",
    } <= set(found)
    assert (found["actor"], found["before"]["amount"], found["request_id"]) == ("anna", "12.75", "r-1")


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"kind": "price.changed"}, 3),
        ({"kind": "price"}, 3),
        ({"kind": "pric"}, 0),
        ({"subject": "price:2"}, 1),
        ({"actor": "7", "kind": "price"}, 3),
        ({"actor": "nobody", "kind": "price"}, 0),
        ({"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00+01:00"}, 0),
        ({"kind": "price", "from": "2020-01-01T00:00:00+00:00"}, 3),
        ({"reason": "季末"}, 3),
        ({"field": "zz"}, 3),
    ],
)
def test_filters(ask: Callable[..., Any], given: dict[str, str], count: int) -> None:
    events(3)
    assert len(ask(EVENTS, **given).json()["results"]) == count


def test_pages_walk_there_and_back(ask: Callable[..., Any], client: Client) -> None:
    made = events(5)
    first = ask(EVENTS, kind="price", page_size=2).json()
    second = ask(first["next"]).json()
    third = ask(second["next"]).json()
    assert [row["id"] for page in (first, second, third) for row in page["results"]] == made[::-1]
    assert (third["next"], ask(third["previous"]).json()["results"]) == (None, second["results"])


@pytest.mark.parametrize(
    ("given", "status"), [({"from": "x"}, 422), ({"to": "2026-01-01T00:00:00"}, 422), ({"cursor": "x"}, 400)]
)
def test_bad_input_is_a_problem(ask: Callable[..., Any], given: dict[str, str], status: int) -> None:
    answer = ask(EVENTS, **given)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_who_sees_some_sites_sees_their_events_and_his_own(client: Client) -> None:
    ben = user("ben", "duty", everywhere=False)
    event(1, site_ids=[1])
    event(2, site_ids=[])
    event(3, site_ids=[1], actor=ben.as_actor())
    found = client.get(EVENTS, {"kind": "price"}, headers=bearer(ben)).json()["results"]
    assert [row["subject"] for row in found] == ["price:3", "price:2"]


def test_a_reading_of_all_sites_is_recorded_once_per_question(ask: Callable[..., Any]) -> None:
    for _ in range(3):
        ask(EVENTS, subject="price:1")
    ask(EVENTS)
    assert Event.objects.filter(kind="trail.read").count() == 2


def test_the_number_of_queries_is_flat(ask: Callable[..., Any], django_assert_max_num_queries: Any) -> None:
    events(2)
    ask(EVENTS)
    events(40)
    with django_assert_max_num_queries(8):
        assert len(ask(EVENTS, page_size=100).json()["results"]) > 40


def test_an_export_is_asked_for_written_and_downloaded(client: Client) -> None:
    headers = bearer(user())
    events(2)
    body = {
        "from": "2020-01-01T00:00:00Z",
        "to": "2100-01-01T00:00:00Z",
        "format": "csv",
        "reason": "Year end",
    }
    asked = client.post(EXPORTS, body, content_type="application/json", headers=headers)
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    tasks.work()
    done = client.get(asked.json()["url"], headers=headers).json()
    file = client.get(done["download_url"], headers=headers)
    assert (done["state"], file.status_code, b"".join(file.streaming_content)[:3]) == (
        "ready",
        200,
        b"\xef\xbb\xbf",
    )


@pytest.mark.parametrize(
    "change", [{"reason": ""}, {"format": "pdf"}, {"from": "yesterday"}, {"to": "2019-01-01T00:00:00Z"}]
)
def test_a_bad_export_is_refused(client: Client, change: dict[str, str]) -> None:
    body = {"from": "2020-01-01T00:00:00Z", "format": "csv", "reason": "Why", **change}
    answer = client.post(EXPORTS, body, content_type="application/json", headers=bearer(user()))
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 1)


def test_anothers_export_is_not_found(client: Client) -> None:
    body = {"format": "csv", "reason": "Why"}
    asked = client.post(EXPORTS, body, content_type="application/json", headers=bearer(user()))
    other = client.get(asked.json()["url"], headers=bearer(user("eve")))
    assert other.status_code == 404
