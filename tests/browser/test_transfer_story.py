"""A store asks for goods, a manager approves, the warehouse ships, the store receives two pieces short on a phone."""

import pytest
from playwright.sync_api import Page, expect

from inventory.models import Balance, Transfer
from tests.browser.helpers import a_person, a_site, a_stock_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_request_approve_ship_receive_short(page: Page, live_stack: LiveStack) -> None:
    house, store = a_stock_house("TRWH", products=1), a_site("TRST")
    receiver = a_person("TRST.staff", "site_staff")
    sign_in(page, house.clerk)
    page.goto("/stock/transfers/new/")
    page.select_option("#source", house.name)
    page.select_option("#destination", store.code)
    page.fill("#reason", "weekend")
    page.locator("input[name=sku]").first.fill(house.skus[0])
    page.locator("input[name=quantity]").first.fill("400")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Submit").click()
    made = Transfer.objects.get(destination=store)
    assert made.state == "pending"
    decide(page, house.manager, made)
    sign_in(page, house.clerk)
    page.goto(f"/stock/transfers/{made.pk}/")
    page.get_by_role("button", name="Ship what is left").click()
    expect(page.locator(".toast-box")).to_contain_text("on their way")
    receive_short(page, receiver, made)
    made.refresh_from_db()
    held = Balance.objects.get(site=store, product=house.product(0))
    assert (made.state, held.on_hand, held.in_transit) == ("received", 398, 0)


def decide(page: Page, manager: str, made: Transfer) -> None:
    sign_in(page, manager)
    page.goto(f"/stock/transfers/{made.pk}/")
    page.locator("button[value=approve]").click()
    expect(page.locator(".toast-box")).to_contain_text("Approved.")


def receive_short(page: Page, receiver: str, made: Transfer) -> None:
    sign_in(page, receiver)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/stock/transfers/{made.pk}/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("input[name=received]").fill("398")
    page.locator("input[name=short]").fill("2")
    page.get_by_role("button", name="Receive").click()
    expect(page.locator(".toast-box")).to_contain_text("in the books")
