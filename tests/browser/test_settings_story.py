"""The administrator makes a user who sees one site, and edits a policy."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from approvals.models import Policy
from audit.models import Event
from catalog.models import Scope
from tests.browser.helpers import PASSWORD, a_person, a_site, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_new_user_signs_in_and_sees_one_site(page: Page, live_stack: LiveStack) -> None:
    a_site("SETTA")
    a_site("SETTB")
    sign_in(page, a_person("settings.admin", "admin"))
    page.goto("/settings/users/new/")
    page.fill("[name=username]", "settings.new")
    page.fill("[name=display_name]", "Newcomer")
    page.select_option("[name=role]", "stock_clerk")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Control+Enter")
    scopes = page.locator("#user-scopes")
    scopes.locator("[name=where]").select_option("site:SETTA")
    scopes.locator("[name=reason]").fill("works there")
    scopes.get_by_role("button", name="Grant").click()
    expect(scopes.locator("table")).to_contain_text("SETTA")
    user = User.objects.get(username="settings.new")
    scope = Scope.objects.get(user=user)
    assert (user.role, scope.site and scope.site.code) == ("stock_clerk", "SETTA")
    assert Event.objects.filter(kind="scope.granted", reason="works there").exists()
    sign_in(page, "settings.new")
    page.goto("/stock/movements/new/")
    assert page.locator("body").inner_text().count("SETTB") == 0
    token = live_stack.manage("create_token", "settings.new").split()[-1]
    codes = page.request.get("/api/v1/sites/", headers={"Authorization": f"Bearer {token}"}).json()
    assert [row["code"] for row in codes["results"]] == ["SETTA"]


def test_new_limits_are_a_new_version_of_the_policy(page: Page, live_stack: LiveStack) -> None:
    before = Policy.objects.get(name="price-review", is_active=True)
    sign_in(page, a_person("settings.policies", "admin"))
    page.goto("/settings/policies/")
    page.locator("a[href='/settings/policies/price-review/']").first.click()
    page.fill("#due-hours", str(before.due_hours + 1))
    page.fill("#policy-reason", "more time at the year's end")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("body")).to_contain_text("Tried on what was really asked")
    expect(page.locator("#due-hours")).to_have_value(str(before.due_hours + 1))
    page.keyboard.press("Control+Enter")
    expect(page.locator("body")).to_contain_text("Waits for approval")
    assert Policy.objects.get(name="price-review", is_active=True).version == before.version
    sign_in(page, a_person("settings.second", "price_manager"))
    page.goto("/settings/policies/")
    page.locator("a[href*='/settings/policies/proposals/']").first.click()
    page.get_by_role("link", name="Decide").click()
    expect(page.locator(".decision-bar")).to_contain_text("You may decide.")
    page.locator(".decision-bar").get_by_role("button", name="Approve").click()
    expect(page.locator(".head .chip").first).to_have_text("Approved")
    now = Policy.objects.get(name="price-review", is_active=True)
    assert (now.version, now.due_hours, now.reason) == (
        before.version + 1,
        before.due_hours + 1,
        "more time at the year's end",
    )
    assert [row["fact"] for row in now.conditions] == [row["fact"] for row in before.conditions]
