"""The clerk's story of the price grid, from a paste to the price that applies (issue A, "It is done when")."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from audit.models import Event
from pricing.models import Price, PriceChange
from tests.browser.helpers import (
    PriceHouse,
    a_price_house,
    draft_of,
    open_grid,
    paste,
    rest,
    settled,
    sign_in,
    wait_until,
)
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def submit(page: Page, title: str, reason: str) -> None:
    """Through the dialog of the bar."""
    settled(page)
    page.keyboard.press("Control+Enter")
    page.fill("#submit-name", title)
    page.fill("#submit-reason", reason)
    page.click("#submit-dialog button[type=submit]")
    page.wait_for_url("**/prices/changes/*/")


def quote(stack: LiveStack, token: str, house: PriceHouse, sku: str) -> str:
    status, answer = rest(stack, token, "prices/quote/", {"lines": [{"sku": sku, "site": house.name}]})
    assert status == 200, answer
    return answer[0]["amount"]


def live_amounts(house: PriceHouse) -> dict[str, Decimal]:
    rows = Price.objects.filter(price_list__code=house.name, known__upper_inf=True, valid__upper_inf=True)
    return dict(rows.values_list("product__sku", "amount"))


def test_paste_of_twenty_marks_two_and_the_policy_approves_the_rest(
    page: Page, live_stack: LiveStack
) -> None:
    house = a_price_house("STORYA")
    token = live_stack.manage("create_token", house.clerk).split()[-1]
    sign_in(page, house.clerk)
    open_grid(page, house)
    page.click(house.cell(0))
    amounts = [f"10.{30 + row}" for row in range(20)]
    amounts[6], amounts[13] = "10.3O", "n/a"
    paste(page, "\n".join(amounts))
    expect(page.locator("#grid-strip")).to_contain_text("Pasted 20 cells: 18 taken, 2 marked")
    expect(page.locator(".tabulator-cell.is-refused")).to_have_count(2)
    expect(page.locator(house.cell(6))).to_contain_text("10.3O")
    settled(page)
    assert draft_of(house.clerk).lines.count() == 18
    assert quote(live_stack, token, house, house.skus[0]) == "10.00"
    page.keyboard.press("Control+z")
    settled(page)
    expect(page.locator(".tabulator-cell.is-refused")).to_have_count(0)
    wait_until(lambda: draft_of(house.clerk).lines.count() == 0)
    page.keyboard.press("Control+y")
    wait_until(lambda: draft_of(house.clerk).lines.count() == 18)
    submit(page, "Small steps", "supplier raised its prices")
    expect(page.locator(".head .chip").first).to_contain_text("App")
    change = draft_of(house.clerk)
    wait_until(lambda: PriceChange.objects.get(pk=change.pk).state == "applied")
    stored = PriceChange.objects.get(pk=change.pk)
    assert (stored.decided_by_kind, bool(stored.policy_version), stored.line_count) == ("policy", True, 18)
    assert quote(live_stack, token, house, house.skus[0]) == "10.30"
    found = live_amounts(house)
    assert [found[house.skus[row]] for row in (0, 6, 13, 19)] == [Decimal("10.30"), 10, 10, Decimal("10.49")]


def test_large_step_waits_for_the_manager_and_the_preparer_may_not_decide(
    page: Page, live_stack: LiveStack
) -> None:
    house = a_price_house("STORYB")
    token = live_stack.manage("create_token", house.manager).split()[-1]
    sku = house.skus[0]
    sign_in(page, house.clerk)
    open_grid(page, house)
    page.click(house.cell(0))
    page.keyboard.type("12.50")
    page.keyboard.press("Enter")
    settled(page)
    expect(page.locator(house.cell(0))).to_have_class(re.compile("is-review"))
    submit(page, "One large step", "new supplier")
    change = draft_of(house.clerk)
    assert (change.state, quote(live_stack, token, house, sku)) == ("pending", "10.00")
    expect(page.locator(".decision-bar")).to_contain_text("You prepared it, so another person decides.")
    expect(page.locator("button[value=approve]")).to_have_count(0)
    clerk = live_stack.manage("create_token", house.clerk).split()[-1]
    assert rest(live_stack, clerk, f"price-changes/{change.pk}/approve/", {})[0] == 403
    sign_in(page, house.manager)
    page.goto(f"/prices/changes/{change.pk}/")
    expect(page.locator("#findings")).to_contain_text(f"{sku} rises 25.0")
    assert quote(live_stack, token, house, sku) == "10.00"
    page.keyboard.press("a")
    expect(page.locator(".head .chip").first).to_contain_text("App")
    assert quote(live_stack, token, house, sku) == "12.50"
    wait_until(lambda: PriceChange.objects.get(pk=change.pk).state == "applied")
    assert live_amounts(house)[sku] == Decimal("12.50")
    events = {event.kind: event for event in Event.objects.filter(subject=f"price_change:{change.pk}")}
    submitted, approved = events["price_change.submitted"], events["price_change.approved"]
    assert (submitted.reason, bool(submitted.policy), approved.actor_id) == (
        "new supplier",
        True,
        PriceChange.objects.get(pk=change.pk).decided_by_id,
    )
    assert submitted.after["prices"][0]["sku"] == sku


def test_rejecting_asks_for_a_reason_and_changes_no_price(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("STORYC", products=2)
    sign_in(page, house.clerk)
    open_grid(page, house)
    page.click(house.cell(0))
    page.keyboard.type("13.00")
    page.keyboard.press("Enter")
    submit(page, "Too much", "try")
    change = draft_of(house.clerk)
    sign_in(page, house.manager)
    page.goto(f"/prices/changes/{change.pk}/")
    page.keyboard.press("r")
    expect(page.locator("#decision-reason")).to_be_focused()
    page.keyboard.type("too steep")
    page.click("button[value=reject]")
    expect(page.locator(".head .chip").first).to_contain_text("Rejected")
    stored = PriceChange.objects.get(pk=change.pk)
    assert (stored.state, stored.decision_comment, live_amounts(house)[house.skus[0]]) == (
        "rejected",
        "too steep",
        10,
    )
