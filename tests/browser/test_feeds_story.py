"""A source is made, its key signs a push, a gap shows, and a person lets the stream go on without what is missing."""

import json

import pytest
from playwright.sync_api import Page, expect

from audit.models import Event
from catalog.models import Product
from feeds.models import Delivery, FeedKey, Source, Stream
from tests.browser.helpers import a_person, sign_in
from tests.feeds.test_faults import post
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_source_is_made_and_its_stream_goes_on_without_what_is_missing(
    page: Page, live_stack: LiveStack
) -> None:
    sign_in(page, a_person("feeds.admin", "admin"))
    page.goto("/feeds/sources/")
    page.keyboard.press("n")
    page.fill("#source-code", "story-erp")
    page.fill("#source-name", "ERP of the story")
    page.select_option("#source-kind", "erp")
    page.locator("#source-form .btn-primary").click()
    expect(page.locator("tr", has_text="story-erp")).to_contain_text("ERP of the story")
    page.locator("[data-show=feed-form]").click()
    page.fill("#feed-name", "story-products")
    page.select_option("#feed-kind", "products")
    page.select_option("#feed-source", "story-erp")
    page.locator("#feed-form .btn-primary").click()
    row = page.locator("tr", has_text="story-erp")
    expect(row).to_contain_text("story-products")
    row.get_by_role("button", name="New key").click()
    secret = page.locator(".strip .code").inner_text()
    assert FeedKey.objects.get(source__code="story-erp").secret == secret

    good = {"sku": "STORY-1", "name": "Cup", "category": "Kitchen", "unit": "pcs"}
    body = json.dumps({"stream": "main", "sequence": 2, "rows": [good]}).encode()
    assert post(live_stack, "story-products", secret, "story-1", body) == 202
    stream = Stream.objects.get(feed__name="story-products")
    page.goto(f"/feeds/streams/{stream.pk}/")
    for _ in range(40):
        if Stream.objects.get(pk=stream.pk).state == "gap":
            break
        page.wait_for_timeout(500)
    page.reload()
    expect(page.locator(".strip")).to_contain_text("Delivery 1 has not come")
    page.fill("#skip-reason", "numbering began at 2")
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.locator(".strip", has_text="has not come")).to_have_count(0)
    for _ in range(40):
        if Product.objects.filter(sku="STORY-1").exists():
            break
        page.wait_for_timeout(500)
    assert Delivery.objects.get(webhook_id="story-1").state == "applied"
    assert Event.objects.get(kind="stream.gap_skipped").reason == "numbering began at 2"
    assert Source.objects.get(code="story-erp").name == "ERP of the story"
