"""The stock manager keeps pieces back from a channel, sees what it now sees and why, and takes the rule back on a phone."""

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Channel, Site
from feeds.models import ChannelStockRule
from feeds.queries.channel_stock import published_stock
from tests.browser.helpers import a_stock_house, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_pieces_are_kept_back_from_a_channel(page: Page) -> None:
    house = a_stock_house("CHA")
    channel = Channel.objects.create(code="CHA", name="Channel CHA")
    Site.objects.filter(code="CHA").update(channel=channel)
    sign_in(page, house.manager)
    page.goto(f"/stock/channels/?sku={house.skus[0]}")
    expect(page.get_by_text("all that is available")).to_be_visible()
    page.get_by_label("Channel", exact=True).select_option("CHA")
    page.get_by_label("Kept back, pieces").fill("40")
    page.get_by_label("and kept back, %").fill("10")
    page.get_by_role("button", name="Keep the rule").click()
    expect(page.get_by_text("The rule counts from now on.")).to_be_visible()
    page.get_by_role("search").get_by_label("SKU").last.fill(house.skus[0])
    page.keyboard.press("Enter")
    expect(page.get_by_text("(90 kept back)")).to_be_visible()
    assert {one.quantity for one in published_stock(channel.pk)} == {410}

    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    rule = ChannelStockRule.objects.get(channel=channel)
    page.locator(f"#rule-{rule.pk}").get_by_role("button", name="End").click()
    expect(page.get_by_text("The rule ended.")).to_be_visible()
    assert {one.quantity for one in published_stock(channel.pk)} == {500}
