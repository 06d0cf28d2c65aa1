"""Prices: one quote over REST, and placing a large change against bare SQL on the same rows.

Placing runs in a process of its own (`python -m bench.figures.pricing NAME`) as the owner of the instance's database, in
one transaction that is rolled back: 60,000 products with 360,000 price rows in three lists.
"""

import json
import resource
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from bench.apart import measured_apart
from bench.instance import Instance
from bench.price_data import made_prices
from bench.registry import Measured, figure

PRODUCTS = 60_000
PLACED = 50_000
ROUNDS = 3
ALLOWED_MS = 15.0
ALLOWED_MIB = 300.0


@figure("price_lines_placed_per_s", unit="lines/s", goal=0.5)
def lines_placed(instance: Instance) -> Measured:
    """Approving a change of 50,000 lines (locks, base check, content hash, rows, event with digests) against closing and
    inserting as many rows."""
    return measured_apart(instance, __name__, "placing")


@figure("price_lines_placed_mib", unit="MiB", goal=1.0, better="lower")
def lines_placed_memory(instance: Instance) -> Measured:
    """The most memory the process ever held while it approved 50,000 lines, libraries included, against 300 MiB."""
    return measured_apart(instance, __name__, "memory")


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


def _staged_change(cursor: Any, made: dict[str, Any]) -> Any:
    """A change of PLACED lines that waits for approval, written against the rows in force."""
    from pricing.models import PriceChange
    from pricing.queries.contents import content_hash

    made["some"] = made["products"][:PLACED]
    change = PriceChange.objects.create(title="bench", state=PriceChange.State.PENDING, line_count=PLACED)
    made["change"] = change.pk
    cursor.execute(
        "INSERT INTO pricing_pricechangeline (change_id, position, price_list_id, product_id, min_quantity, amount,"
        " currency, base_ids) SELECT %(change)s, 0, p.price_list_id, p.product_id, 1, 7, p.currency, ARRAY[p.id]"
        " FROM pricing_price p WHERE p.price_list_id = %(base)s AND p.product_id = ANY(%(some)s)"
        " AND upper_inf(p.valid)",
        made,
    )
    cursor.execute("ANALYZE pricing_pricechangeline")
    change.content_hash = content_hash(change.pk)
    change.save()
    return change


def _approve(change: Any) -> None:
    from lib.actors import system
    from pricing.actions.settling import place_change

    place_change(change, system("bench"), reason="bench", policy="")


def _placing(cursor: Any, made: dict[str, Any]) -> dict[str, Any]:
    from django.db import transaction

    change = _staged_change(cursor, made)
    taken: list[tuple[float, float, float]] = []

    def bare() -> None:
        cursor.execute(BARE_CLOSE, made)
        assert cursor.rowcount == PLACED
        cursor.execute(BARE_INSERT, made)

    for _round in range(ROUNDS):
        seconds = []
        for work in (bare, lambda: _approve(change)):
            mark = transaction.savepoint()
            began_s = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - began_s)
            transaction.savepoint_rollback(mark)
        taken.append((seconds[0] / seconds[1], PLACED / seconds[1], PLACED / seconds[0]))
    _ratio, value, limit = sorted(taken)[len(taken) // 2]
    note = f"{PLACED:,} lines, each closes one row and inserts two; middle of {ROUNDS} rounds"
    return {"value": value, "limit": limit, "note": note}


def _memory(cursor: Any, made: dict[str, Any]) -> dict[str, Any]:
    change = _staged_change(cursor, made)
    before = _most_mib()
    _approve(change)
    note = f"{PLACED:,} lines; {before:.0f} MiB before the approval"
    return {"value": _most_mib(), "limit": ALLOWED_MIB, "note": note}


def _most_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(name: str) -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        made = made_prices(cursor, PRODUCTS)
        print(json.dumps({"memory": _memory, "placing": _placing}[name](cursor, made)))
        transaction.set_rollback(True)


if __name__ == "__main__":
    main(sys.argv[1])
