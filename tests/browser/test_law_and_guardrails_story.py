"""What holds prices back, by hand: a rule of law, the checklist, a guardrail's new version, a rate with four eyes."""

from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from approvals.models import ApprovalRequest
from catalog.models import Category, ExchangeRate, Product
from lib.actors import system
from pricing.actions.compliance_versions import save_item
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change, submit_change
from pricing.models import ComplianceItem, Guardrail, LawRule, PriceChange, PriceList
from tests.browser.helpers import PriceHouse, a_person, a_price_house, actor_of, sign_in, wait_until
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def a_house_of(name: str) -> PriceHouse:
    """One product in a category of its own, so that what is written here holds nothing else back."""
    house = a_price_house(name, products=1)
    Product.objects.filter(sku=house.skus[0]).update(category=Category.objects.create(name=name, path=name))
    return house


def a_draft(house: PriceHouse, amount: str, reason_code: str, price_list: str = "") -> PriceChange:
    lines = [LineDraft(price_list or house.name, house.skus[0], amount)]
    draft = ChangeDraft(title=f"{house.name} story", reason="story", reason_code=reason_code, lines=lines)
    return create_change(actor=actor_of(house.clerk), draft=draft)


def fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_law_is_written_and_judges_the_next_change(page: Page, live_stack: LiveStack) -> None:
    house = a_house_of("LAWA")
    sign_in(page, house.manager)
    page.goto("/prices/laws/")
    page.fill("#law-country", "GB")
    page.select_option("#law-kind", "below_cost")
    expect(page.locator("#law-days")).to_be_hidden()
    page.fill("#law-category", house.name)
    page.select_option("#law-method", "forbidden")
    page.select_option("#law-exempt", ["season"])
    page.fill("#law-source", "Gazette 12")
    page.fill("#law-on", "2026-01-01")
    page.fill("#law-reason", "new law")
    page.click("#law-form .btn-primary")
    expect(page.locator("tr", has_text="Gazette 12")).to_contain_text("exempt: End of season")
    assert LawRule.objects.get(source="Gazette 12").options == {"exempt_reasons": ["season"]}
    fits_a_phone(page)
    change = a_draft(house, "5.50", "damage")
    page.goto(f"/prices/changes/{change.pk}/")
    expect(page.locator("body")).to_contain_text("The law of GB forbids it. Gazette 12")


def test_an_item_of_the_checklist_is_signed_and_submit_opens(page: Page, live_stack: LiveStack) -> None:
    house = a_house_of("LAWB")
    own = {"kind": "promotion", "currency": "GBP", "priority": 10, "region": house.price_list().region}
    PriceList.objects.create(code="LAWBSALE", name="Sale", **own)
    item = save_item(
        actor=actor_of(house.manager),
        row={
            "code": "lawb-window", "title": "The window shows the price before", "title_zh": "橱窗标示原价",
            "countries": ["GB"], "category": house.name, "only_promotions": True, "is_mandatory": True,
            "checked_by": "person", "signer": "compliance.sign", "source": "House rule 7", "source_on": "2026-01-01",
            "reason": "story",
        },
    )  # fmt: skip
    sign_in(page, a_person("LAWB.second", "price_manager"))
    page.goto("/prices/compliance/")
    page.locator("#pending .card-row", has_text="lawb-window").locator("a.btn").click()
    page.click("button[name=decision][value=approve]")
    wait_until(lambda: ComplianceItem.objects.get(pk=item.pk).state == "in_force", 20)
    change = a_draft(house, "9.80", "promotion", "LAWBSALE")
    sign_in(page, house.clerk)
    page.goto(f"/prices/changes/{change.pk}/")
    expect(page.locator("button[value=submit]")).to_be_disabled()
    sign_in(page, house.manager)
    page.goto(f"/prices/changes/{change.pk}/")
    page.fill("#evidence-lawb-window", "photo of the window")
    page.click("[data-item=lawb-window] button")
    expect(page.locator("#checklist")).to_contain_text("complete")
    fits_a_phone(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, house.clerk)
    page.goto(f"/prices/changes/{change.pk}/")
    page.click("button[value=submit]")
    wait_until(lambda: PriceChange.objects.get(pk=change.pk).state != "draft", 20)


