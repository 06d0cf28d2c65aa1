"""A year of a real shop through the file feed gives the totals of the data set (dataset anchors or-clean-sales,
or-top10-amount), which were computed elsewhere.
"""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from catalog.actions import upsert_products, upsert_sites
from demo.rules import PRODUCT_CODE
from demo.steps.source import SALES_FILE
from feeds.models import QuarantineRow, Stream
from sales.models import SaleLine
from tests.demo.test_source import TOP
from tests.feeds.builders import SET_UP, applied

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ROWS, UNITS, AMOUNT = 527_725, 5_576_996, Decimal("10271034.61")


def clean_sales() -> Iterator[list[str]]:
    """Rows of the source file that sell goods: no credit note, quantity and price above zero, a product's code."""
    is_product = re.compile(PRODUCT_CODE)
    with gzip.open(SALES_FILE, "rt", encoding="utf8", newline="") as file:
        for row in csv.DictReader(file):
            sku = row["StockCode"].upper()
            is_credit = row["InvoiceNo"].startswith("C")
            if is_credit or int(row["Quantity"]) <= 0 or Decimal(row["UnitPrice"]) <= 0:
                continue
            if is_product.search(row["StockCode"]):
                at = row["InvoiceDate"].replace(" ", "T") + "+00:00"
                yield [row["InvoiceNo"], sku, row["Quantity"], at, row["UnitPrice"], "WEB"]


def test_a_year_of_sales_by_file_gives_the_data_sets_totals() -> None:
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "Store"])
    skus = set()
    for row in clean_sales():
        skus.add(row[1])
        out.writerow(row)
    products = [{"sku": sku, "name": sku, "category": "Goods", "unit": "pcs"} for sku in sorted(skus)]
    upsert_products(actor=SET_UP, rows=products)
    site = {"code": "WEB", "name": "Web", "kind": "online", "region": "UK", "country": "GB"}
    upsert_sites(actor=SET_UP, rows=[{**site, "timezone": "Europe/London", "currency": "GBP"}])

    delivery = applied(text.getvalue().encode(), "sales")

    assert (delivery.accepted, delivery.rejected) == (ROWS, 0), QuarantineRow.objects.first()
    amount = Sum(F("quantity") * F("unit_price"))
    total = SaleLine.objects.aggregate(units=Sum("quantity"), amount=amount)
    assert (int(total["units"]), round(total["amount"], 2)) == (UNITS, AMOUNT)
    top = SaleLine.objects.values_list("product__sku").annotate(amount=amount).order_by("-amount")[:10]
    assert {sku: float(round(amount, 2)) for sku, amount in top} == TOP
    until = Stream.objects.get(feed__name="sales").complete_to
    assert until is not None and until.isoformat() == "2011-12-09T12:50:00+00:00"
