"""Labels are put up with a phone in the hand: scan, a large answer, the next one."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.models import Product
from lib import clock
from pricing.actions.labels import make_run
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change, submit_change
from pricing.models import LabelLine
from tests.browser.helpers import a_person, a_price_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BARCODE = "2099999999016"


def test_labels_are_confirmed_on_a_phone(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("LSCAN", products=2)
    Product.objects.filter(sku=house.skus[0]).update(barcode=BARCODE)
    clerk = User.objects.get(username=house.clerk).as_actor()
    soon = clock.now() + timedelta(hours=2)
    lines = [LineDraft("LSCAN", sku, "10.20") for sku in house.skus]
    draft = ChangeDraft(title="Tomorrow", reason="supplier", effective_from=soon, lines=lines)
    assert (
        submit_change(actor=clerk, change_id=create_change(actor=clerk, draft=draft).pk).state == "approved"
    )
    run = make_run(actor=clerk, site_code="LSCAN", effective_at=soon).run
    sign_in(page, a_person("LSCAN.staff", "site_staff"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/prices/labels/{run.pk}/scan/")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(BARCODE)
    page.keyboard.press("Enter")
    expect(page.locator(".scan-answer.is-done")).to_contain_text(f"PRODUCT {house.skus[0]}")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(BARCODE)
    page.keyboard.press("Enter")
    expect(page.locator(".scan-answer.is-again")).to_be_visible()
    page.keyboard.type("no such code")
    page.keyboard.press("Enter")
    expect(page.locator(".scan-answer.is-unknown")).to_contain_text("no such code")
    page.keyboard.type(house.skus[1])
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("2 of 2")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing runs over the edge"
    assert not LabelLine.objects.filter(run=run, confirmed_at__isnull=True).exists()
