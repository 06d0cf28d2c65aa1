"""The stock manager's inbox: found, decided by key; nobody decides what they prepared; many with one reason."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from approvals.models import ApprovalRequest
from approvals.queries import decision_of
from inventory.models import Entry, Movement
from tests.browser.helpers import StockHouse, a_stock_house, actor_of, sign_in, wait_until
from tests.inventory.builders import line, post
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def asked(house: StockHouse, row: int, quantity: str, preparer: str) -> ApprovalRequest:
    """An adjustment beyond what policy takes by itself."""
    movement = post(
        "adjustment",
        line(house.skus[row], house.name, "adjustment", quantity),
        actor=actor_of(preparer),
        reference=f"{house.name}-adjust-{row}",
        reason="water in the cellar",
        at=None,
    )
    assert movement.state == "pending"
    return ApprovalRequest.objects.get(subject=f"movement:{movement.pk}")


def taken(house: StockHouse, row: int) -> Decimal:
    """What adjustments took from the site's book."""
    site_id, product_id = house.site().pk, house.product(row).pk
    rows = Entry.objects.filter(location_id=site_id, product_id=product_id, quantity__lt=0)
    return -sum(rows.values_list("quantity", flat=True), start=Decimal(0))


def test_manager_finds_it_in_the_inbox_and_the_key_puts_it_in_the_ledger(
    page: Page, live_stack: LiveStack
) -> None:
    house = a_stock_house("APPRA", products=1)
    request = asked(house, 0, "150", house.clerk)
    sign_in(page, house.manager)
    page.goto("/approvals/")
    page.locator("tr", has_text="APPRA-adjust-0").get_by_role("link", name=re.compile("APPRA")).first.click()
    expect(page.locator(".decision-bar")).to_contain_text("You may decide.")
    page.keyboard.press("a")
    expect(page.locator(".head .chip").first).to_have_text("Approved")
    wait_until(lambda: taken(house, 0) == 150)
    decision = decision_of(request.pk)
    assert decision and (decision.approved, decision.decided_by_name) == (True, house.manager)
    wait_until(lambda: Movement.objects.get(reference="APPRA-adjust-0").state == "posted", 10)


def test_preparer_has_no_button(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("APPRB", products=1)
    request = asked(house, 0, "150", house.manager)
    sign_in(page, house.manager)
    page.goto(f"/approvals/{request.pk}/")
    expect(page.locator(".decision-bar")).to_contain_text("You prepared this; somebody else decides.")
    expect(page.locator("button[value=approve]")).to_have_count(0)
    page.keyboard.press("a")
    assert ApprovalRequest.objects.get(pk=request.pk).state == "pending"
    assert taken(house, 0) == 0


def test_two_like_requests_with_one_reason(page: Page, live_stack: LiveStack) -> None:
    house = a_stock_house("APPRC", products=2)
    requests = [asked(house, row, "150", house.clerk) for row in range(2)]
    sign_in(page, house.manager)
    page.goto("/approvals/")
    for request in requests:
        page.check(f"input[name=request][value='{request.pk}']")
    expect(page.locator(".bulk-bar [data-ticked]")).to_have_text("2")
    page.fill("#bulk-reason", "cellar dried, both written off")
    page.click(".bulk-bar button[value=approve]")
    page.wait_for_url("**/approvals/")
    wait_until(lambda: taken(house, 0) == taken(house, 1) == 150)
    decisions = [decision_of(request.pk) for request in requests]
    assert [one and (one.approved, one.comment) for one in decisions] == [
        (True, "cellar dried, both written off")
    ] * 2
