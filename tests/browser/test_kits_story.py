"""A manager says what a hamper is made of, assembles some, and looks at the site's stock; a clerk ships a part on a phone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from inventory.actions.reservations import Wanted
from inventory.actions.transfers import TransferDraft, request_transfer, submit_transfer
from inventory.models import Balance
from lib import clock
from tests.browser.helpers import a_site, a_stock_house, actor_of, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_bill_assemble_and_stock_of_the_site(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("KITS", products=2)
    Product.objects.create(sku="KITSBOX", name="HAMPER OF KITS")
    sign_in(page, house.manager)
    page.goto("/stock/kits/")
    page.keyboard.press("n")
    page.fill("#open-sku", "KITSBOX")
    page.keyboard.press("Enter")
    page.select_option("#kind", "kit")
    for row, (sku, quantity) in enumerate(((house.skus[0], "2"), (house.skus[1], "1"))):
        page.locator("input[name=sku]").nth(row).fill(sku)
        page.locator("input[name=quantity]").nth(row).fill(quantity)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast-box")).to_contain_text("saved")
    page.get_by_role("link", name="Assemble").click()
    page.select_option("#site", house.name)
    page.fill("#reference", "KITS-P1")
    page.locator("input[name=outputs_quantity]").first.fill("100")
    page.get_by_role("button", name="Look").click()
    expect(page.locator("#seen")).to_contain_text(house.skus[0])
    page.locator("button[name=post]").click()
    page.wait_for_url("**/stock/movements/*/")
    made = Balance.objects.get(site=house.site(), product__sku="KITSBOX")
    assert (made.on_hand, made.value) == (100, 100 * 60)
    page.goto(f"/stock/sites/{house.name}/?q=KITSBOX")
    expect(page.locator("tbody tr").first).to_contain_text("100")


def test_a_part_leaves_on_a_phone(page: Page, live_stack: LiveStack) -> None:
    house, store = a_stock_house("PART", products=1), a_site("PARTST")
    day = clock.now().date() + timedelta(days=2)
    draft = TransferDraft(house.name, store.code, "weekend", day, (Wanted(house.skus[0], Decimal(40)),))
    clerk = actor_of(house.clerk)
    made = submit_transfer(actor=clerk, transfer_id=request_transfer(actor=clerk, draft=draft).pk)
    sign_in(page, house.clerk)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/stock/transfers/{made.pk}/")
    page.get_by_text("Ship a part, or by lots").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("Leaves now").fill("15")
    page.get_by_role("button", name="Ship this").click()
    expect(page.locator(".toast-box")).to_contain_text("on their way")
    assert made.lines.get().shipped == 15
