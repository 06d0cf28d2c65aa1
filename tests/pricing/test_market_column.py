"""The grid's column of competitors, and the formulas that go by it."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.models import Category, Product
from pricing.models import Competitor, CompetitorPrice, PriceChangeLine
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, priced
from tests.pricing.test_api import Caller


@pytest.fixture
def house(db: None) -> House:
    house = a_house()
    for number, sku in enumerate("ABC"):
        a_product(sku)
        priced(house.clerk, ("BASE", sku, f"{4 + number}.00"))
    return house


def seen(sku: str, amount: str, *, by: str = "NORTH", **fields: Any) -> None:
    competitor, _made = Competitor.objects.get_or_create(code=by, defaults={"name": by})
    observed = datetime.now(UTC) - timedelta(days=fields.pop("days", 1))
    given: dict[str, Any] = {"currency": "GBP", "observed_at": observed, "code": f"{by}-{sku}", **fields}
    CompetitorPrice.objects.create(
        competitor=competitor, product=Product.objects.get(sku=sku), amount=amount, **given
    )


def client_of(house: House) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=house.clerk.id))
    return client


def rows(house: House, query: str) -> list[dict[str, Any]]:
    return list(client_of(house).get(f"/prices/rows/?{query}").json()["rows"])


def test_column_is_hidden_until_it_is_asked_for(house: House) -> None:
    seen("A", "3.50")
    assert "market" not in rows(house, "q=A")[0]
    page = client_of(house).get("/prices/?columns=competitor").content.decode()
    assert 'value="competitor" checked' in page
    assert 'value="competitor" checked' not in client_of(house).get("/prices/").content.decode()


def test_lowest_fresh_price_with_its_date_and_count(house: House) -> None:
    seen("A", "3.50")
    seen("A", "3.20", by="SOUTH")
    seen("A", "1.00", by="OLD", days=40)
    cell = rows(house, "q=A&columns=competitor")[0]["market"]["BASE"]
    assert cell["amount"] == "3.20"
    assert cell["words"].startswith("Lowest of 2 competitors, newest seen ")
    assert rows(house, "q=B&columns=competitor")[0]["market"] == {}


def test_lists_have_it_in_their_currency_and_their_country(house: House) -> None:
    """A German list converts what is asked in pounds at the day's rate, and does not see shops of Great Britain."""
    a_rate("GBP", "EUR", "1.20")
    a_list("EU", kind="region", region=house.berlin.region, currency="EUR")
    a_list("NET", tax_included=False)
    seen("A", "3.00")
    Competitor.objects.create(code="BRITISH", name="BRITISH", country="GB")
    seen("A", "2.00", by="BRITISH")
    market = rows(house, "q=A&columns=competitor&lists=BASE&lists=EU&lists=NET")[0]["market"]
    assert {code: cell["amount"] for code, cell in market.items()} == {"BASE": "2.00", "EU": "3.60"}


def test_without_a_rate_there_is_no_figure(house: House) -> None:
    seen("A", "300", currency="JPY")
    assert rows(house, "q=A&columns=competitor")[0]["market"] == {}


def test_column_sorts_and_filters(house: House) -> None:
    a_rate("EUR", "GBP", "0.80")
    seen("A", "3.00")
    seen("C", "3.50", currency="EUR")
    assert [row["sku"] for row in rows(house, "sort=market:BASE")] == ["C", "A", "B"]
    assert [row["sku"] for row in rows(house, "sort=-market:BASE")] == ["A", "C", "B"]
    assert [row["sku"] for row in rows(house, "market=seen")] == ["A", "C"]
    assert [row["sku"] for row in rows(house, "sort=market:NOWHERE")] == ["A", "B", "C"]


def test_it_goes_along_in_a_file(house: House) -> None:
    seen("A", "3.20")
    text = client_of(house).get("/prices/?format=csv&columns=competitor&q=A").content.decode("utf-8-sig")
    head, line = text.splitlines()
    assert head.endswith("BASE competitor")
    assert line.endswith(",3.20")


def test_number_of_queries_does_not_grow_with_rows(house: House) -> None:
    seen("A", "3.20")
    client, path = client_of(house), "/prices/rows/?columns=competitor"
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for number in range(12):
        a_product(f"N{number}")
        seen(f"N{number}", "4.00")
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(many) == len(few)


def entered(house: House, formula: str, *skus: str, code: str = "BASE") -> dict[str, tuple[str, str]]:
    """SKU → (status, code) of a formula over cells."""
    body = {"draft": None, "formula": formula, "cells": [{"price_list": code, "sku": sku} for sku in skus]}
    answer = client_of(house).post("/prices/cells/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return {cell["sku"]: (cell["status"], cell["code"]) for cell in answer.json()["cells"]}


def drafted() -> dict[str, Decimal]:
    return dict(PriceChangeLine.objects.filter(change__state="draft").values_list("product__sku", "amount"))  # type: ignore[return-value]


def test_match_the_lowest_leaves_alone_what_nobody_was_seen_with(house: House) -> None:
    seen("A", "3.87")
    seen("C", "5.55")
    assert entered(house, "match lowest", "A", "B", "C") == {
        "A": ("taken", ""),
        "B": ("refused", "no_competitor"),
        "C": ("taken", ""),
    }
    assert drafted() == {"A": Decimal("3.87"), "C": Decimal("5.55")}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("competitor −1 %", "3.83"), ("竞品-0.05", "3.82"), ("Competitor - 1 % .99", "3.99"), ("match", "3.87")],
)
def test_beside_a_competitor(house: House, formula: str, expected: str) -> None:
    seen("A", "3.87")
    entered(house, formula, "A")
    assert drafted() == {"A": Decimal(expected)}


def test_the_list_keeps_its_ending(house: House) -> None:
    """Converted, matched, and ended as the list's prices end; an ending in the formula goes before it."""
    a_rate("GBP", "EUR", "1.20")
    a_list("EU", kind="region", region=house.berlin.region, currency="EUR", ends_in="0.95")
    seen("A", "3.87")
    entered(house, "match", "A", code="EU")
    assert drafted() == {"A": Decimal("4.95")}


def test_over_rest_what_was_left_alone_is_named(house: House) -> None:
    category = Category.objects.create(path="Tools")
    Product.objects.update(category=category)
    seen("A", "3.87")
    call = Caller("clerk")
    change = call.post("price-changes/", {"title": "x", "reason": "market", "lines": []}).json()
    answer = call.post(
        f"price-changes/{change['id']}/category/",
        {"category": "Tools", "price_list": "BASE", "formula": "match lowest"},
    ).json()
    assert [line["amount"] for line in answer["lines"]] == ["3.87"]
    assert answer["not_taken"] == [
        {"sku": sku, "price_list": "BASE", "code": "no_competitor"} for sku in ("B", "C")
    ]
