import pytest
from django.core.cache import cache
from django.test import Client

from audit import actions
from audit.models import Event, Export, Verification
from tests.accounts.builders import user
from tests.audit.builders import event, events

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance(client: Client) -> Client:
    cache.clear()
    client.force_login(user(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def test_the_list_shows_who_what_and_the_proof(finance: Client) -> None:
    events(2)
    actions.seal_events()
    page = text_of(finance, "/trail/?kind=price")
    assert page.count("data-event=") == 2
    assert "proven" in page and "Price changed" in page


def test_the_card_of_an_event_shows_diff_and_path(finance: Client) -> None:
    made = event()
    actions.seal_events()
    card = text_of(finance, f"/trail/events/{made}/", **{"HX-Request": "true"})
    assert "12.75" in card and "13.25" in card and "Proven, seal 1" in card
    assert "<html" not in card and "<html" in text_of(finance, f"/trail/events/{made}/")


def test_an_event_of_another_site_is_not_found(client: Client) -> None:
    made = event(site_ids=[5])
    client.force_login(
        user("ben", "duty", everywhere=False), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get(f"/trail/events/{made}/").status_code == 404
    assert client.get(f"/trail/events/{made}/badge/").status_code == 404


def test_history_of_one_subject(finance: Client) -> None:
    events(3)
    part = text_of(finance, "/trail/of/price:2/")
    assert part.count("<li") == 1


def test_export_from_the_page(finance: Client) -> None:
    answer = finance.post(
        "/trail/exports/new/",
        {"format": "csv", "reason": "Why", "kind": "price", "back": "/trail/?kind=price"},
    )
    assert (answer.status_code, answer["Location"]) == (302, "/trail/?kind=price")
    assert Export.objects.get().filters["kind"] == "price"


def test_back_leads_only_into_the_trail(finance: Client) -> None:
    answer = finance.post(
        "/trail/exports/new/", {"format": "csv", "reason": "Why", "back": "https://evil.example/"}
    )
    assert answer["Location"] == "/trail/"


def test_verify_all_is_queued_and_recorded(finance: Client) -> None:
    finance.post("/trail/verify/")
    assert Verification.objects.count() == 1
    assert Event.objects.filter(kind="trail.verification_requested").count() == 1


def test_seal_status_speaks_of_the_last_seal(finance: Client) -> None:
    events(1)
    actions.seal_events()
    assert "Sealed 0 s ago" in text_of(finance, "/trail/seal-status/")


@pytest.mark.parametrize(
    "query", ["?cursor=x", "?cursor=99999999999999999999", "?span=x&who=x", "?kind='--", "?who=²"]
)
def test_odd_addresses_do_no_harm(finance: Client, query: str) -> None:
    assert finance.get(f"/trail/{query}").status_code == 200


def test_chinese(client: Client) -> None:
    person = user()
    person.language = "zh-hans"
    person.save()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert "全部核验" in text_of(client, "/trail/")
