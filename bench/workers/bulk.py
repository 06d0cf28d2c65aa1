"""One large posting, timed: `python -m bench.workers.bulk MODE MOVEMENTS LINES` prints lines per second.

ours: one call of inventory's action. bare: COPY of the lines and the statements that write the same keys, headers,
entries and balances. file: MOVEMENTS sales lines as one CSV through the feed of sales.
"""

import csv
import gzip
import io
import os
import sys
import time
from decimal import Decimal
from pathlib import Path

import psycopg2

from bench.workers.stock import places

SALES = Path(__file__).parents[2] / "demo" / "data" / "online_retail.csv.gz"
BARE = """
INSERT INTO web_idempotencykey (owner_id, key, body_sha256, status)
    SELECT DISTINCT 0, key, sha256(key::bytea), 201 FROM bulk_lines;
WITH m AS (INSERT INTO inventory_movement (reference, kind, state, occurred_at, recorded_at, reason, source,
               event_id, note)
           SELECT DISTINCT key, 'receipt', 'posted', now(), now(), '', 'bench', 0, '' FROM bulk_lines
           RETURNING id, reference)
INSERT INTO inventory_entry (movement_id, line, location_id, counter_id, product_id, lot, quantity, unit_cost, value,
    currency, occurred_at, event_id, recorded_at)
SELECT m.id, l.line, v.location, v.counter, l.product_id, '', v.quantity, 2, v.quantity * 2, 'GBP', now(), 0, now()
FROM m JOIN bulk_lines l ON l.key = m.reference,
    LATERAL (VALUES (-1, l.site_id, -1::numeric), (l.site_id, -1, 1::numeric)) v (location, counter, quantity);
UPDATE inventory_balance b SET on_hand = b.on_hand + n.quantity, value = b.value + n.quantity * 2,
    pair_on_hand = b.pair_on_hand + n.quantity, pair_value = b.pair_value + n.quantity * 2
FROM (SELECT site_id, product_id, count(*) AS quantity FROM bulk_lines GROUP BY 1, 2) n
WHERE b.site_id = n.site_id AND b.product_id = n.product_id AND b.lot = ''
    AND b.state = 'available' AND b.owner_id = 0;
"""


def bare(movements: int, lines: int) -> float:
    """Seconds of one transaction."""
    site_id, _site, products = places()
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    name = f"b{time.time()}"
    text = "".join(
        f"{name}-{n}\t{line}\t{site_id}\t{products[(n * lines + line) % len(products)][0]}\n"
        for n in range(movements)
        for line in range(lines)
    )
    began_s = time.perf_counter()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE bulk_lines (key text, line int, site_id bigint, product_id bigint) ON COMMIT DROP"
        )
        cursor.copy_expert("COPY bulk_lines FROM STDIN", io.StringIO(text))
        cursor.execute(BARE)
    return time.perf_counter() - began_s


def ours(movements: int, lines: int) -> float:
    """Seconds of one call."""
    from inventory.actions.bulk import BulkItem, post_movements
    from inventory.rules.drafts import LineDraft, MovementDraft
    from lib.actors import system

    _site_id, site, products = places()
    one, cost, name = Decimal(1), Decimal(2), f"o{time.time()}"
    items = [
        BulkItem(
            f"{name}-{n}",
            b"x%d" % n,
            MovementDraft(
                "bulk",
                "receipt",
                tuple(
                    LineDraft(
                        products[(n * lines + line) % len(products)][1], "supplier", site, one, unit_cost=cost
                    )
                    for line in range(lines)
                ),
                source="bench",
            ),
        )
        for n in range(movements)
    ]
    began_s = time.perf_counter()
    results = post_movements(actor=system("bench"), items=items)
    spent_s = time.perf_counter() - began_s
    assert all(result.status == "posted" for result in results)
    return spent_s


def sales_csv(lines: int) -> bytes:
    """So many sold lines of the public data, of products that there are, at the first site, in this month."""
    _site_id, site, _products = places()
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT sku FROM catalog_product")
        known = {sku for (sku,) in cursor.fetchall()}
        cursor.execute("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')")
        month = (cursor.fetchone() or ("",))[0]
    connection.close()
    made, count, name = io.StringIO(), 0, f"{time.time():.0f}"
    writer = csv.writer(made)
    writer.writerow(["reference", "site", "sku", "quantity", "unit_price", "occurred_at"])
    with gzip.open(SALES, "rt", encoding="utf8") as file:
        for row in csv.DictReader(file):
            if count == lines:
                break
            if row["StockCode"] in known and row["InvoiceNo"].isdigit() and int(row["Quantity"]) > 0:
                at = f"{month}-01T{row['InvoiceDate'][11:]}+00:00"
                writer.writerow(
                    [
                        f"{name}-{row['InvoiceNo']}",
                        site,
                        row["StockCode"],
                        row["Quantity"],
                        row["UnitPrice"],
                        at,
                    ]
                )
                count += 1
    return made.getvalue().encode()


def file(lines: int, _unused: int) -> float:
    """Seconds of receiving and applying one file."""
    from feeds import actions
    from feeds.queries import feed_named
    from lib.actors import system

    body, feed, actor = sales_csv(lines), feed_named("sales"), system("bench")
    assert feed is not None
    began_s = time.perf_counter()
    delivery = actions.receive_file(actor=actor, feed=feed, filename="sales.csv", body=body, is_claimed=True)
    delivery = actions.apply_delivery(actor=actor, delivery_id=delivery.pk, attempt=1)
    spent_s = time.perf_counter() - began_s
    assert delivery.accepted == lines, (delivery.state, delivery.accepted, delivery.error)
    return spent_s


def main(mode: str, movements: int, lines: int) -> None:
    if mode != "bare":
        import django

        django.setup()
    spent_s = {"bare": bare, "ours": ours, "file": file}[mode](movements, lines)
    print(movements * (lines or 1) / spent_s)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
