"""Whatever stands in an address, a form, a cursor or a body: never a 500."""

import base64
from urllib.parse import quote

import pytest
from django.test import Client

from tests.accounts.builders import user
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


def test_head_asks_for_the_same_right_as_get(client: Client) -> None:
    client.force_login(user("sam", "sales"), "django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/unit-costs/").status_code == 403
    assert client.head("/api/v1/unit-costs/").status_code == 403