def test_a_guardrail_is_proposed_by_one_and_put_in_force_by_another(
    page: Page, live_stack: LiveStack
) -> None:
    house = a_house_of("LAWC")
    other = a_person("LAWC.second", "price_manager")
    sign_in(page, house.manager)
    page.goto("/prices/guardrails/")
    page.select_option("#guardrail-rule", "change_limit")
    page.select_option("#guardrail-list", house.name)
    page.fill("#guardrail-review", "2")
    page.fill("#guardrail-reason", "tighter here")
    page.click("#guardrail-form .btn-primary")
    expect(page.locator("#pending")).to_contain_text(house.name)
    fits_a_phone(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    made = Guardrail.objects.get(price_list__code=house.name)
    assert made.state == "pending"
    request = ApprovalRequest.objects.get(subject=f"guardrail:{made.pk}")
    sign_in(page, other)
    page.goto(f"/approvals/{request.pk}/")
    page.keyboard.press("a")
    expect(page.locator(".head .chip").first).to_have_text("Approved")
    wait_until(lambda: Guardrail.objects.get(pk=made.pk).state == "in_force", 30)


def test_a_rate_by_hand_counts_once_a_second_person_says_so(page: Page, live_stack: LiveStack) -> None:
    first, second = a_person("LAWD.first", "finance"), a_person("LAWD.second", "finance")
    sign_in(page, first)
    page.goto("/settings/rates/")
    page.fill("#rate-base", "ISK")
    page.fill("#rate-quote", "NOK")
    page.fill("#rate-rate", "0.077")
    page.fill("#rate-on", "2026-11-24")
    page.fill("#rate-reason", "bank's fixing")
    page.click("#rate-form .btn-primary")
    expect(page.locator("#waiting")).to_contain_text("ISK")
    assert not ExchangeRate.objects.filter(base="ISK").exists()
    request = ApprovalRequest.objects.filter(kind="exchange_rate").latest("id")
    sign_in(page, second)
    page.goto(f"/approvals/{request.pk}/")
    page.keyboard.press("a")
    expect(page.locator(".head .chip").first).to_have_text("Approved")
    found = ExchangeRate.objects.get(base="ISK", quote="NOK", on=date(2026, 11, 24))
    assert (found.rate, found.source) == (Decimal("0.077"), "hand")


def test_a_region_outside_its_band_stands_under_what_breaks(page: Page, live_stack: LiveStack) -> None:
    """The region asks 10.00, the base 20.00, and the band ends a quarter below it."""
    house = a_house_of("LAWE")
    base = PriceList.objects.create(
        code="LAWEBASE", name="Unified base", kind="base", currency="GBP", priority=90
    )
    PriceList.objects.filter(code=house.name).update(parent=base, floor_fraction="-0.25")
    lines = [LineDraft("LAWEBASE", house.skus[0], "20.00")]
    draft = ChangeDraft(title="Base", reason="story", reason_code="regular", lines=lines)
    placed = submit_change(
        actor=system("tests"), change_id=create_change(actor=system("tests"), draft=draft).pk
    )
    assert placed.state in ("approved", "applied"), list(placed.findings.values_list("code", "params"))
    sign_in(page, house.manager)
    page.goto(f"/prices/regions/?q={house.skus[0]}")
    row = page.locator("#regions tbody tr", has_text=house.skus[0])
    expect(row).to_contain_text("20.00")
    expect(row).to_contain_text("under the floor")
    page.locator("nav.tabs a.tab").nth(1).click()
    expect(page.locator("#regions tbody tr")).to_have_count(1)
    fits_a_phone(page)
    PriceList.objects.filter(code="LAWEBASE").update(priority=-90)
