"""A count over REST becomes a page of differences that the clerk works through."""

import pytest
from playwright.sync_api import Page, expect

from approvals.models import ApprovalRequest
from inventory.models import Balance, Difference
from lib import clock
from tests.browser.helpers import StockHouse, a_stock_house, rest, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def counted(stack: LiveStack, house: StockHouse, quantities: list[str]) -> int:
    """Post a complete snapshot; returns the reconciliation."""
    token = stack.manage("create_token", house.clerk).split()[-1]
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in zip(house.skus, quantities, strict=True)]
    body = {"site": house.name, "taken_at": clock.now().isoformat(), "complete": True, "lines": lines}
    status, answer = rest(stack, token, "stock/snapshots/", body)
    assert status == 201, answer
    return int(answer["reconciliation"])


def states(reconciliation_id: int) -> list[str]:
    rows = Difference.objects.filter(reconciliation_id=reconciliation_id)
    return list(rows.order_by("sku").values_list("state", flat=True))


def test_small_difference_is_accepted_and_the_large_one_waits(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("RECON", products=4)
    number = counted(live_stack, house, ["500", "497", "180", "505"])
    sign_in(page, house.clerk)
    page.goto("/stock/reconciliations/")
    page.locator("tr", has_text="Site RECON").locator("a").first.click()
    expect(page.locator(".figures")).to_contain_text("25.00")
    accept = page.locator("button[value=accept]")
    expect(accept).to_be_disabled()
    for row, answer in ((1, "1 difference accepted."), (2, "1 difference waits for approval.")):
        page.locator("tr", has_text=house.skus[row]).locator("input[type=checkbox]").check()
        page.keyboard.press("a")
        expect(page.locator(".toast-box")).to_contain_text(answer)
    page.locator("tr", has_text=house.skus[3]).locator("input[type=checkbox]").check()
    page.click("button[value=recount]")
    expect(page.locator(".toast-box")).to_contain_text("1 difference set aside.")
    assert states(number) == ["accepted", "pending", "recount"]
    held = Balance.objects.filter(site__code="RECON").order_by("product__sku")
    assert [int(quantity) for quantity in held.values_list("on_hand", flat=True)] == [500, 497, 500, 500]
    movement_id = Difference.objects.get(reconciliation_id=number, state="pending").movement_id
    assert ApprovalRequest.objects.get(subject=f"movement:{movement_id}").state == "pending"
