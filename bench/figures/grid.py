"""The price grid over 100,000 products: its page with the first rows, and a paste of 5,000 cells.

Both run in a process of their own (`python -m bench.figures.grid`), through Django's whole stack of middleware, views
and templates, as the owner of the instance's database, in one transaction that is rolled back.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.apart import measured_apart
from bench.instance import Instance
from bench.registry import Measured, figure

PRODUCTS = 100_000
PASTED = 5_000
ROUNDS = 3
PAGE_WITHIN_S = 1.0
PASTE_WITHIN_S = 2.0
COMPETITORS = 2
LISTS = (("GRID-BASE", "base", 100), ("GRID-DEAR", "base", 110), ("GRID-SALE", "promotion", 90))


@figure("grid_first_rows_s", unit="s", goal=1.0, better="lower")
def grid_first_rows(instance: Instance) -> Measured:
    """The grid's page with its first 100 rows in it, over 100,000 products, against one second."""
    return measured_apart(instance, "bench.figures.grid", "page", INSECURE_LOCAL="1")


@figure("grid_paste_5000_s", unit="s", goal=1.0, better="lower")
def grid_paste(instance: Instance) -> Measured:
    """5,000 pasted cells taken into a draft, judged by every guardrail, and answered, against two seconds."""
    return measured_apart(instance, "bench.figures.grid", "paste", INSECURE_LOCAL="1")


# -- in the process of its own ---------------------------------------------------------------------------------------


def _data(cursor: Any) -> None:
    """100,000 products in the categories there are, each with a cost, a price in three lists, and two competitors'."""
    from pricing.models import PriceChange

    cursor.execute(
        "WITH c AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS of"
        " FROM catalog_category) INSERT INTO catalog_product"
        " (sku, name, category_id, unit, barcode, status, tax_class, net_content_unit, abc_class)"
        " SELECT 'GRID-' || lpad(k::text, 6, '0'), 'Grid product ' || k, c.id, 'pcs', '', 'active', 'standard', '', ''"
        " FROM generate_series(1, %s) AS s (k) LEFT JOIN c ON c.n = k %% c.of",
        [PRODUCTS],
    )
    cursor.execute("SELECT currency FROM pricing_pricelist WHERE kind = 'base' ORDER BY id LIMIT 1")
    (currency,) = cursor.fetchone()
    cursor.execute(
        "INSERT INTO catalog_unitcost (product_id, amount, currency, valid_from)"
        " SELECT id, 3, %s, '2020-01-01' FROM catalog_product WHERE sku LIKE 'GRID-%%'",
        [currency],
    )
    change_id = PriceChange.objects.create(title="bench", state=PriceChange.State.APPLIED).pk
    for code, kind, percent in LISTS:
        cursor.execute(
            "INSERT INTO pricing_pricelist (code, name, currency, kind, priority, tax_included, exclusive)"
            " VALUES (%s, %s, %s, %s, -9, true, false) RETURNING id",
            [code, code, currency, kind],
        )
        cursor.execute(
            "INSERT INTO pricing_price (price_list_id, product_id, min_quantity, currency, amount, valid, known,"
            " known_from, price_change_id, event_id) SELECT %s, p.id, 1, %s, round((8 + p.id %% 40) * %s / 100.0, 2),"
            " tstzrange('2021-01-01', NULL), tstzrange(now(), NULL), now(), %s, 0 FROM catalog_product p"
            " WHERE p.sku LIKE 'GRID-%%'",
            [*cursor.fetchone(), currency, percent, change_id],
        )
    cursor.execute(
        "INSERT INTO pricing_competitor (code, name, country) SELECT 'GRID-' || k, 'Grid ' || k, ''"
        " FROM generate_series(1, %s) AS s (k)",
        [COMPETITORS],
    )
    cursor.execute(
        "INSERT INTO pricing_competitorprice (competitor_id, product_id, code, sku, gtin, amount, currency,"
        " is_tax_included, is_promotion, source, observed_at) SELECT k.id, p.id, '', p.sku, '',"
        " 7 + (p.id * k.id) %% 30, %s, true, false, '', now() - interval '1 day' FROM catalog_product p"
        " CROSS JOIN pricing_competitor k WHERE p.sku LIKE 'GRID-%%' AND k.code LIKE 'GRID-%%'",
        [currency],
    )
    cursor.execute("ANALYZE catalog_product, catalog_unitcost, pricing_price, pricing_competitorprice")


def _client() -> Any:
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(get_user_model().objects.get(username="admin"))
    return client


def _timed(work: Callable[[], Any]) -> float:
    began_s = time.perf_counter()
    answer = work()
    taken_s = time.perf_counter() - began_s
    assert answer.status_code == 200, answer.content[:500]
    return taken_s


def _page(client: Any) -> dict[str, Any]:
    shown = "/prices/?" + "&".join(f"lists={code}" for code, _kind, _percent in LISTS)
    ways = {"by SKU": "", "searched": "&q=product+77", "by price": "&sort=-price:GRID-DEAR"}
    ways |= {
        "with competitors": "&columns=competitor",
        "by competitor": "&columns=competitor&sort=market:GRID-BASE",
    }
    client.get(shown)
    taken = {
        way: statistics.median(_timed(partial(client.get, shown + more)) for _round in range(ROUNDS))
        for way, more in ways.items()
    }
    note = ", ".join(f"{way} {seconds:.2f} s" for way, seconds in taken.items())
    return {"value": max(taken.values()), "limit": PAGE_WITHIN_S, "note": f"the slowest of: {note}"}


def _paste(client: Any) -> dict[str, Any]:
    from django.db import transaction

    cells = [
        {"price_list": "GRID-BASE", "sku": f"GRID-{number:06}", "typed": f"{12 + number % 40}.49"}
        for number in range(1, PASTED + 1)
    ]
    body = json.dumps({"draft": None, "cells": cells})
    taken = []
    client.get("/prices/?q=GRID-000001")  # a server has its modules loaded
    for _round in range(ROUNDS):
        mark = transaction.savepoint()
        taken.append(_timed(lambda: client.post("/prices/cells/", body, content_type="application/json")))
        transaction.savepoint_rollback(mark)
    return {
        "value": statistics.median(taken),
        "limit": PASTE_WITHIN_S,
        "note": f"median of {ROUNDS}, one POST",
    }


def main(name: str) -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        _data(cursor)
        print(json.dumps({"page": _page, "paste": _paste}[name](_client())))
        transaction.set_rollback(True)


if __name__ == "__main__":
    main(sys.argv[1])
