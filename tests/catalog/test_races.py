"""Two lists at once."""

import threading
from typing import Any

from django.db import connections

from catalog import actions
from catalog.models import Product
from tests.catalog.builders import SETUP, product_row


def race(rows: list[dict[str, Any]], outcomes: list[Any], barrier: threading.Barrier) -> None:
    try:
        barrier.wait(5)
        outcomes.append(actions.upsert_products(actor=SETUP, rows=rows))
    finally:
        connections.close_all()


def test_two_lists_at_once_in_opposite_order(cloned_db: str) -> None:
    rows = [product_row(sku=f"R-{n:03}", category=f"C / {n % 7}") for n in range(200)]
    outcomes: list[Any] = []
    barrier = threading.Barrier(2)
    threads = [
        threading.Thread(target=race, args=(way, outcomes, barrier)) for way in (rows, list(reversed(rows)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(counts.created for counts in outcomes) == 200
    assert sum(counts.unchanged for counts in outcomes) == 200
    assert Product.objects.count() == 200
