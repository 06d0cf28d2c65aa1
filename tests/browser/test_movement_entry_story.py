"""A clerk receives goods by scanner on a phone, presses twice, and the movement is there once."""

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Pack
from inventory.models import Balance, Movement
from tests.browser.helpers import a_stock_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_scan_pack_and_post_once(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("SCAN", products=2)
    Pack.objects.create(product=house.product(1), unit="box", factor=12)
    sign_in(page, house.clerk)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/stock/movements/new/?site={house.name}")
    scan(page, house.skus[0])
    scan(page, f"2*{house.skus[0]}")
    scan(page, house.skus[1])
    page.get_by_label(f"Unit {house.skus[1]}").select_option("box:12")
    expect(page.locator(".entry-line", has_text=house.skus[1])).to_contain_text("500 → 512")
    expect(page.get_by_label(f"Quantity {house.skus[0]}")).to_have_value("3")
    page.reload()
    expect(page.locator(".entry-line")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate("document.getElementById('post').click(); document.getElementById('post').click()")
    page.wait_for_url("**/stock/movements/*/")
    assert Movement.objects.filter(reference__startswith="GR-").count() == 1
    assert Balance.objects.get(site=house.site(), product=house.product(1)).on_hand == 512


def test_too_much_is_said_beforehand_and_refused(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("SCNO", products=1)
    sign_in(page, house.clerk)
    page.goto(f"/stock/movements/new/?site={house.name}")
    page.get_by_label("Issue", exact=True).check()
    scan(page, f"501*{house.skus[0]}")
    expect(page.locator(".entry-line")).to_contain_text("Not enough: 500 there")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#entry-problem")).to_contain_text("Nothing was posted.")
    page.get_by_label(f"Quantity {house.skus[0]}").fill("500")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/stock/movements/*/")
    assert Balance.objects.get(site=house.site(), product=house.product(0)).on_hand == 0


def scan(page: Page, code: str) -> None:
    """As a keyboard-wedge scanner does: wherever the focus is not in a field, the characters and Enter."""
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator(".entry-line").first).to_contain_text(code.rpartition("*")[2])
