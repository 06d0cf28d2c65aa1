"""The simulator, and the duty officer's one click, as people drive them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.models import Product, Site
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change
from pricing.actions.templates import TemplateDraft, prepare_template
from pricing.models import EmergencyUse, Price, PriceChange
from sales.models import DailyFact
from tests.browser.helpers import PriceHouse, a_person, a_price_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def live_amount(house: PriceHouse) -> Decimal:
    rows = Price.objects.filter(product__sku=house.skus[0], known__upper_inf=True)
    return rows.get(valid__contains=datetime.now(UTC)).amount


def sold(house: PriceHouse) -> None:
    today = datetime.now(UTC).date()
    DailyFact.objects.bulk_create(
        DailyFact(
            site=Site.objects.get(code=house.name), product=Product.objects.get(sku=house.skus[0]),
            on=today - timedelta(days=7 * week + 3), units_sold=units, revenue=units * price, lines=1,
        )
        for week in range(20)
        for price, units in [(10, 100 + week % 4) if week % 2 else (12, 70 + week % 4)]
    )  # fmt: skip


def test_a_change_is_simulated_on_real_sales(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("SIMUL", products=2)
    sold(house)
    clerk = User.objects.get(username=house.clerk).as_actor()
    lines = [LineDraft(house.name, house.skus[0], "11.00")]
    change = create_change(actor=clerk, draft=ChangeDraft(title="Try", reason="see", lines=lines))
    sign_in(page, house.clerk)
    page.goto(f"/prices/changes/{change.pk}/")
    expect(page.locator("text=Simulated on 90 days")).to_be_visible()
    page.click("text=Open the simulator")
    expect(page.locator("#totals")).to_contain_text("New prices, buyers answer")
    expect(page.locator("#simulation-chart canvas")).to_be_visible()
    expect(page.locator("#estimates")).to_contain_text("1 product with an estimate")
    page.keyboard.press("t")
    expect(page.locator(".chart-table table")).to_be_visible()
    page.select_option("select[name=days]", "365")
    page.click("text=Simulate >> nth=-1")
    expect(page.locator("#totals")).to_be_visible()
    assert (PriceChange.objects.get(pk=change.pk).state, live_amount(house)) == ("draft", 10)


def test_the_duty_officer_starts_an_emergency_with_one_click(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("EMERG", products=2)
    officer = a_person("EMERG.duty", "duty")
    template = prepare_template(
        actor=User.objects.get(username=house.manager).as_actor(),
        draft=TemplateDraft("emergency", "Rival cut", "answer", 4, [(house.name, house.skus[0], "9.00")]),
    )
    sign_in(page, officer)
    page.goto("/prices/templates/")
    page.click(f'[data-start="{template.pk}"]')
    expect(page.locator("#emergencies")).to_contain_text("in force")
    use = EmergencyUse.objects.get(template=template)
    assert (live_amount(house), use.started_by.username, use.change.reason_code) == (9, officer, "emergency")
    sign_in(page, house.manager)
    page.goto("/prices/templates/")
    page.fill("#uses input[name=comment]", "It was right.")
    page.press("#uses input[name=comment]", "Enter")
    expect(page.locator("#uses")).to_contain_text("It was right.")
    assert EmergencyUse.objects.get(pk=use.pk).reviewed_by.username == house.manager
