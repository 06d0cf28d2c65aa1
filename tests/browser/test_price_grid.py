"""The grid under the keyboard: formulas, ranges, fill, two people, what changed meanwhile."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from lib.actors import system
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change, submit_change
from pricing.models import PriceChangeLine
from tests.browser.helpers import a_price_house, open_grid, paste, settled, sign_in, wait_until
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def amounts_of(username: str) -> dict[str, Decimal]:
    """SKU → amount of the person's drafts; empty as long as there is none."""
    lines = PriceChangeLine.objects.filter(change__prepared_by__username=username)
    return dict(lines.values_list("product__sku", "amount"))


def test_formulas_on_a_selection_are_exact(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("FORMA", products=8)
    sign_in(page, house.clerk)
    open_grid(page, house)
    page.click(house.cell(0))
    for _ in range(2):
        page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#grid-cells")).to_have_text("3 cells")
    for formula, expected in (
        ("+3.33 %", "10.33"),
        ("−0.50", "9.83"),
        (".99", "9.99"),
        ("m 35 %", "9.24"),
        ("=11.15", "11.15"),
    ):
        page.fill("#grid-formula", formula)
        page.keyboard.press("Enter")
        expect(page.locator(f"{house.cell(2)} .new")).to_have_text(expected)
    settled(page)
    assert amounts_of(house.clerk) == {sku: Decimal("11.15") for sku in house.skus[:3]}


def test_fill_down_delete_and_undo(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("FILLA", products=6)
    sign_in(page, house.clerk)
    open_grid(page, house)
    page.click(house.cell(1))
    page.keyboard.type("10.20")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+d")
    wait_until(lambda: len(amounts_of(house.clerk)) == 3, 10)
    page.keyboard.press("Delete")
    wait_until(lambda: len(amounts_of(house.clerk)) == 0, 10)
    page.keyboard.press("Control+z")
    wait_until(lambda: len(amounts_of(house.clerk)) == 3, 10)
    assert set(amounts_of(house.clerk)) == set(house.skus[1:4])


def test_block_named_by_sku_finds_its_rows_and_names_the_unknown(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("SKUBL", products=6)
    sign_in(page, house.clerk)
    open_grid(page, house)
    page.click(house.cell(0))
    paste(page, f"SKU\tPrice\n{house.skus[4]}\t10.10\n{house.skus[2]}\t£10.20\n")
    settled(page)
    wait_until(lambda: len(amounts_of(house.clerk)) == 2, 10)
    assert amounts_of(house.clerk) == {house.skus[4]: Decimal("10.10"), house.skus[2]: Decimal("10.20")}


def test_price_changed_meanwhile_is_shown(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("MEANW", products=3)
    sign_in(page, house.clerk)
    open_grid(page, house)
    page.click(house.cell(0))
    page.keyboard.type("10.40")
    page.keyboard.press("Enter")
    settled(page)
    wait_until(lambda: len(amounts_of(house.clerk)) == 1, 10)
    other = ChangeDraft(title="Other", reason="other", lines=[LineDraft(house.name, house.skus[0], "10.30")])
    submit_change(actor=system("tests"), change_id=create_change(actor=system("tests"), draft=other).pk)
    open_grid(page, house)
    expect(page.locator(f"{house.cell(0)}.is-conflict")).to_have_count(1)
    assert amounts_of(house.clerk) == {house.skus[0]: Decimal("10.40")}


def test_two_people_have_drafts_of_their_own(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("TWOPP", products=3)
    for username, amount in ((house.clerk, "10.10"), (house.manager, "10.20")):
        sign_in(page, username)
        open_grid(page, house)
        expect(page.locator(".tabulator-cell.is-changed")).to_have_count(0)
        page.click(house.cell(0))
        page.keyboard.type(amount)
        page.keyboard.press("Tab")
        settled(page)
        expect(page.locator("#grid-saved")).to_contain_text("saved")
    assert amounts_of(house.clerk) == {house.skus[0]: Decimal("10.10")}
    assert amounts_of(house.manager) == {house.skus[0]: Decimal("10.20")}


def test_phone_edits_one_product_at_a_time(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("PHONE", products=3)
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, house.clerk)
    page.goto(house.grid)
    page.click(".phone-price >> nth=1")
    page.fill("#product-dialog input", "10.25")
    page.click("#product-dialog button[type=submit]")
    expect(page.locator(".phone-price >> nth=1")).to_contain_text("10.25")
    expect(page.locator("#grid-saved")).to_contain_text("saved")
    assert amounts_of(house.clerk) == {house.skus[1]: Decimal("10.25")}
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_what_was_not_taken_survives_a_reload(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("MARKS", products=3)
    sign_in(page, house.clerk)
    open_grid(page, house)
    page.click(house.cell(1))
    page.keyboard.type("abc")
    page.keyboard.press("Tab")
    expect(page.locator(f"{house.cell(1)} .typed")).to_have_text("abc")
    open_grid(page, house)
    expect(page.locator(f"{house.cell(1)} .typed")).to_have_text("abc")
    page.click(house.cell(1))
    page.keyboard.type("10.50")
    page.keyboard.press("Tab")
    settled(page)
    open_grid(page, house)
    expect(page.locator(f"{house.cell(1)} .new")).to_have_text("10.50")
    assert amounts_of(house.clerk) == {house.skus[1]: Decimal("10.50")}
