"""Counting in an aisle: large keys, no connection for a while, a reload without one, and each line once on the server."""

from decimal import Decimal
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from catalog.models import Pack
from inventory.actions.counts import CountDraft, plan_count
from inventory.actions.counts_comparing import submit_count
from inventory.actions.counts_lines import Found, keep_lines
from inventory.models import Balance, Count, CountScan, Shelf
from lib import clock
from lib.actors import system
from tests.browser.helpers import a_person, a_stock_house, actor_of, sign_in, wait_until
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def keys(page: Page, digits: str) -> None:
    for digit in digits:
        page.locator(f"[data-digit='{digit}']").click()


def test_counting_without_a_connection(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("CNT", products=4)
    Pack.objects.create(product=house.product(1), unit="box", factor=12, barcode="20614141999992")
    for row, zone in ((0, "A"), (1, "A"), (2, "B"), (3, "B")):
        Shelf.objects.create(site=house.site(), product=house.product(row), zone=zone, bin=f"0{row}")
    count = plan_count(actor=system("tests"), draft=CountDraft(house.name, skus=tuple(house.skus)))
    sign_in(page, a_person("CNT.staff", "site_staff"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/stock/counts/{count.pk}/count/")
    expect(page.locator("#name")).to_have_text("PRODUCT CNT000")
    assert "500" not in page.content(), "nothing of the book"
    keys(page, "497")
    page.locator("#next").click()
    wait_until(lambda: CountScan.objects.filter(count=count).count() == 1, 20)
    expect(page.locator("#count")).to_have_attribute("data-kept", "1")
    page.context.set_offline(True)
    expect(page.locator("#name")).to_have_text("PRODUCT CNT001")
    page.locator("#carton").click()
    page.locator("#carton").click()
    keys(page, "3")
    expect(page.locator("#total")).to_have_text("27")
    page.locator("#next").click()
    expect(page.locator("#strip")).to_contain_text("kept on this phone until it is back: 1")
    page.keyboard.type("CNT003")
    page.keyboard.press("Enter")
    expect(page.locator("#name")).to_have_text("PRODUCT CNT003")
    page.keyboard.type("CNT003")
    page.keyboard.press("Enter")
    expect(page.locator("#total")).to_have_text("2")
    page.locator("#next").click()
    expect(page.locator("#strip")).to_contain_text("kept on this phone until it is back: 2")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing runs over the edge"
    comes_back(page, count)


def comes_back(page: Page, count: Count) -> None:
    """Reloaded without a connection, the page and what it kept are there; with one, each line arrives once."""
    page.reload()
    expect(page.locator("#strip")).to_contain_text("kept on this phone until it is back: 2")
    expect(page.locator("#name")).to_have_text("PRODUCT CNT002")
    page.get_by_role("button", name="None here").click()
    expect(page.locator("#strip")).to_contain_text("until it is back: 3")
    assert CountScan.objects.filter(count=count).count() == 1
    page.context.set_offline(False)
    wait_until(lambda: CountScan.objects.filter(count=count).count() == 4, 60)
    expect(page.locator("#count")).to_have_attribute("data-waiting", "0")
    page.reload()
    expect(page.locator("#none")).to_contain_text("Everything on the list is counted")
    page.locator("#next").click()
    page.wait_for_url(f"**/stock/counts/{count.pk}/")
    found = (
        CountScan.objects.filter(count=count)
        .order_by("item__product__sku")
        .values_list("quantity", "zone", "bin")
    )
    assert [(int(quantity), zone, bin_) for quantity, zone, bin_ in found] == [
        (497, "A", "00"), (27, "A", "01"), (0, "B", "02"), (2, "B", "03"),
    ]  # fmt: skip
    count.refresh_from_db()
    assert count.state in ("submitted", "recount")


def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_counted_twice(
    page: Page, live_stack: LiveStack
) -> None:
    house = a_stock_house("CNL", products=2)
    count = plan_count(actor=system("tests"), draft=CountDraft(house.name, skus=tuple(house.skus)))
    sign_in(page, a_person("CNL.staff", "site_staff"))
    keys_sent: list[str] = []

    def lose_the_first(route: Route) -> None:
        keys_sent.append(route.request.headers["idempotency-key"])
        if len(keys_sent) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()

    page.route("**/lines/", lose_the_first)
    page.route("**/worker.js", lambda route: route.abort())
    page.goto(f"/stock/counts/{count.pk}/count/")
    keys(page, "5")
    page.locator("#next").click()
    for _moment in range(100):
        page.wait_for_timeout(200)
        if len(keys_sent) > 1 and page.locator("#count").get_attribute("data-waiting") == "0":
            break
    assert len(keys_sent) == 2
    assert keys_sent[0] == keys_sent[1]
    assert [int(scan.quantity) for scan in CountScan.objects.filter(count=count)] == [5]


def test_a_stocktake_is_reviewed_settled_and_signed(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("CNS", products=2)
    fay = a_person("CNS.finance", "finance")
    sign_in(page, house.manager)
    page.goto("/stock/counts/new/")
    page.select_option("#take-site", house.name)
    page.get_by_role("button", name="Plan a stocktake").click()
    page.wait_for_url("**/stock/counts/*/")
    count = Count.objects.get(site=house.site())
    for number, who in enumerate((house.clerk, house.manager)):
        lines = [
            Found(uuid4(), sku, Decimal(480 + row * 20), clock.now()) for row, sku in enumerate(house.skus)
        ]
        keep_lines(actor=actor_of(who), count_id=count.pk, sent_at=None, lines=lines[: 2 - number])
        count = submit_count(actor=actor_of(who), count_id=count.pk)
    assert count.state == "review", "counted twice by two people, still twenty pieces short"
    sign_in(page, house.clerk)
    page.goto(f"/stock/counts/{count.pk}/")
    expect(page.locator(".count-diffs")).to_contain_text("−20")
    page.get_by_role("button", name="Settle differences").click()
    expect(page.locator("body")).to_contain_text("differs by more than its tolerance")
    page.get_by_label("Reason CNS000").select_option("theft")
    page.get_by_role("button", name="Settle differences").click()
    for who, button in ((house.manager, "Sign for stock"), (fay, "Sign for finance")):
        sign_in(page, who)
        page.goto(f"/stock/counts/{count.pk}/")
        page.get_by_role("button", name=button).click()
        expect(page.locator("body")).to_contain_text("Signed")
    count.refresh_from_db()
    held = Balance.objects.get(site=house.site(), product=house.product(0), lot="")
    assert (count.state, held.on_hand) == ("closed", 480)
