"""Many prices at once, against bare SQL on the same rows: 100,000 products, 600,000 price rows in three lists.

Each figure runs in a process of its own (`python -m bench.figures.quotes NAME`), in one transaction that is rolled back.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bench.apart import measured_apart
from bench.instance import Instance
from bench.price_data import made_prices
from bench.registry import Measured, figure

PRODUCTS = 100_000
IN_FULL = 30_000
ROUNDS = 5
#: Tuples ask about any day of six years, so that half of them meet the old row.
FIRST_DAY = datetime(2020, 1, 1, 12, tzinfo=UTC)
DAYS = 2190


@figure("quotes_set_based_per_s", unit="prices/s", goal=1.0)
def quotes_set_based(instance: Instance) -> Measured:
    """The price that applies, its list and change, of 100,000 (product, site, channel, time), against three LATERAL
    index look-ups for each, fetched to Python without deciding between them."""
    return measured_apart(instance, __name__, "bulk")


@figure("quotes_in_full_per_s", unit="quotes/s", goal=0.1)
def quotes_in_full(instance: Instance) -> Measured:
    """30,000 quotes as REST gives them (net, tax, unit price, steps, reference prices), against the same look-ups."""
    return measured_apart(instance, __name__, "full")


LATERAL = (
    """
SELECT t.id, {columns} FROM unnest(%(products)s::bigint[], %(moments)s::timestamptz[]) AS t (id, at)
""".format(columns=", ".join(f"{n}.price_list_id, {n}.amount, {n}.price_change_id" for n in "brp"))
    + "".join(
        f"""
  LEFT JOIN LATERAL (SELECT price_list_id, amount, price_change_id FROM pricing_price WHERE product_id = t.id
    AND price_list_id = %({name})s AND min_quantity <= 1 AND valid @> t.at AND upper_inf(known)
    ORDER BY min_quantity DESC LIMIT 1) {name[0]} ON true"""
        for name in ("base", "region", "promotion")
    )
)


def _array(values: list[Any]) -> str:
    """One literal: an ARRAY[…] expression of so many elements would cost the bare query a quarter of its time."""
    return "{" + ",".join(map(str, values)) + "}"


def _rates(count: int, bare: Callable[[], Any], ours: Callable[[], Any]) -> dict[str, Any]:
    """Both in turn, so that other load meets both; the values of the round with the middle ratio."""
    rounds = []
    for _round in range(ROUNDS):
        taken = []
        for work in (bare, ours):
            began_s = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began_s)
        rounds.append((taken[0] / taken[1], count / taken[1], count / taken[0]))
    middle = statistics.median_low([one[0] for one in rounds])
    _ratio, value, limit = next(one for one in rounds if one[0] == middle)
    return {"value": value, "limit": limit}


def _bulk(cursor: Any, made: dict[str, Any]) -> dict[str, Any]:
    from lib.actors import system
    from pricing.queries.bulk_prices import PriceAsked, bulk_prices

    dice = Random(7)
    products = made["products"]
    dice.shuffle(products)
    moments = [FIRST_DAY + timedelta(days=dice.randrange(DAYS)) for _product in products]
    asked = [PriceAsked(pk, made["site"], "", at) for pk, at in zip(products, moments, strict=True)]
    rows: list[Any] = []
    prices: list[Any] = []

    def bare() -> None:
        cursor.execute(LATERAL, {**made, "products": _array(products), "moments": _array(moments)})
        rows[:] = cursor.fetchall()

    def ours() -> None:
        prices[:] = bulk_prices(asked, actor=system("bench"))

    found = _rates(len(asked), bare, ours)
    # The promotion lies below the other two everywhere, so it must be what is answered.
    assert {row[0]: row[8:10] for row in rows} == {
        one.product_id: (price.amount, price.price_change_id)
        for one, price in zip(asked, prices, strict=True)
    }
    assert all(price.price_list == "BENCH-promotion" for price in prices)
    note = f"{len(asked):,} tuples over {DAYS:,} days, {PRODUCTS * 6:,} rows; middle of {ROUNDS} rounds"
    return {**found, "note": note}


def _full(cursor: Any, made: dict[str, Any]) -> dict[str, Any]:
    from lib import clock
    from lib.actors import system
    from pricing.queries.quotes import QuoteLine, quote_lines

    lines = [QuoteLine(f"BENCH-{number}", made["site"]) for number in range(1, IN_FULL + 1)]
    products = made["products"][:IN_FULL]

    def bare() -> None:
        moments = _array([clock.now()] * IN_FULL)
        cursor.execute(LATERAL, {**made, "products": _array(products), "moments": moments})
        cursor.fetchall()

    found = _rates(IN_FULL, bare, lambda: quote_lines(lines, actor=system("bench")))
    return {**found, "note": f"{IN_FULL:,} lines, {PRODUCTS * 6:,} rows; middle of {ROUNDS} rounds"}


def main(name: str) -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        made = made_prices(cursor, PRODUCTS)
        print(json.dumps({"bulk": _bulk, "full": _full}[name](cursor, made)))
        transaction.set_rollback(True)


if __name__ == "__main__":
    main(sys.argv[1])
