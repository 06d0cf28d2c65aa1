"""Prices: quotes in bulk and one by one, and placing a large change, each against bare SQL on the same rows.

The bulk figures run in a process of their own (`python -m bench.figures.pricing NAME`) as the owner of the instance's
database, in one transaction that is rolled back: 30,000 products with 180,000 price rows in three lists.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from bench.instance import Instance
from bench.registry import Measured, figure
from config.environment import BASE_DIR

PRODUCTS = 30_000
PLACED = 20_000
ROUNDS = 3
ALLOWED_MS = 15.0


def _measured_apart(instance: Instance, name: str) -> Measured:
    environment = {
        **os.environ,
        **instance.addresses,
        "DATA_DIR": str(instance.folder),
        "STEELYARD_AS_OWNER": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-W", "ignore", "-m", "bench.figures.pricing", name]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


@figure("quotes_set_based_per_s", unit="quotes/s", goal=0.7)
def quotes_set_based(instance: Instance) -> Measured:
    """30,000 quotes with tax, net and steps, against three LATERAL index look-ups each, fetched to Python."""
    return _measured_apart(instance, "quotes")


@figure("price_lines_placed_per_s", unit="lines/s", goal=0.5)
def lines_placed(instance: Instance) -> Measured:
    """Placing a change of 20,000 lines (locks, base check, digests) against closing and inserting as many rows."""
    return _measured_apart(instance, "placing")


@figure("quote_one_p50_ms", unit="ms", goal=1.0, better="lower")
def quote_one(instance: Instance) -> Measured:
    """One quote over REST, against a request that does SELECT 1 and 15 ms on top."""
    row = instance.call("GET", "/api/v1/prices/?page_size=1")["results"][0]
    site = instance.call("GET", "/api/v1/sites/")["results"][0]["code"]
    body = {"lines": [{"sku": row["sku"], "site": site}]}
    value = _p50_ms(lambda: instance.call("POST", "/api/v1/prices/quote/", body))
    bare = _p50_ms(lambda: urllib.request.urlopen(f"{instance.url}/healthz", timeout=10).read())
    return Measured(value, bare + ALLOWED_MS, f"p50 of 200; GET /healthz {bare:.1f} ms + {ALLOWED_MS:.0f} ms")


def _p50_ms(work: Callable[[], Any]) -> float:
    for _warm_up in range(20):
        work()
    taken = []
    for _number in range(200):
        began_s = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began_s)
    return statistics.median(taken) * 1000


# -- in the process of its own ---------------------------------------------------------------------------------------

LATERAL = """
SELECT t.id, b.amount, r.amount, p.amount FROM unnest(%(products)s) AS t (id)
""" + "".join(
    f"""
  LEFT JOIN LATERAL (SELECT amount FROM pricing_price WHERE product_id = t.id AND price_list_id = %({name})s
    AND min_quantity <= 1 AND valid @> %(at)s::timestamptz AND upper_inf(known)
    ORDER BY min_quantity DESC LIMIT 1) {name[0]} ON true"""
    for name in ("base", "region", "promotion")
)


def _data(cursor: Any) -> dict[str, Any]:
    """Products, three lists and two rows of each product in each: an old one and the one in force."""
    from pricing.models import PriceChange

    cursor.execute(
        "INSERT INTO catalog_product (sku, name, unit, barcode, status, tax_class, net_content_unit, abc_class)"
        " SELECT 'BENCH-' || n, 'Bench ' || n, 'pcs', '', 'active', 'standard', '', ''"
        " FROM generate_series(1, %s) n RETURNING id",
        [PRODUCTS],
    )
    made: dict[str, Any] = {"products": [row[0] for row in cursor.fetchall()]}
    cursor.execute("SELECT code, region_id FROM catalog_site ORDER BY id LIMIT 1")
    made["site"], region_id = cursor.fetchone()
    made["change"] = PriceChange.objects.create(title="bench", state=PriceChange.State.APPLIED).pk
    for kind, percent in (("base", 100), ("region", 105), ("promotion", 90)):
        cursor.execute(
            "INSERT INTO pricing_pricelist (code, name, currency, kind, region_id, priority, tax_included, exclusive)"
            " SELECT 'BENCH-' || %s, %s, currency, %s, CASE WHEN %s = 'region' THEN %s END, 999, true, false"
            " FROM catalog_site WHERE code = %s RETURNING id, currency",
            [kind, kind, kind, kind, region_id, made["site"]],
        )
        made[kind], made["currency"] = cursor.fetchone()
        cursor.execute(
            "INSERT INTO pricing_price (price_list_id, product_id, min_quantity, currency, amount, valid, known,"
            " known_from, price_change_id, event_id) SELECT %s, p.id, 1, %s, round((5 + p.id %% 40) * %s / 100.0, 2),"
            " v.valid, tstzrange(now(), NULL), now(), %s, 0 FROM unnest(%s) AS p (id) CROSS JOIN (VALUES"
            " (tstzrange('2020-01-01', '2021-01-01')), (tstzrange('2021-01-01', NULL))) AS v (valid)",
            [made[kind], made["currency"], percent, made["change"], made["products"]],
        )
    cursor.execute("ANALYZE catalog_product, pricing_price")
    return made


def _quotes(cursor: Any, made: dict[str, Any]) -> dict[str, Any]:
    from lib import clock
    from lib.actors import system
    from pricing.queries.quotes import QuoteLine, quote_lines

    lines = [QuoteLine(f"BENCH-{number}", made["site"]) for number in range(1, PRODUCTS + 1)]
    values, limits = [], []
    for _round in range(ROUNDS):
        began_s = time.perf_counter()
        cursor.execute(LATERAL, {**made, "at": clock.now()})
        bare = cursor.fetchall()
        limits.append(PRODUCTS / (time.perf_counter() - began_s))
        began_s = time.perf_counter()
        quotes = quote_lines(lines, actor=system("bench"))
        values.append(PRODUCTS / (time.perf_counter() - began_s))
    assert len(bare) == len(quotes) and all(quote.price_list == "BENCH-promotion" for quote in quotes)
    note = f"{PRODUCTS:,} lines, {PRODUCTS * 6:,} rows; medians of {ROUNDS}"
    return {"value": statistics.median(values), "limit": statistics.median(limits), "note": note}


BARE_CLOSE = """
UPDATE pricing_price SET known = tstzrange(lower(known), now() + interval '1 second'), closed_event_id = 0
 WHERE price_list_id = %(base)s AND product_id = ANY(%(some)s) AND upper_inf(known) AND upper_inf(valid)
