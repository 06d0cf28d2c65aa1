"""A supplier's file whose header does not fit is mapped and brought in; a row in quarantine is repaired on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from feeds.models import Delivery, Mapping, QuarantineRow
from tests.browser.helpers import a_person, sign_in, wait_until
from tests.live import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILE = "MAP-Nr;MAP-Bezeichnung;Inhalt\nMAP001;Tasse;1,5\nMAP002;Teller;viel\n"


def brought(page: Page, folder: Path) -> None:
    """The file is chosen on the page of feeds; it waits for its columns."""
    file = folder / "artikel.csv"
    file.write_bytes(FILE.encode("gb18030"))
    page.goto("/feeds/")
    page.keyboard.press("u")
    page.select_option("#upload-feed", "products")
    page.set_input_files("#upload-file", file)
    page.click("#upload button.btn-primary")
    expect(page.locator("h1")).to_contain_text("artikel.csv")


def test_a_file_is_mapped_tried_and_brought_in_and_its_row_repaired(
    page: Page, live_stack: LiveStack, tmp_path: Path
) -> None:
    sign_in(page, a_person("MAP.admin", "admin"))
    brought(page, tmp_path)
    for place, field in enumerate(("sku", "name", "net_content")):
        page.select_option(f"select[name=column-{place}]", field)
    for field, value in (("category", "Story"), ("unit", "pcs")):
        page.fill(f"#constant-{field}", value)
    page.select_option("#decimal-mark", ",")
    page.click("button[value=check]")
    page.fill("#constant-net_content_unit", "l")
    page.click("button[value=check]")
    expect(page.locator("#would-take")).to_have_text("1")
    expect(page.locator("#would-reject")).to_have_text("1")
    assert not Product.objects.filter(sku="MAP001").exists()
    page.click("button[value=send]")
    wait_until(lambda: Delivery.objects.filter(filename="artikel.csv", state="quarantined").exists(), 60)
    assert Mapping.objects.filter(columns__contains={"map nr": "sku"}, decimal_mark=",").exists()
    repaired(page)


def repaired(page: Page) -> None:
    """The row that was not taken, on a phone."""
    row = QuarantineRow.objects.get(row__sku="MAP002")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/feeds/quarantine/?feed=products")
    page.click(f"a[href='/feeds/quarantine/{row.pk}/']")
    page.fill("#field-net_content", "x")
    page.get_by_role("button", name="Take it", exact=True).click()
    expect(page.locator(".problem")).to_contain_text("is no number")
    page.fill("#field-net_content", "0.75")
    page.get_by_role("button", name="Take it", exact=True).click()
    wait_until(lambda: Product.objects.filter(sku="MAP002").exists(), 30)
    row.refresh_from_db()
    assert (row.state, row.closed_by) == ("repaired", "MAP.admin")
