"""The duty officer recalls a lot from the page of lots on a phone; two managers give it free again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from inventory.actions.movements import post_movement
from inventory.models import Balance, Recall
from inventory.rules.drafts import LineDraft, MovementDraft
from lib import clock
from lib.actors import system
from tests.browser.helpers import a_person, a_site, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_recall_on_a_phone_and_release_by_two(page: Page, live_stack: LiveStack) -> None:
    for code in ("RCL1", "RCL2"):
        a_site(code)
        Product.objects.get_or_create(sku="RCLMILK", defaults={"name": "MILK", "tracks_lots": True})
        on = clock.now().date() + timedelta(days=3)
        line = LineDraft("RCLMILK", "supplier", code, Decimal(20), "M77", Decimal(1), expires_on=on)
        post_movement(actor=system("tests"), draft=MovementDraft(f"{code}-1", "receipt", (line,)))
    sign_in(page, a_person("RCL.duty", "duty"))
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/stock/lots/?words=RCLMILK&state=soon")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Recall a lot").click()
    page.fill("#recall-sku", "RCLMILK")
    page.fill("#recall-lot", "M77")
    page.fill("#recall-reason", "sour")
    page.get_by_role("button", name="Block it everywhere").click()
    expect(page.locator(".toast-box")).to_contain_text("blocked at every site")
    assert states() == {"blocked": 40}
    release(page)
    assert (Recall.objects.get(lot__code="M77").state, states()) == ("released", {"available": 40})


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for one in Balance.objects.filter(product__sku="RCLMILK").exclude(on_hand=0):
        found[one.state] = found.get(one.state, 0) + int(one.on_hand)
    return found


def release(page: Page) -> None:
    recall = Recall.objects.get(lot__code="M77")
    sign_in(page, a_person("RCL.first", "stock_manager"))
    page.goto(f"/stock/recalls/{recall.pk}/")
    page.get_by_role("button", name="Ask for its release").click()
    page.fill("#ask-reason", "tests are clean")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("main")).to_contain_text("Somebody else with the right")
    sign_in(page, a_person("RCL.second", "stock_manager"))
    page.goto(f"/stock/recalls/{recall.pk}/")
    page.get_by_role("button", name="Give it free").click()
    expect(page.locator(".toast-box")).to_contain_text("given free")
