"""Catalog's fragments and commands."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from catalog.models import Scope
from tests.catalog.builders import product, scope, site, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    person = user()
    scope(person)
    return person


@pytest.fixture
def browser(admin: User) -> Client:
    client = Client()
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_search_answers_menu_rows(browser: Client) -> None:
    product(name="Mug & saucer")
    page = browser.get("/products/search/?q=saucer").content.decode()
    assert 'href="/stock/products/P-1/"' in page
    assert "Mug &amp; saucer" in page


def test_a_choice_narrows_what_is_listed_and_only_to_what_one_sees(browser: Client) -> None:
    made = site()
    assert browser.post("/scope/", {"scope": f"site:{made.code}", "next": "/stock/"}).url == "/stock/"
    assert browser.session["scope"] == "site:LON-1"
    assert browser.post("/scope/", {"scope": "site:NONE", "next": "https://example.com/"}).url == "/"
    assert browser.session["scope"] == ""


def test_grant_and_revoke_by_form(browser: Client) -> None:
    site()
    other = user("bo", "sales")
    page = f"/settings/users/{other.pk}/scopes/"
    answer = browser.post(page, {"where": "region:UK", "reason": "new here"}, follow=True)
    granted = Scope.objects.get(user=other)
    assert granted.region is not None
    assert "UK" in answer.content.decode()
    browser.post(f"{page}{granted.pk}/revoke/")
    granted.refresh_from_db()
    assert granted.valid_until is not None


def test_ones_own_scope_is_not_widened(browser: Client, admin: User) -> None:
    answer = browser.post(f"/settings/users/{admin.pk}/scopes/", {"where": "all", "reason": "more"})
    assert "Nobody changes their own scope." in answer.content.decode()
    assert Scope.objects.count() == 1


def test_scopes_need_the_right(browser: Client) -> None:
    clerk = user("bo", "sales")
    browser.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(f"/settings/users/{clerk.pk}/scopes/").status_code == 403


def test_create_staff_gives_role_and_scope() -> None:
    site()
    call_command("create_staff", "bo", role="stock_clerk", region=["UK"], site=[], password="steelyard-demo")
    person = User.objects.get(username="bo")
    assert (person.role, person.scopes.get().region.code) == ("stock_clerk", "UK")
    assert person.check_password("steelyard-demo")
    call_command("create_staff", "cy", role="sales")
    assert Scope.objects.get(user__username="cy").region is None


def test_create_staff_refuses_an_unknown_site_and_makes_nobody() -> None:
    with pytest.raises(CommandError, match="unknown_site"):
        call_command("create_staff", "bo", role="stock_clerk", site=["NONE"])
    assert not User.objects.exists()


def test_seed_base_makes_one_administrator_once() -> None:
    call_command("seed_base")
    call_command("seed_base")
    admin = User.objects.get()
    assert (admin.username, admin.role, admin.scopes.count()) == ("admin", "admin", 1)
    assert admin.check_password("steelyard-demo")
