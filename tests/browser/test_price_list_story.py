"""A derived list: made, its factor changed with approval. Competitors: a file, a match by hand, the grid's formula.
A coupon and the rehearsal of a day."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pricing.models import Competitor, CompetitorPrice, Incentive, ListRule, PriceChangeLine, PriceList
from pricing.queries.quotes import QuoteLine, quote_lines
from tests.browser.helpers import (
    PriceHouse,
    a_person,
    a_price_house,
    actor_of,
    open_grid,
    settled,
    sign_in,
    wait_until,
)
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def asked(house: PriceHouse) -> Decimal | None:
    (found,) = quote_lines([QuoteLine(house.skus[0], house.name)], actor=actor_of(house.manager))
    return found.amount


def test_a_derived_list_is_made_and_its_factor_changed_with_approval(
    page: Page, live_stack: LiveStack
) -> None:
    house = a_price_house("DERIV", products=3)
    other = a_person("DERIV.second", "price_manager")
    sign_in(page, house.manager)
    page.goto("/prices/lists/")
    page.click("text=New price list")
    page.fill("#id_code", "DERIV-S")
    page.fill("#id_name", "Shop of the story")
    page.select_option("#id_kind", "site")
    page.select_option("#id_site", "DERIV")
    page.fill("#id_currency", "GBP")
    page.click("text=Create")
    page.select_option("#id_parent", "DERIV")
    page.fill("#id_float_fraction", "10")
    page.fill("#id_reason", "dearer rents")
    page.click("button[value=preview]")
    expect(page.locator("#effect-moved")).to_have_text("3")
    page.click("button[value=propose]")
    expect(page.locator("#waiting")).to_contain_text("dearer rents")
    assert asked(house) == Decimal("10.00")
    sign_in(page, other)
    page.goto("/prices/lists/DERIV-S/")
    expect(page.locator("#effect")).to_contain_text("11.00")
    page.click("#waiting >> text=Look at it")
    page.click("button[value=approve]")
    wait_until(lambda: ListRule.objects.get(price_list__code="DERIV-S", version=2).state == "in_force", 30)
    assert asked(house) == Decimal("11.00")
    wait_until(lambda: PriceList.objects.get(code="DERIV-S").float_fraction == Decimal("0.1"), 30)


def test_a_competitors_file_is_matched_by_hand_and_its_price_met(
    page: Page, live_stack: LiveStack, tmp_path: Path
) -> None:
    house = a_price_house("RIVAL", products=2)
    Competitor.objects.create(code="RIVAL-N", name="Rival North", country="GB")
    seen = datetime.now(UTC).isoformat(timespec="seconds")
    file = tmp_path / "seen.csv"
    file.write_text(f"competitor,code,amount,currency,observed_at\nRIVAL-N,RN-1,9.70,GBP,{seen}\n")
    sign_in(page, house.clerk)
    page.goto("/prices/competitors/")
    page.click("text=Send prices")
    page.set_input_files("#competitor-sheet", file)
    page.click("#competitor-file button.btn-primary")
    row = page.locator("tr:has-text('RN-1')")
    row.locator("input[name=sku]").fill(house.skus[0])
    row.get_by_role("button").click()
    wait_until(lambda: CompetitorPrice.objects.get(code="RN-1").product is not None, 10)
    open_grid(page, house)
    page.click("summary:has-text('Columns')")
    page.check("input[name=columns]")
    page.click("details[open] >> button:has-text('Show')")
    column = '[tabulator-field="market:RIVAL"]'
    expect(page.locator(f".tabulator-row:nth-child(1) {column}")).to_contain_text("9.70")
    page.click(house.cell(0))
    page.keyboard.press("Shift+ArrowDown")
    page.fill("#grid-formula", "match lowest")
    page.keyboard.press("Enter")
    expect(page.locator(f"{house.cell(0)} .new")).to_have_text("9.70")
    expect(page.locator("#grid-strip")).to_contain_text("1 marked")
    settled(page)
    lines = PriceChangeLine.objects.filter(change__prepared_by__username=house.clerk)
    assert [(one.product.sku, one.amount) for one in lines] == [(house.skus[0], Decimal("9.70"))]


def test_a_coupon_is_noted_and_its_day_rehearsed(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("COUPO", products=1)
    sign_in(page, house.manager)
    page.goto("/prices/incentives/")
    form = page.locator("form:has([name=fraction])")
    form.locator("[name=code]").fill("COUPO-50")
    form.locator("[name=name]").fill("Half off")
    form.locator("[name=kind]").select_option("coupon")
    form.locator("[name=fraction]").fill("50 %")
    form.locator("[name=site]").fill("COUPO")
    form.locator("button.btn-primary").click()
    expect(page.locator("#incentive-COUPO-50")).to_contain_text("Half off")
    assert Incentive.objects.get(code="COUPO-50").fraction == Decimal("0.5")
    page.goto("/prices/rehearsal/")
    page.select_option("#r-site", "COUPO")
    page.click("text=Rehearse")
    row = page.locator(f"tr:has-text('{house.skus[0]}')")
    expect(row).to_contain_text("Half off")
    expect(row).to_contain_text("5.00")
