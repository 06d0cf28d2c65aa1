"""Finance and the trail: what changed, its proof, and an export that is itself on record."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.actions import set_role
from accounts.models import User
from audit.models import Event, Export
from lib.actors import system
from tests.browser.helpers import a_person, sign_in
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_finance_sees_the_diff_and_takes_a_file_along(page: Page, live_stack: LiveStack) -> None:
    finance = a_person("trail.finance", "finance")
    changed = User.objects.get(username=a_person("trail.changed", "sales"))
    set_role(actor=system("tests"), user_id=changed.pk, role="purchaser", reason="moved to purchasing")
    sign_in(page, finance)
    page.goto("/trail/")
    page.click("summary:has-text('What')")
    page.get_by_role("link", name="User", exact=True).click()
    page.fill(".list-head input[name=q]", "moved to purchasing")
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-event]")).to_have_count(1)
    card = page.locator("#trail-event")
    expect(card.locator(".diff")).to_contain_text("purchaser")
    expect(card.locator(".chip").first).to_be_visible()
    page.fill("#export-reason", "quarter's audit")
    page.click("#export-form button")
    with page.expect_download() as caught:
        page.locator("#exports a[download]").first.click(timeout=30_000)
    text = Path(caught.value.path()).read_text("utf-8-sig")
    assert "moved to purchasing" in text
    stored = Export.objects.get(requested_by_id=User.objects.get(username=finance).pk)
    assert (stored.state, stored.rows, stored.reason) == ("ready", 1, "quarter's audit")
    events = Event.objects.filter(subject=f"export:{stored.pk}")
    assert events.filter(reason="quarter's audit").exists()


def test_price_clerk_is_refused(page: Page, live_stack: LiveStack) -> None:
    clerk = a_person("trail.clerk", "price_clerk")
    sign_in(page, clerk)
    answer = page.goto("/trail/")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator(".rail a[href='/trail/']")).to_have_count(0)
    assert not Event.objects.filter(kind="trail.read", actor_id=User.objects.get(username=clerk).pk).exists()
