"""Sale lines, the daily facts in step with them, and what is read from the facts."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from sales import queries
from sales.actions import SaleRow, record_sales, record_sales_from_temp
from sales.models import DailyFact, SaleLine
from tests.catalog.builders import product, site

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def ids() -> dict[str, int]:
    return {"site_id": site().pk, "product_id": product().pk}


def row(ids: dict[str, int], quantity: str = "2", price: str | None = "3.50", **changes: Any) -> SaleRow:
    values: dict[str, Any] = {
        "currency": "GBP",
        "sold_at": AT,
        "reference": "R-1",
        "movement_id": 7,
        **ids,
        **changes,
    }
    return SaleRow(quantity=Decimal(quantity), unit_price=None if price is None else Decimal(price), **values)


def test_lines_and_facts_are_written_together(ids: dict[str, int]) -> None:
    assert record_sales([row(ids), row(ids, "1", "3.00"), row(ids, "-1", "3.50")]) == 3
    fact = DailyFact.objects.get()
    assert (fact.units_sold, fact.units_returned, fact.lines) == (3, 1, 3)
    assert (fact.revenue, fact.lowest_price) == (Decimal("6.50"), Decimal("3.00"))


def test_a_second_posting_adds_to_the_same_day(ids: dict[str, int]) -> None:
    record_sales([row(ids)])
    record_sales([row(ids, "5", "2.00")])
    fact = DailyFact.objects.get()
    assert (fact.units_sold, fact.revenue, fact.lowest_price) == (7, 17, 2)
    assert SaleLine.objects.count() == 2


def test_the_day_is_the_sites_own(ids: dict[str, int]) -> None:
    far = site(code="SHA-1", region="CN", country="CN", currency="CNY", timezone="Asia/Shanghai").pk
    late = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    record_sales([row(ids, sold_at=late), row(ids, site_id=far, currency="CNY", sold_at=late)])
    days = dict(DailyFact.objects.values_list("site__code", "on"))
    assert days == {"LON-1": date(2026, 6, 1), "SHA-1": date(2026, 6, 2)}


def test_a_gift_and_an_untold_price_are_units_but_no_price(ids: dict[str, int]) -> None:
    record_sales([row(ids, "1", "0"), row(ids, "1", None)])
    fact = DailyFact.objects.get()
    assert (fact.units_sold, fact.revenue, fact.lowest_price) == (2, 0, None)


def test_the_set_based_way_gives_the_same(ids: dict[str, int]) -> None:
    lines = [row(ids), row(ids, "4", "1.25"), row(ids, "-2", "3.50")]
    record_sales(lines)
    one_by_one = list(
        DailyFact.objects.values("units_sold", "units_returned", "revenue", "lines", "lowest_price")
    )
    DailyFact.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE staged ON COMMIT DROP AS SELECT site_id, channel_id, product_id, quantity,"
            " unit_price, currency, sold_at, reference, movement_id, NULL::timestamptz AS recorded_at FROM sales_saleline"
        )
        assert record_sales_from_temp(cursor, "staged") == 3
    set_based = DailyFact.objects.values("units_sold", "units_returned", "revenue", "lines", "lowest_price")
    assert list(set_based) == one_by_one


def test_only_plain_table_names_are_taken() -> None:
    with connection.cursor() as cursor, pytest.raises(ValueError, match="not a table"):
        record_sales_from_temp(cursor, "x; DROP TABLE sales_saleline")
    assert record_sales([]) == 0


def test_queries_of_the_facts(ids: dict[str, int]) -> None:
    record_sales([row(ids), row(ids, "1", "3.00", sold_at=datetime(2026, 6, 3, 12, tzinfo=UTC))])
    product_id, site_id = ids["product_id"], ids["site_id"]
    since, until = date(2026, 6, 1), date(2026, 6, 3)
    assert queries.lowest_price_paid([product_id], None, since, until) == {
        (product_id, site_id): Decimal("3.50")
    }
    assert queries.lowest_price_paid([product_id], [], since, until) == {}
    assert queries.daily_units(site_id, product_id, 2, until) == [(since, 2), (date(2026, 6, 2), 0)]
    assert queries.units_sold([product_id], [site_id], since, date(2026, 6, 4)) == {product_id: 3}


def test_figures_of_a_day_by_currency(ids: dict[str, int]) -> None:
    berlin = site(code="BER-1", region="EU", country="DE", currency="EUR", timezone="Europe/Berlin").pk
    record_sales([row(ids), row(ids, "3", "2.00", site_id=berlin, currency="EUR")])
    figures = queries.figures_of_day(None, date(2026, 6, 1))
    assert [(f.currency, f.revenue, f.lines) for f in figures] == [("EUR", 6, 1), ("GBP", 7, 1)]
    assert queries.figures_of_day([ids["site_id"]], date(2026, 6, 1))[0].units_sold == 2
    assert queries.daily_revenue(None, "GBP", 1, date(2026, 6, 2)) == [(date(2026, 6, 1), 7)]
    assert queries.latest_day(None) == date(2026, 6, 1)
