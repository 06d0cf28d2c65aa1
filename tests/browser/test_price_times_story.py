"""Prices in time, as a clerk looks for them: from the list of changes to conflicts, timeline and calendar."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change, submit_change
from pricing.models import PriceChange
from tests.browser.helpers import a_price_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_two_changes_of_one_price_are_found_and_followed(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("TIMES", products=1)
    clerk, sku = User.objects.get(username=house.clerk).as_actor(), house.skus[0]
    changes = []
    for text in ("19.00", "19.50"):
        draft = ChangeDraft(title=f"To {text}", reason="see", lines=[LineDraft(house.name, sku, text)])
        changes.append(submit_change(actor=clerk, change_id=create_change(actor=clerk, draft=draft).pk))
    sign_in(page, house.clerk)
    page.goto("/prices/changes/")
    page.click("text=Conflicts")
    row = page.locator(f"tr:has-text('{sku}')")
    expect(row).to_contain_text("Whichever is placed first stands")
    row.locator(f"a.code:has-text('{sku}')").click()
    expect(page.locator("h1")).to_contain_text("Prices over time")
    expect(page.locator("svg.times-track rect.piece.is-now")).to_have_count(1)
    expect(page.locator(".card-row:has-text('To 19.50')")).to_contain_text("Pending")
    page.goto(f"/prices/calendar/?price_list={house.name}")
    expect(page.locator(".cal-entry")).to_have_count(1)
    page.locator(".cal-entry").click()
    placed = PriceChange.objects.get(pk=int(page.url.rstrip("/").rsplit("/", 1)[1]))
    assert placed.placed_at is not None and placed.pk not in {one.pk for one in changes}
