"""On a phone: broken goods are written off with a photo and approved; what a customer brought back is graded."""

import io
from decimal import Decimal

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from inventory.actions.movements import post_movement
from inventory.models import Balance, Grading, WriteOff
from inventory.queries.write_offs import evidence_of
from inventory.rules.drafts import LineDraft, MovementDraft
from lib.actors import system
from tests.browser.helpers import StockHouse, a_stock_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 800}


def a_photo() -> dict[str, str | bytes]:
    out = io.BytesIO()
    picture = Image.new("RGB", (800, 600), "brown")
    exif = picture.getexif()
    exif[0x0110] = "Camera"
    picture.save(out, "JPEG", exif=exif)
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def lying(house: StockHouse, state: str = "available") -> Decimal:
    found = Balance.objects.filter(site=house.site(), product=house.product(0), state=state).first()
    return found.on_hand if found else Decimal(0)


def no_wider_than_the_phone(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_written_off_with_a_photo_on_a_phone(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("WOFF", products=1)
    sign_in(page, house.clerk)
    page.set_viewport_size(PHONE)
    page.goto("/stock/write-offs/new/")
    no_wider_than_the_phone(page)
    page.select_option("#site", house.name)
    page.select_option("#reason", "damaged")
    expect(page.get_by_text("This reason needs a photo.")).to_be_visible()
    page.fill("#comment", "fell off the shelf")
    page.locator("input[name=sku]").first.fill(house.skus[0])
    page.locator("input[name=quantity]").first.fill("150")
    page.set_input_files("#photo", [a_photo()])  # type: ignore[list-item]
    expect(page.locator(".photo-chosen img")).to_have_count(1)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".toast-box")).to_contain_text("waits for a decision")
    picture = page.locator(".photo-strip img")
    expect(picture).to_have_js_property("naturalWidth", 800)
    no_wider_than_the_phone(page)
    made = WriteOff.objects.get(site=house.site())
    assert (made.state, lying(house), len(evidence_of(made))) == ("pending", 500, 1)
    approve(page, house.manager, made)
    assert (WriteOff.objects.get(pk=made.pk).state, lying(house)) == ("posted", 350)


def approve(page: Page, manager: str, made: WriteOff) -> None:
    sign_in(page, manager)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/stock/write-offs/{made.pk}/")
    expect(page.locator(".photo-strip img")).to_have_js_property("complete", True)
    page.keyboard.press("a")
    expect(page.locator(".toast-box")).to_contain_text("Approved.")


def test_what_came_back_is_graded_on_a_phone(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("GRAD", products=1)
    back = LineDraft(house.skus[0], "customer", house.name, Decimal(3), to_state="inspect")
    draft = MovementDraft("GRAD-back", "return", (back,), reason="does not close")
    post_movement(actor=system("tests"), draft=draft)
    sign_in(page, house.clerk)
    page.set_viewport_size(PHONE)
    page.goto(f"/stock/grading/?site={house.name}")
    no_wider_than_the_phone(page)
    expect(page.get_by_text("does not close")).to_be_visible()
    page.locator("label", has_text="Sold at a lower price").click()
    page.get_by_label("Suggested markdown, %").fill("30")
    page.get_by_label("Quantity").fill("2")
    page.get_by_label("What was found").fill("scratched")
    page.locator("input[name=photo]").set_input_files([a_photo()])  # type: ignore[list-item]
    page.get_by_role("button", name="Grade").click()
    expect(page.locator(".toast-box")).to_contain_text("grade B")
    made = Grading.objects.get(site=house.site())
    assert (made.markdown_fraction, lying(house), lying(house, "inspect")) == (Decimal("0.3"), 502, 1)
