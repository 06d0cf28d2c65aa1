"""Own prices that ask, as a price clerk answers them: the parent moves, one click makes the draft."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from lib import actors
from pricing.actions.applying import apply_due
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change, submit_change
from pricing.models import OverrideQuestion, PriceChange, PriceList
from tests.browser.helpers import a_price_house, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_one_click_moves_an_own_price_with_its_parent(page: Page, live_stack: LiveStack) -> None:
    house = a_price_house("OVERR", products=1)
    parent, sku = house.price_list(), house.skus[0]
    PriceList.objects.create(
        code="OVERR-CHILD", name="Overrides ask", currency=parent.currency, kind=parent.kind, region=parent.region,
        site=parent.site, parent=parent, priority=parent.priority + 1, override_policy="ask",
    )  # fmt: skip
    clerk = User.objects.get(username=house.clerk).as_actor()
    for code, text in (("OVERR-CHILD", "9.60"), (house.name, "10.40")):
        draft = ChangeDraft(title="Move", reason="see", lines=[LineDraft(code, sku, text)])
        change = submit_change(actor=clerk, change_id=create_change(actor=clerk, draft=draft).pk)
        assert change.state in ("approved", "applied")
    apply_due(actor=actors.job("tests"))
    question = OverrideQuestion.objects.get(product__sku=sku)
    sign_in(page, house.clerk)
    page.goto("/prices/lists/")
    page.click("text=Own prices that ask")
    row = page.locator(f"tr:has-text('{sku}')")
    expect(row).to_contain_text("9.98")
    row.locator("text=Move").click()
    expect(page.locator("h1")).to_contain_text("Own prices follow their parent")
    question.refresh_from_db()
    assert question.answer == "move"
    assert PriceChange.objects.get(pk=question.answer_change_id).lines.get().amount == question.moved_amount
