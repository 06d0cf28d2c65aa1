"""A verification is looked at again on a phone and signed at a desk."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from audit.models import Event
from catalog.models import Product
from inventory.actions.movements import post_movement
from inventory.rules.drafts import LineDraft, MovementDraft
from lib.actors import job, system
from lib.verifications import Compared, Differs
from patrol.actions import run_verification
from patrol.models import VerificationCase, VerificationRun, VerificationSample
from patrol.verification_checks import VerificationCheckListed
from tests.browser.helpers import a_person, a_site, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SKU = "VERIFY-CUP"


def a_run() -> VerificationRun:
    """One product at a site of its own, nothing else to look at, and one difference without an explanation."""
    site = a_site("VERIFY-1")
    Product.objects.create(sku=SKU, name="Cup to be counted")
    at = datetime.now(UTC) - timedelta(minutes=5)
    line = LineDraft(SKU, "supplier", site.code, Decimal(12), unit_cost=Decimal(2))
    draft = MovementDraft(
        reference="VERIFY-GR", kind="receipt", lines=(line,), occurred_at=at - timedelta(days=9)
    )
    post_movement(actor=system("tests"), draft=draft)
    differs = Differs("till:1", "quantity", "till differs", site.pk, "OTHER", Decimal(5), Decimal(3))
    found = Compared(1000, 1, 0, (differs,), complete_to=at)
    listed = VerificationCheckListed("feeds.sales", "Sales", lambda asked: found)
    return run_verification(actor=job("patrol.verify"), site=site, slot=at, at=at, checks=[listed])


def test_re_check_on_a_phone_and_sign_off_with_a_word(page: Page, live_stack: LiveStack) -> None:
    run, duty = a_run(), a_person("verify.duty", "duty")
    sample = VerificationSample.objects.get(run=run)
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, duty)
    page.goto(f"/watch/verifications/{run.pk}/")
    line = page.locator("#sample-1")
    expect(line).to_contain_text("How many lie there")
    expect(line).not_to_contain_text("12")
    line.locator("input[name=found]").fill("11")
    line.get_by_role("button", name="Keep").click()
    expect(page.locator("#sample-1")).to_contain_text("found 11, book 12")
    sample.refresh_from_db()
    assert (sample.answer, sample.found, sample.compared_with) == ("differs", "11", "12")
    assert VerificationCase.objects.filter(
        site=run.site, class_code="recheck", sku=SKU, state="open"
    ).exists()

    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/watch/verifications/{run.pk}/")
    page.keyboard.press("s")
    page.locator("#sign textarea").fill("recount ordered, till case is worked")
    page.locator("#sign .btn-primary").click()
    expect(page.locator("main")).to_contain_text("recount ordered")
    stored = VerificationRun.objects.get(pk=run.pk)
    assert (stored.state, stored.signed_by.username if stored.signed_by else "") == ("signed", duty)
    kinds = set(Event.objects.filter(subject=f"verification:{run.pk}").values_list("kind", flat=True))
    assert {"verification.finished", "verification.rechecked", "verification.signed"} <= kinds


def test_a_case_is_taken_and_settled_with_a_word(page: Page, live_stack: LiveStack) -> None:
    run = VerificationRun.objects.filter(site__code="VERIFY-1").first() or a_run()
    case = VerificationCase.objects.get(site=run.site, key="till:1")
    clerk = a_person("verify.clerk", "stock_clerk")
    sign_in(page, clerk)
    page.goto("/watch/verifications/cases/?site=VERIFY-1&state=open")
    row = page.locator("tr", has=page.locator(f"#settle-{case.pk}"))
    row.get_by_role("button", name="Take").click()
    row = page.locator("tr", has=page.locator(f"#settle-{case.pk}"))
    expect(row).to_contain_text(clerk)
    row.get_by_role("button", name="Settle").click()
    expect(row.locator("input[name=note]")).to_be_focused()
    page.keyboard.type("rung up twice, reversed")
    page.keyboard.press("Enter")
    expect(page.locator(f"#settle-{case.pk}")).to_have_count(0)
    case.refresh_from_db()
    assert (case.state, case.how, case.note) == ("settled", "person", "rung up twice, reversed")
    assert case.owner is not None and case.owner.username == clerk
