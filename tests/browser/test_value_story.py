"""Freight is spread over a receipt after a look at the shares; stock is revalued with a second person's word."""

import pytest
from playwright.sync_api import Page, expect

from inventory.models import Balance, Revaluation
from tests.browser.helpers import a_person, a_stock_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_freight_and_a_fall_in_value_reach_the_value_of_stock(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("VALU", products=2)
    finance = a_person("VALU.books", "finance")
    sign_in(page, house.manager)
    page.goto("/stock/landed-costs/new/")
    page.fill("#reference", "VALU-FREIGHT")
    page.fill("#reason", "forwarder's bill")
    page.fill("#amount-1", "300")
    page.fill("#currency-1", "GBP")
    page.fill("#receipt-1", f"{house.name}-first")
    page.get_by_role("button", name="Show the shares").click()
    expect(page.locator("tr.total")).to_contain_text("300.00")
    page.get_by_role("button", name="Post").click()
    expect(page.locator("main")).to_contain_text("VALU-FREIGHT")
    expect(page.locator("td[data-label='To stock']").first).to_contain_text("150.00")

    page.goto("/stock/revaluations/new/")
    page.fill("#reference", "VALU-FALL")
    page.select_option("#site", house.name)
    page.fill("#reason", "market fell")
    page.fill("#sku-1", house.skus[0])
    page.fill("#unit_cost-1", "15")
    page.get_by_role("button", name="Post").click()
    page.wait_for_url("**/stock/revaluations/*/")
    made = Revaluation.objects.get(reference="VALU-FALL")
    assert made.state == "pending"

    sign_in(page, finance)
    page.goto(f"/stock/revaluations/{made.pk}/")
    page.get_by_role("link", name="Approval", exact=True).click()
    page.get_by_role("button", name="Approve").first.click()
    expect(page.locator(".toast-box")).to_be_visible()
    for _second in range(60):
        made.refresh_from_db()
        if made.state == "posted":
            break
        page.wait_for_timeout(1000)
    worth = Balance.objects.get(site=house.site(), product__sku=house.skus[0]).pair_value
    assert (made.state, worth) == ("posted", 7500)
    page.goto(f"/stock/value/?group=product&site={house.name}")
    expect(page.locator("tr.total")).to_contain_text("17,650.00")
    page.goto(f"/stock/value/?site={house.name}&at=2020-01-01")
    expect(page.locator("main")).to_contain_text("No stock fits")
