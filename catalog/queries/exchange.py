"""Exchange rates: the one that counts for a pair on a day, one by one and for many pairs."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.models import ExchangeRate
from catalog.queries.products import plain
from catalog.rules.exchange import LIMIT_DAYS, MissingRate, Rate, StaleRate, resolve_rate


def exchange_rate(base: str, quote: str, on: date, limit_days: int = LIMIT_DAYS) -> Rate:
    """1 `base` in `quote` on `on`: direct, else inverse, else through EUR; see `catalog.rules.exchange`.

    Raises MissingRate or StaleRate. Up to 6 queries, none for a pair of equal currencies.
    """
    return resolve_rate(base, quote, on, lambda b, q: _newest(b, q, on), limit_days)


def exchange_rates(
    pairs: Collection[tuple[str, str]], on: date, limit_days: int = LIMIT_DAYS
) -> dict[tuple[str, str], Rate | MissingRate | StaleRate]:
    """Pair → its rate on `on`, or the exception that `exchange_rate` would raise. 1 query."""
    currencies = {currency for pair in pairs for currency in pair} | {"EUR"}
    newest = (
        ExchangeRate.objects.filter(base__in=currencies, quote__in=currencies, on__lte=on)
        .order_by("base", "quote", "-on")
        .distinct("base", "quote")
    )
    stored: dict[tuple[str, str], tuple[Decimal, date]] = {
        (base, quote): (rate, found_on)
        for base, quote, rate, found_on in newest.values_list("base", "quote", "rate", "on")
    }
    answers: dict[tuple[str, str], Rate | MissingRate | StaleRate] = {}
    for base, quote in pairs:
        try:
            answers[base, quote] = resolve_rate(base, quote, on, lambda b, q: stored.get((b, q)), limit_days)
        except (MissingRate, StaleRate) as error:
            answers[base, quote] = error
    return answers


def _newest(base: str, quote: str, on: date) -> tuple[Decimal, date] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT rate, "on" FROM catalog_exchangerate WHERE base = %s AND quote = %s AND "on" <= %s'
            ' ORDER BY "on" DESC LIMIT 1',
            [base, quote, on],
        )
        row: tuple[Decimal, date] | None = cursor.fetchone()
    return row


def exchange_rate_rows(rates: Iterable[ExchangeRate]) -> list[dict[str, Any]]:
    """Stored rates with the fields they are posted with. No query."""
    return [
        {"base": rate.base, "quote": rate.quote, "rate": plain(rate.rate), "on": rate.on.isoformat()}
        for rate in rates
    ]
