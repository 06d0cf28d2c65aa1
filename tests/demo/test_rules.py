"""Dates moved by whole weeks; numbers out of text, the same in SQL."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from demo.rules import LAST_AT, is_product, number_of, number_sql, shift_weeks


@given(st.datetimes(datetime(2012, 1, 1), datetime(2200, 1, 1)))
def test_the_last_line_lies_within_the_week_before_now(now: datetime) -> None:
    moved = LAST_AT + timedelta(weeks=shift_weeks(now))
    assert now - timedelta(weeks=1) < moved <= now
    assert moved.isoweekday() == LAST_AT.isoweekday()


@pytest.mark.parametrize(
    ("code", "goods"),
    [
        ("85123A", True),
        ("15056bl", True),
        ("22423", True),
        ("POST", False),
        ("M", False),
        ("gift_0001_20", False),
    ]
    + [("DCGS0003", False), ("BANK CHARGES", False), ("C2", False), ("8512", False)],
)
def test_codes_of_goods(code: str, goods: bool) -> None:
    assert is_product(code) is goods


@pytest.mark.django_db
def test_sql_gives_the_same_numbers() -> None:
    texts = ["536365", "C536379", "", "cost 85123A", "é"]
    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute(
                f"SELECT {number_sql('t', 100)} FROM (SELECT %s AS t) x".replace(" % 100", " %% 100"), [text]
            )
            assert cursor.fetchone()[0] == number_of(text, 100)
