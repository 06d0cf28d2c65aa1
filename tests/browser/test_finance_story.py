"""Finance works a dispute with a platform: from the settlement's file to the money that comes back; a voucher is made."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Channel, Site
from finance.models import Comparison, Dispute, Voucher
from lib import clock
from tests.browser.helpers import a_person, a_stock_house, sign_in
from tests.finance.builders import TESTER, compare, take_settlements
from tests.inventory.builders import line, post
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def a_settled_shop(name: str) -> Site:
    """Sold two orders; of one the platform kept back 3 instead of 1."""
    house = a_stock_house(name, products=1)
    site = house.site()
    site.channel = Channel.objects.create(
        code=name, name=f"Market {name}", commission_fraction=Decimal("0.1")
    )
    site.save()
    now = clock.now()
    for number, kept in ((1, "1"), (2, "3")):
        sold = line(house.skus[0], house.name, "customer", "1", unit_price="10")
        post("sale", sold, reference=f"{name}-{number}", at=now - timedelta(days=3))
        row = {
            "channel": name, "payout": f"{name}-P", "order_reference": f"{name}-{number}", "gross": "10",
            "commission": kept, "currency": site.currency, "on": (now - timedelta(days=1)).date().isoformat(),
        }  # fmt: skip
        take_settlements(actor=TESTER, rows=[row])
    compare(actor=TESTER, matching="settlement")
    return site


def test_a_dispute_from_claim_to_close(page: Page, live_stack: LiveStack) -> None:
    a_settled_shop("FINA")
    sign_in(page, a_person("FINA.books", "finance"))
    dispute = Dispute.objects.get(partner="FINA")
    page.goto("/finance/")
    page.get_by_role("link", name="Disputes", exact=True).first.click()
    page.get_by_role("link", name=str(dispute)).click()
    expect(page.locator("main")).to_contain_text("FINA-2")
    page.get_by_role("button", name="Start my clock").click()
    page.fill("#claim-reference", "CASE-7")
    page.get_by_role("button", name="Note as sent").click()
    page.fill("#recovered", "2")
    page.get_by_role("button", name="Note as accepted").click()
    page.fill("#close-comment", "comes with the next payout")
    page.get_by_role("button", name="Close dispute").click()
    expect(page.locator("main")).to_contain_text("comes with the next payout")
    dispute.refresh_from_db()
    assert (dispute.state, dispute.recovered, dispute.claim_reference) == ("closed", 2, "CASE-7")
    states = Comparison.objects.filter(partner="FINA").order_by("key").values_list("key", "state")
    assert list(states) == [("FINA-1", "matched"), ("FINA-2", "settled")]


def test_a_dispute_is_read_and_noted_on_a_phone(page: Page, live_stack: LiveStack) -> None:
    a_settled_shop("FINB")
    sign_in(page, a_person("FINB.books", "finance"))
    page.set_viewport_size({"width": 390, "height": 844})
    dispute = Dispute.objects.get(partner="FINB")
    page.goto(f"/finance/disputes/{dispute.pk}/")
    page.fill("#comment", "rang the account manager")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(page.locator("main")).to_contain_text("rang the account manager")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert dispute.steps.filter(step="commented").count() == 1


def test_a_voucher_of_a_day_is_made(page: Page, live_stack: LiveStack) -> None:
    site = a_settled_shop("FINC")
    sign_in(page, a_person("FINC.books", "finance"))
    day = (clock.now() - timedelta(days=3)).date().isoformat()
    page.goto("/finance/vouchers/new/")
    page.select_option("#entity", site.legal_entity.code)
    page.fill("#day", day)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("main")).to_contain_text("5000")
    page.get_by_role("button", name="Make vouchers").click()
    expect(page.locator("main")).to_contain_text("In balance")
    made = Voucher.objects.filter(legal_entity=site.legal_entity).latest("id")
    assert made.days.lower.isoformat() == day and made.debits == made.credits
