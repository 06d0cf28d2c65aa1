"""A manager notes what a supplier demands, from the guardrails page, on a phone too."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import a_price_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_minimum_advertised_price_is_noted_and_stands_in_the_list(
    page: Page, live_stack: LiveStack
) -> None:
    house = a_price_house("SUPPLY", products=1)
    sign_in(page, house.manager)
    page.goto("/prices/guardrails/")
    page.click("text=Suppliers’ prices")
    page.fill("#limit-sku", house.skus[0])
    page.fill("#limit-amount", "12.50")
    page.fill("#limit-currency", "gbp")
    page.fill("#limit-from", "2026-01-01")
    page.fill("#limit-source", "Price letter")
    page.click("text=Note it")
    row = page.locator(f"tr:has-text('{house.skus[0]}')")
    expect(row).to_contain_text("12.50")
    expect(row).to_contain_text("Price letter")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
