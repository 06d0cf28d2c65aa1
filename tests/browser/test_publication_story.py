"""A publication as an administrator sets it up: made, keyed, sent to a shop that answers, paused and sent on."""

import pytest
from playwright.sync_api import Page, expect

from feeds.models import Dispatch, Publication, PublishedItem
from tests.browser.helpers import a_person, a_price_house, sign_in
from tests.feeds.publications import another_side, is_genuine
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_shop_is_told_its_prices_and_says_what_it_took(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("PUBST", products=2)
    sign_in(page, a_person("pubst.admin", "admin"))
    with another_side() as shop:
        shop.answer = lambda path, body: (
            200,
            {"items": [{"sku": house.skus[1], "status": "refused", "code": "too_low"}]},
            {},
        )
        page.goto("/feeds/publications/")
        page.get_by_role("link", name="New publication").click()
        page.get_by_label("Name").fill("pubst-shop")
        page.get_by_label("Title").fill("Story shop")
        page.get_by_label("Site").select_option("PUBST")
        page.get_by_label("Endpoint").fill(shop.url)
        page.get_by_role("button", name="Save").click()
        expect(page.locator("h1")).to_contain_text("Story shop")

        page.get_by_role("link", name="Settings").last.click()
        page.get_by_role("button", name="New signing key").click()
        secret = page.locator("span.code", has_text="whsec_").inner_text()
        page.goto("/feeds/publications/pubst-shop/?show=dispatches")
        _until(page, "Partly refused")
        delivered = [one for one in shop.requests if one[0] == "POST"]
        assert is_genuine(delivered[-1][2], delivered[-1][3], secret)
        assert set(house.skus) <= {item["sku"] for item in shop.bodies[-1]["items"]}

        page.get_by_role("link", name="Refused").click()
        expect(page.locator("tbody")).to_contain_text("too_low")
        page.get_by_role("button", name="Pause").click()
        page.locator("#pause-reason").fill("the shop moves house")
        page.locator("#pause").get_by_role("button", name="Pause").click()
        expect(page.locator("body")).to_contain_text("the shop moves house")
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("body")).to_contain_text("It goes on.")
    publication = Publication.objects.get(name="pubst-shop")
    assert publication.paused_at is None
    assert publication.last_version >= 2
    assert PublishedItem.objects.get(publication=publication, product__sku=house.skus[1]).refused
    assert Dispatch.objects.filter(publication=publication, state="partly").count() == 1
    Publication.objects.filter(pk=publication.pk).update(is_active=False)


def _until(page: Page, words: str) -> None:
    """The worker sends within seconds; look again until it has."""
    for _try in range(40):
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator("body")).to_contain_text(words)
