"""Exchange rates: one by one, many at once and in SQL give the same; missing and stale are never 1."""

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from catalog import actions, queries
from catalog.queries import MissingRate, StaleRate
from catalog.rules.exchange import resolve_rate
from catalog.sql import rates_cte
from lib.faults import Faults
from tests.catalog.builders import SETUP

ECB = Path(settings.BASE_DIR) / "demo/data/ecb_eur_rates_1999_2026.csv.gz"
SMALL = "Date,USD,GBP,CNY,XYZ\n2024-06-03,1.0842,0.85,7.8571,\n2024-06-04,1.0865,N/A,7.8693,\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("base", "quote", "on", "rate"),
    [
        ("USD", "CNY", "2024-06-03", "7.246080059"),
        ("JPY", "CNY", "2024-06-03", "0.0461884884"),
        ("GBP", "USD", "2024-06-03", "1.2729087173"),
        ("GBP", "CNY", "2011-12-09", "9.9419797222"),
    ],
)
def test_oracle_rates_through_eur(base: str, quote: str, on: str, rate: str) -> None:
    lines = gzip.decompress(ECB.read_bytes()).decode().splitlines()
    text = "\n".join([lines[0], *(line for line in lines if line.startswith(on))])
    actions.import_ecb(actor=SETUP, text=text)
    found = queries.exchange_rate(base, quote, date.fromisoformat(on))
    assert abs(found.rate - Decimal(rate)) < Decimal("1e-8")
    assert found.path == "via EUR"


@pytest.mark.django_db
def test_import_takes_what_is_there_and_replays_unchanged() -> None:
    assert actions.import_ecb(actor=SETUP, text=SMALL).created == 5
    assert actions.import_ecb(actor=SETUP, text=SMALL).unchanged == 5
    assert queries.exchange_rate("EUR", "GBP", date(2024, 6, 5)).on == date(2024, 6, 3)


@pytest.mark.django_db
def test_import_names_every_fault_by_line_and_column() -> None:
    with pytest.raises(Faults) as refused:
        actions.import_ecb(actor=SETUP, text="Date,USD,QQQ\n2024-13-01,1.1,2\n2024-06-03,abc,\n")
    places = [(fault.pointer, fault.code) for fault in refused.value.faults]
    assert ("/2/USD", "not_a_date") in places
    assert ("/2/QQQ", "unknown_currency") in places
    assert ("/3/USD", "not_a_number") in places


@pytest.mark.django_db
def test_a_weekend_takes_friday_never_monday() -> None:
    actions.upsert_exchange_rates(
        actor=SETUP,
        rows=[
            {"base": "EUR", "quote": "USD", "rate": "1.0898", "on": "2024-06-07"},
            {"base": "EUR", "quote": "USD", "rate": "1.0756", "on": "2024-06-10"},
        ],
    )
    found = queries.exchange_rate("EUR", "USD", date(2024, 6, 8))
    assert (found.rate, found.on, found.path) == (Decimal("1.0898"), date(2024, 6, 7), "direct")


@pytest.mark.django_db
def test_missing_and_stale_are_refused() -> None:
    actions.upsert_exchange_rates(
        actor=SETUP, rows=[{"base": "EUR", "quote": "USD", "rate": "1.08", "on": "2024-06-03"}]
    )
    assert queries.exchange_rate("USD", "EUR", date(2024, 6, 10)).path == "inverse"
    with pytest.raises(StaleRate):
        queries.exchange_rate("USD", "EUR", date(2024, 6, 11))
    with pytest.raises(MissingRate):
        queries.exchange_rate("USD", "GBP", date(2024, 6, 3))
    with pytest.raises(MissingRate):
        queries.exchange_rate("EUR", "USD", date(2024, 6, 2))


@pytest.mark.django_db
def test_sql_and_many_at_once_agree_with_one_by_one() -> None:
    actions.import_ecb(actor=SETUP, text=SMALL)
    pairs = [(b, q) for b in ("EUR", "USD", "GBP", "CNY", "JPY") for q in ("EUR", "USD", "GBP", "CNY")]
    on = date(2024, 6, 5)
    listed = ", ".join(f"('{b}', '{q}', date '{on}')" for b, q in pairs)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {rates_cte(f'SELECT * FROM (VALUES {listed}) v(base, quote, asked_on)')} SELECT * FROM rates"
        )
        by_sql = {(row[0], row[1]): (row[3], row[4]) for row in cursor.fetchall()}
    many = queries.exchange_rates(pairs, on)
    for pair in pairs:
        try:
            one = queries.exchange_rate(*pair, on)
            assert many[pair] == one
            assert by_sql[pair] == (one.rate, one.on)
        except MissingRate:
            assert isinstance(many[pair], MissingRate)
            assert by_sql[pair][0] is None


@given(st.decimals("0.0001", "100000", places=10))
def test_there_and_back_is_one(rate: Decimal) -> None:
    on = date(2024, 6, 3)
    stored = {("EUR", "USD"): (rate, on)}
    there = resolve_rate("EUR", "USD", on, lambda b, q: stored.get((b, q))).rate
    back = resolve_rate("USD", "EUR", on, lambda b, q: stored.get((b, q))).rate
    assert abs(there * back - 1) <= rate * Decimal("1e-18")


@pytest.mark.django_db
def test_equal_currencies_are_refused_as_a_rate() -> None:
    with pytest.raises(Faults) as refused:
        actions.upsert_exchange_rates(
            actor=SETUP, rows=[{"base": "EUR", "quote": "EUR", "rate": "1", "on": "2024-06-03"}]
        )
    assert refused.value.faults[0].code == "same_currency"