"""
BARE_INSERT = """
INSERT INTO pricing_price (price_list_id, product_id, min_quantity, currency, amount, valid, known, known_from,
  price_change_id, event_id)
SELECT %(base)s, p.id, 1, %(currency)s, 7, v.valid, tstzrange(now() + interval '1 second', NULL),
       now() + interval '1 second', %(change)s, 0
  FROM unnest(%(some)s) AS p (id) CROSS JOIN (VALUES (tstzrange('2021-01-01', '2026-01-01')),
       (tstzrange('2026-01-01', NULL))) AS v (valid)
"""


def _placing(cursor: Any, made: dict[str, Any]) -> dict[str, Any]:
    from django.db import transaction

    from audit.actions import next_event_id
    from pricing.actions import placing

    made["some"] = made["products"][:PLACED]
    cursor.execute(
        "INSERT INTO pricing_pricechangeline (change_id, position, price_list_id, product_id, min_quantity, amount,"
        " currency, base_ids) SELECT %(change)s, 0, p.price_list_id, p.product_id, 1, 7, p.currency, ARRAY[p.id]"
        " FROM pricing_price p WHERE p.price_list_id = %(base)s AND p.product_id = ANY(%(some)s)"
        " AND upper_inf(p.valid)",
        made,
    )
    cursor.execute("ANALYZE pricing_pricechangeline")
    taken: dict[str, list[float]] = {"value": [], "limit": []}

    def place() -> None:
        placing.stage_change(made["change"])
        placing.lock_prices()
        now = placing.fix_spans()
        assert not placing.moved_lines()
        event_id = next_event_id()
        assert placing.place_staged(event_id, now).closed == PLACED
        placing.price_digests(event_id)

    def bare() -> None:
        cursor.execute(BARE_CLOSE, made)
        cursor.execute(BARE_INSERT, made)

    for _round in range(ROUNDS):
        for name, work in (("limit", bare), ("value", place)):
            mark = transaction.savepoint()
            began_s = time.perf_counter()
            work()
            taken[name].append(PLACED / (time.perf_counter() - began_s))
            transaction.savepoint_rollback(mark)
    note = f"{PLACED:,} lines, each closes one row and inserts two; medians of {ROUNDS}"
    return {**{name: statistics.median(rates) for name, rates in taken.items()}, "note": note}


def main(name: str) -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        made = _data(cursor)
        print(json.dumps({"quotes": _quotes, "placing": _placing}[name](cursor, made)))
        transaction.set_rollback(True)


if __name__ == "__main__":
    main(sys.argv[1])
