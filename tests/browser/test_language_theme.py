"""Language and theme are the person's own, and come back with the next sign-in."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.helpers import a_person, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_chinese_and_dark_are_kept(page: Page, live_stack: LiveStack) -> None:
    person = a_person("looks.person", "sales")
    sign_in(page, person)
    page.goto("/stock/")
    page.click(".top-language button")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    with page.expect_response("**/theme/"):
        page.click("[data-theme-toggle]")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.click(".top-person")
    page.locator(".top form[action='/sign-out/'] button").click()
    page.wait_for_url("**/sign-in/**")
    sign_in(page, person)
    page.goto("/stock/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    stored = User.objects.get(username=person)
    assert (stored.language, stored.theme) == ("zh-hans", "dark")
