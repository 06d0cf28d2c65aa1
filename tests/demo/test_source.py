"""The demo's parse gives the totals of the data set, computed elsewhere with pandas (dataset anchors)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from demo.rules import PRODUCT_CODE
from demo.steps.source import Plan, read_source

CLEAN = f"invoice NOT LIKE 'C%%' AND quantity > 0 AND price > 0 AND code ~ '{PRODUCT_CODE}'".replace(
    "%%", "%"
)
TOP = {
    "22423": 174484.74,
    "23843": 168469.60,
    "85123A": 106471.28,
    "47566": 99504.33,
    "85099B": 94340.05,
    "23166": 81700.92,
    "23084": 66964.99,
    "22086": 64952.29,
    "84879": 59094.93,
    "79321": 54117.76,
}


@pytest.fixture(scope="module")
def parsed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            read_source(cursor, Plan(0))

            def ask(sql: str) -> tuple[Any, ...]:
                cursor.execute(sql)
                return tuple(cursor.fetchall()) if "GROUP BY" in sql else tuple(cursor.fetchone())

            yield ask
        transaction.set_rollback(True)


def test_totals(parsed: Any) -> None:
    rows, units, amount, invoices, codes, folded = parsed(
        "SELECT count(*), sum(quantity), sum(quantity * price), count(DISTINCT invoice), count(DISTINCT code),"
        " count(DISTINCT upper(code)) FROM demo_raw"
    )
    assert (rows, units, invoices) == (541_909, 5_176_450, 25_900)
    assert float(amount) == pytest.approx(9_747_747.934, abs=0.01)
    assert (codes, folded) == (4_070, 3_958)


def test_write_offs(parsed: Any) -> None:
    where = "price = 0 AND quantity < 0 AND invoice NOT LIKE 'C%'"
    assert parsed(f"SELECT count(*), sum(quantity) FROM demo_raw WHERE {where}") == (1_336, -206_957)


def test_clean_sales(parsed: Any) -> None:
    rows, units, amount = parsed(
        f"SELECT count(*), sum(quantity), sum(quantity * price) FROM demo_raw WHERE {CLEAN}"
    )
    assert (rows, units) == (527_725, 5_576_996)
    assert float(amount) == pytest.approx(10_271_034.61, abs=0.01)


def test_lines_of_goods_and_others(parsed: Any) -> None:
    assert parsed("SELECT count(*), count(DISTINCT sku) FROM demo_goods") == (541_909 - 2_995, 3_926)


def test_top_ten(parsed: Any) -> None:
    found = parsed(
        f"SELECT upper(code), sum(quantity * price) FROM demo_raw WHERE {CLEAN} GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
    )
    assert {sku: float(amount) for sku, amount in found} == pytest.approx(TOP, abs=0.01)
