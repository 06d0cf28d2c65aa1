"""Whatever stands in an address, a form, a cursor or a body: never a 500."""

import base64
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import User
from alerts.actions import open_incident
from lib.actors import system
from tests.accounts.builders import bearer, user
from web.bodies import is_deeper
from web.paging import encode_cursor

pytestmark = pytest.mark.django_db
LISTS = (
    "products/", "sites/", "tax-rates/", "unit-costs/", "exchange-rates/", "alerts/", "incidents/", "approvals/",
    "rounds/", "feeds/deliveries/",
)  # fmt: skip


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(user("root", "admin"), "django.contrib.auth.backends.ModelBackend")
    return client


def place(position: str) -> str:
    return quote(base64.b64encode(f"p={position}".encode()).decode())


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("position", ["abc", "a\x00", "²", "9" * 30])
def test_a_cursor_of_another_type_is_refused(admin: Client, path: str, position: str) -> None:
    answer = admin.get(f"/api/v1/{path}?cursor={place(position)}")
    assert answer.status_code in {200, 404}


@pytest.mark.parametrize(
    "cursor", [base64.urlsafe_b64encode(b"[" * 2500).decode(), encode_cursor(["x", "y"])]
)
def test_a_cursor_of_nests_is_refused(admin: Client, cursor: str) -> None:
    assert admin.get(f"/api/v1/audit/events/?cursor={cursor}").status_code == 400


@pytest.mark.parametrize("body", ["[" * 100_000, "[" * 400 + "]" * 400, '{"a":' * 40 + "1" + "}" * 40])
@pytest.mark.parametrize("path", ["products/", "audit/exports/"])
def test_a_deep_body_is_refused(admin: Client, path: str, body: str) -> None:
    answer = admin.post(f"/api/v1/{path}", body, "application/json", headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("by_token", [True, False])
def test_a_body_beyond_the_limit_is_too_large(settings: Any, by_token: bool) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    root = user("root", "admin")
    client = Client()
    if not by_token:
        client.force_login(root, "django.contrib.auth.backends.ModelBackend")
    headers = bearer(root) if by_token else {}
    answer = client.post("/api/v1/products/", "[" + " " * 2000 + "]", "application/json", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_half_a_surrogate_pair_is_refused(admin: Client) -> None:
    answer = admin.post("/api/v1/products/", '[{"sku": "\\ud800"}]', "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_depth_is_counted_level_by_level() -> None:
    assert not is_deeper([{"a": [1]}], 3)
    assert is_deeper([{"a": [1]}], 2)
    assert not is_deeper(1, 0)


@pytest.mark.parametrize(
    "path",
    ["/settings/?q=%00", "/watch/search/?q=a%00b", "/feeds/?feed=%00", "/trail/of/a%00/", "/trail/?who=%00"],
)
def test_a_nul_in_an_address_is_refused(admin: Client, path: str) -> None:
    assert admin.get(path).status_code == 400


def test_a_nul_in_a_form_is_refused(admin: Client) -> None:
    assert admin.post("/settings/profile/tokens/", {"name": "a\x00"}).status_code == 400
    assert Client().post("/sign-in/", {"username": "a\x00", "password": "x"}).status_code == 400


def test_a_nul_in_a_rest_query_is_a_problem(admin: Client) -> None:
    answer = admin.get("/api/v1/feeds/deliveries/?feed=%00")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "onward", ["abc", "²", "http://evil.test/", "//evil.test/", "javascript:1", "/\\evil.test"]
)
def test_a_form_goes_back_to_a_page_of_this_site(admin: Client, onward: str) -> None:
    answer = admin.post("/watch/take-over/", {"next": onward})
    assert (answer.status_code, answer["Location"]) == (302, "/watch/")


@pytest.mark.parametrize("language", ["de", "de@aaaaaaaaaaaa", "", "x" * 200])
def test_a_language_that_is_not_offered_is_refused(admin: Client, language: str) -> None:
    assert admin.post("/i18n/", {"language": language}).status_code == 422
    assert User.objects.get(username="root").language == "en"


def test_a_fragment_of_no_address_leads_to_signing_in(client: Client) -> None:
    answer = client.get("/watch/badge/", headers={"HX-Request": "true", "HX-Current-URL": "http://["})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/?next=%2F")


@pytest.mark.parametrize("number", ["²", "", "0", "9" * 25, "99999999"])
def test_telling_nobody_is_refused(admin: Client, number: str) -> None:
    incident, _new = open_incident(
        actor=system("test"), category="price_swing", grade="major", title="x", key="k"
    )
    for act in ("tell", "confirm"):
        assert admin.post(f"/watch/incidents/{incident.pk}/{act}/", {"user": number}).status_code == 302
    assert incident.notices.count() == 0


def test_ids_of_no_request_decide_nothing(admin: Client) -> None:
    sent = {"request": ["²", "x", "9" * 5000], "decision": "approve", "reason": "r"}
    assert admin.post("/approvals/decide/", sent).status_code == 302


def test_a_shift_at_the_end_of_the_calendar_is_refused(admin: Client) -> None:
    sent = {
        "tier": "duty",
        "user": User.objects.get().pk,
        "on": "9999-12-31",
        "start": "16:00",
        "end": "00:00",
    }
    assert admin.post("/watch/roster/", {**sent, "days": "2"}).status_code == 422


def test_head_asks_for_the_same_right_as_get(client: Client) -> None:
    client.force_login(user("sam", "sales"), "django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/unit-costs/").status_code == 403
    assert client.head("/api/v1/unit-costs/").status_code == 403
