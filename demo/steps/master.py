"""Master data: sites and what they belong to, products out of the source's words, costs, taxes, exchange rates."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.utils import CursorWrapper

from catalog import actions
from catalog.rules.barcodes import in_store_barcode
from demo import retailer
from demo.rules import FIRST_AT, number_of
from demo.steps.source import RATES_FILE, Plan
from lib.actors import Actor
from lib.money import round_money

SIMULATED = "demo: simulated"
NET_OF_TAX = Decimal("1.2")


def load_sites(actor: Actor) -> None:
    """Legal entities, channels, suppliers, tax rates, sites; the regions get their names."""
    actions.upsert_legal_entities(actor=actor, rows=retailer.LEGAL_ENTITIES)
    actions.upsert_customer_groups(actor=actor, rows=retailer.CUSTOMER_GROUPS)
    actions.upsert_channels(actor=actor, rows=retailer.CHANNELS)
    actions.upsert_suppliers(actor=actor, rows=retailer.SUPPLIERS)
    actions.upsert_tax_rates(actor=actor, rows=retailer.TAX_RATES, reason="demo")
    actions.upsert_sites(actor=actor, rows=[seed.as_row() for seed in retailer.SITES], reason="demo")
    actions.name_regions(actor=actor, names=retailer.REGIONS)


def load_rates(actor: Actor, today: datetime) -> None:
    """The ECB's rates of the last years, and the last one carried to today where the file ends earlier."""
    with gzip.open(RATES_FILE, "rt", encoding="utf-8") as file:
        text = file.read()
    since = (today - timedelta(days=3 * 365)).date()
    actions.import_ecb(actor=actor, text=text, since=since, reason="demo: ECB reference rates")
    header, *_rest, last = text.strip().splitlines()
    last_on = datetime.fromisoformat(last.split(",")[0]).date()
    rates = [pair for pair in zip(header.split(",")[1:], last.split(",")[1:], strict=True) if pair[1]]
    carried = [
        {"base": "EUR", "quote": currency, "rate": rate, "on": (last_on + timedelta(days=day)).isoformat()}
        for day in range(1, (today.date() - last_on).days + 1)
        for currency, rate in rates
        if (last_on + timedelta(days=day)).isoweekday() <= 5
    ]
    actions.upsert_exchange_rates(
        actor=actor,
        rows=carried,
        source="simulated",
        reason="demo: simulated, the file's last rates carried on",
    )


def load_products(actor: Actor, cursor: CursorWrapper, plan: Plan) -> int:
    """Every product code of the source, with the name most of its sales lines give; how many.

    Net content is unknown. Barcodes are in-store ones (GTIN-13, prefix 20). `demo_products` maps SKU to id and holds
    the middle price (GBP, tax included; null when it never had one). Its net cost is a share of 35 to 65 % of that
    price without tax, by a hash.
    """
    cursor.execute(
        """
        CREATE TEMPORARY TABLE demo_names ON COMMIT DROP AS
        SELECT DISTINCT ON (sku) sku, name FROM (
            SELECT sku, name, count(*) FILTER (WHERE price > 0) AS lines, count(*) AS remarks
              FROM demo_goods WHERE name IS NOT NULL AND name <> '' GROUP BY sku, name) n
         ORDER BY sku, lines DESC, (name = upper(name)) DESC, remarks DESC, name
        """
    )
    cursor.execute(
        """
        SELECT g.sku, coalesce(n.name, g.sku), g.price, g.last_at
          FROM (SELECT sku, percentile_disc(0.5) WITHIN GROUP (ORDER BY price)
                           FILTER (WHERE price > 0 AND quantity > 0) AS price, max(at) AS last_at
                  FROM demo_goods GROUP BY sku) g
          LEFT JOIN demo_names n USING (sku) ORDER BY g.sku
        """
    )
    found = cursor.fetchall()
    actions.upsert_products(actor=actor, rows=list(_product_rows(found)), reason="demo")
    valid_from = (FIRST_AT + plan.shift - timedelta(days=30)).replace(hour=0, minute=0, tzinfo=UTC)
    costs = [
        {"sku": sku, "amount": str(_cost(sku, price)), "currency": retailer.HOME, "valid_from": valid_from}
        for sku, _name, price, _last in found
        if price is not None
    ]
    actions.upsert_unit_costs(actor=actor, rows=costs, reason=SIMULATED)
    cursor.execute(
        "CREATE TEMPORARY TABLE demo_products ON COMMIT DROP AS SELECT p.sku, p.id AS product_id, c.amount AS cost"
        " FROM catalog_product p LEFT JOIN catalog_unitcost c ON c.product_id = p.id"
        " WHERE p.sku IN (SELECT sku FROM demo_goods)"
    )
    cursor.execute("ANALYZE demo_products")
    return len(found)


def _product_rows(found: list[Any]) -> Iterator[dict[str, Any]]:
    latest = max(last for *_others, last in found)
    for number, (sku, name, price, last) in enumerate(found, start=1):
        status = "active"
        if price is None:
            status = "ended"
        elif latest - last > timedelta(days=180):
            status = "phasing_out"
        yield {
            "sku": sku,
            "name": " ".join(name.split()),
            "category": _category(name.upper()),
            "unit": "pcs",
            "barcode": in_store_barcode(number),
            "status": status,
        }


def _category(name: str) -> str:
    for words, path in retailer.CATEGORIES:
        if any(word in name for word in words.split("|")):
            return path
    return retailer.OTHER


def _cost(sku: str, price: Decimal) -> Decimal:
    share = Decimal(35 + number_of(f"cost {sku}", 31)) / 100
    return max(round_money(price / NET_OF_TAX * share, retailer.HOME), Decimal("0.01"))
