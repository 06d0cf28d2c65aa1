"""Sales of the same goods on the same day from many tills at once."""

import threading
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connections, transaction

from sales.actions import SaleRow, record_sales
from sales.models import DailyFact, SaleLine
from tests.catalog.builders import product, site

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def sell(site_id: int, products: list[int], barrier: threading.Barrier) -> None:
    try:
        barrier.wait(5)
        for number in range(10):
            lines = [SaleRow(site_id, p, Decimal(1), Decimal(2), "GBP", AT, "R", number) for p in products]
            with transaction.atomic():
                record_sales(lines)
    finally:
        connections.close_all()


def test_facts_stay_the_sum_of_the_lines(cloned_db: str) -> None:
    site_id = site().pk
    products = [product(sku=f"P-{n}").pk for n in range(5)]
    barrier = threading.Barrier(4)
    ways = [products, products[::-1], products, products[::-1]]
    threads = [threading.Thread(target=sell, args=(site_id, way, barrier)) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert SaleLine.objects.count() == 200
    assert list(DailyFact.objects.order_by("product_id").values_list("units_sold", flat=True)) == [40] * 5
