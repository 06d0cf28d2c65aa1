"""A clerk submits from the grid on each site's own clock: the wall time is kept, the page shows the instant."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change
from tests.browser.helpers import a_price_house, draft_of, open_grid, settled, sign_in, wait_until
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_tick_in_the_dialog_keeps_the_wall_time(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("CLOCK", products=2)
    sign_in(page, house.clerk)
    open_grid(page, house)
    page.click(house.cell(0))
    page.keyboard.type("10.20")
    page.keyboard.press("Enter")
    settled(page)
    wait_until(lambda: draft_of(house.clerk).lines.count() == 1, 10)
    change = draft_of(house.clerk)
    page.keyboard.press("Control+Enter")
    page.fill("#submit-name", "Summer")
    page.fill("#submit-reason", "summer prices")
    page.check("#submit-local")
    page.fill("#submit-from", "2030-03-31T01:30")
    page.locator("#submit-from").blur()
    expect(page.locator("#local-times-preview")).to_contain_text("01:30 is skipped")
    page.fill("#submit-from", "2030-07-01T09:00")
    page.locator("#submit-from").blur()
    expect(page.locator("#local-times-preview")).to_contain_text("2030-07-01 08:00 UTC")
    expect(page.locator("#local-times-preview")).not_to_contain_text("skipped")
    page.click("#submit-dialog button[type=submit]")
    page.wait_for_url("**/prices/changes/*/")
    change.refresh_from_db()
    assert change.effective_from == datetime(2030, 7, 1, 8, tzinfo=UTC)
    expect(page.locator("body")).to_contain_text("Europe/London")
    expect(page.locator("body")).to_contain_text("2030-07-01 08:00 UTC")


def test_the_draft_is_submitted_on_a_phone_too(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("POCKET", products=1)
    clerk = User.objects.get(username=house.clerk).as_actor(channel="page")
    draft = ChangeDraft(
        title="Pocket", reason="supplier", lines=[LineDraft("POCKET", house.skus[0], "10.20")]
    )
    change = create_change(actor=clerk, draft=draft)
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, house.clerk)
    page.goto(house.grid)
    page.click("#draft-submit")
    page.fill("#submit-reason", "dearer")
    page.click("#submit-dialog button[type=submit]")
    page.wait_for_url("**/prices/changes/*/")
    change.refresh_from_db()
    assert change.state != "draft"
