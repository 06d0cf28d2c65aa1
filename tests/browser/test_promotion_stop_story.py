"""The kill switch of a promotion, as a manager uses it from the page of price lists."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change, submit_change
from pricing.models import PriceChange, PriceList
from tests.browser.helpers import a_price_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_promotion_stops_with_one_click_and_a_reason(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("PSTOP", products=1)
    base = house.price_list()
    PriceList.objects.create(
        code="PSTOP-11", name="Stop story", currency=base.currency, kind="promotion", region=base.region,
    )  # fmt: skip
    clerk = User.objects.get(username=house.clerk).as_actor()
    draft = ChangeDraft(title="Promotion", reason="see", lines=[LineDraft("PSTOP-11", house.skus[0], "9.80")])
    change = submit_change(actor=clerk, change_id=create_change(actor=clerk, draft=draft).pk)
    assert change.state == "approved"
    sign_in(page, house.manager)
    page.goto("/prices/lists/")
    card = page.locator("#stop-PSTOP-11")
    card.locator("summary").click()
    card.get_by_role("button").click()
    assert page.url.endswith("/prices/lists/"), "without a reason nothing is sent"
    card.locator("input[name=comment]").fill("coupons stack below cost")
    card.get_by_role("button").click()
    expect(page.locator("h1")).to_contain_text("Stop of Stop story")
    stop = PriceChange.objects.get(title="Stop of Stop story")
    assert (stop.reason, stop.lines.get().amount) == ("coupons stack below cost", None)
