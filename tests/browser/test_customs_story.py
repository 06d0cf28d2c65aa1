"""Goods from abroad: declared at a desk; on a phone they arrive, some are held with a reason, the rest is cleared."""

import pytest
from playwright.sync_api import Page, expect

from inventory.models import Balance, CustomsConsignment, CustomsLine
from tests.browser.helpers import a_stock_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 800}


def test_declared_arrived_held_and_cleared(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("CUST", products=1)
    sign_in(page, house.clerk)
    page.goto("/stock/customs/new/")
    page.select_option("#site", house.name)
    page.fill("#from_country", "CN")
    page.fill("#carrier", "Northern Line")
    for name, text in (("sku", house.skus[0]), ("quantity", "40"), ("value", "800"), ("hs_code", "9503.00")):
        page.locator(f"input[name={name}]").first.fill(text)
    page.locator("input[name=origin_country]").first.fill("CN")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Declare").click()
    expect(page.locator(".toast-box")).to_contain_text("Declared to customs.")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Arrived at customs").click()
    expect(page.locator(".toast-box")).to_contain_text("The goods are at customs.")
    page.get_by_label(f"Quantity {house.skus[0]}").fill("15")
    page.fill("#move-reason", "certificate is missing")
    page.get_by_role("button", name="Hold").click()
    expect(page.locator(".toast-box")).to_contain_text("The goods are held.")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".toast-box")).to_contain_text("cleared into the site")
    expect(page.get_by_text("certificate is missing").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    made = CustomsConsignment.objects.get(site=house.site())
    line = CustomsLine.objects.get(consignment=made)
    held = Balance.objects.get(site=house.site(), product=house.product(0))
    assert (made.state, line.cleared, line.held, held.on_hand) == ("held", 25, 15, 525)
