"""What browser tests share: a house with names of its own on the live stack, sign-in, the clipboard, REST."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.models import LegalEntity, Product, Region, Scope, Site, TaxRate, UnitCost
from inventory.actions.movements import post_movement
from inventory.rules.drafts import LineDraft as LineOf
from inventory.rules.drafts import MovementDraft
from lib import clock
from lib.actors import Actor, system
from pricing.actions.price_changes import ChangeDraft, LineDraft, create_change, submit_change
from pricing.models import PriceChange, PriceList
from tests.live import LiveStack

PASSWORD = "browser-tests-1"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class PriceHouse:
    """A region with one site and one price list; products with cost 5.00 and price 10.00."""

    name: str
    skus: list[str]
    clerk: str
    manager: str

    @property
    def grid(self) -> str:
        return f"/prices/?q={self.name}&lists={self.name}"

    def cell(self, row: int) -> str:
        """The price cell of a row, from 0."""
        return f'.tabulator-row:nth-child({row + 1}) [tabulator-field="price:{self.name}"]'

    def price_list(self) -> PriceList:
        return PriceList.objects.get(code=self.name)


@dataclass
class StockHouse:
    """A site with 500 pieces of each product, at a cost of 20.00, received an hour ago."""

    name: str
    skus: list[str]
    clerk: str
    manager: str

    def site(self) -> Site:
        return Site.objects.get(code=self.name)

    def product(self, row: int) -> Product:
        return Product.objects.get(sku=self.skus[row])


def a_person(username: str, role: str) -> str:
    user = User.objects.create_user(username, PASSWORD, display_name=username, role=role)
    Scope.objects.create(user=user, valid_from=LONG_AGO)
    return username


def actor_of(username: str) -> Actor:
    return User.objects.get(username=username).as_actor(channel="api")


def a_site(name: str) -> Site:
    """A site in a region of its own, in pounds."""
    region = Region.objects.create(code=name, name=f"Region {name}")
    entity, _made = LegalEntity.objects.get_or_create(
        code="LTD", defaults={"name": "Ltd", "country": "GB", "currency": "GBP"}
    )
    return Site.objects.create(
        code=name, name=f"Site {name}", kind="store", region=region, country="GB", timezone="Europe/London",
        currency="GBP", legal_entity=entity,
    )  # fmt: skip


def a_stock_house(name: str, products: int = 3) -> StockHouse:
    """Everything a stock test needs, under `name`."""
    a_site(name)
    skus = [f"{name}{number:03d}" for number in range(products)]
    for sku in skus:
        Product.objects.create(sku=sku, name=f"PRODUCT {sku}")
    lines = tuple(LineOf(sku, "supplier", name, Decimal(500), unit_cost=Decimal(20)) for sku in skus)
    at = clock.now() - timedelta(hours=1)
    draft = MovementDraft(reference=f"{name}-first", kind="receipt", lines=lines, occurred_at=at)
    post_movement(actor=system("tests"), draft=draft)
    return StockHouse(
        name, skus, a_person(f"{name}.clerk", "stock_clerk"), a_person(f"{name}.manager", "stock_manager")
    )


def a_price_house(name: str, products: int = 25) -> PriceHouse:
    """Everything a test needs, under `name`."""
    region = a_site(name).region
    TaxRate.objects.get_or_create(
        country="GB", tax_class="standard", valid_from=date(2020, 1, 1), defaults={"rate_fraction": "0.20"}
    )
    PriceList.objects.create(code=name, name=f"List {name}", currency="GBP", kind="region", region=region)
    skus = [f"{name}{number:03d}" for number in range(products)]
    for sku in skus:
        product = Product.objects.create(sku=sku, name=f"PRODUCT {sku}")
        UnitCost.objects.create(product=product, amount="5.00", currency="GBP", valid_from=LONG_AGO)
    lines = [LineDraft(name, sku, "10.00") for sku in skus]
    first = create_change(
        actor=system("tests"), draft=ChangeDraft(title="First", reason="first prices", lines=lines)
    )
    placed = submit_change(actor=system("tests"), change_id=first.pk)
    assert placed.state in ("approved", "applied"), list(placed.findings.values_list("code", flat=True))
    return PriceHouse(
        name, skus, a_person(f"{name}.clerk", "price_clerk"), a_person(f"{name}.manager", "price_manager")
    )


def sign_in(page: Page, username: str) -> None:
    """Sign in by the form, in a session of its own."""
    page.goto("about:blank")  # what the page before still leads to must not interrupt the form
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.click("button.btn-primary")
    page.wait_for_url(lambda url: "/sign-in/" not in url, wait_until="commit", timeout=30_000)


def open_grid(page: Page, house: PriceHouse) -> None:
    page.goto(house.grid)
    page.wait_for_selector(house.cell(0))


def paste(page: Page, text: str) -> None:
    """Paste `text` as a spreadsheet would put it on the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def settled(page: Page) -> None:
    """Until everything typed is saved."""
    expect(page.locator("body")).to_have_attribute("data-saving", "idle")


def draft_of(username: str) -> PriceChange:
    return PriceChange.objects.filter(prepared_by__username=username).latest("id")


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.2)


def rest(stack: LiveStack, token: str, path: str, body: Any = None) -> tuple[int, Any]:
    """(status, answer) of a REST call."""
    request = urllib.request.Request(
        f"{stack.url}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)
