"""Stock: single postings and bulk against bare SQL that writes the same rows."""

import io
import os
import statistics
import subprocess
import sys
import time
from typing import Any

import psycopg2

from bench.instance import Instance
from bench.registry import Measured, figure

ROUNDS = 3
SECONDS = 4.0
BULK_LINES = 10_000


def environment(instance: Instance) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
    return {
        **inherited,
        **instance.addresses,
        "DATA_DIR": str(instance.folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def rate(instance: Instance, mode: str, processes: int, threads: int) -> float:
    """Postings per second of `processes` × `threads` clients at once."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.workers.stock", mode, str(threads), str(SECONDS)]
    running = [
        subprocess.Popen(command, env=environment(instance), stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    return sum(float(process.communicate(timeout=120)[0].strip().splitlines()[-1]) for process in running)


def paired(instance: Instance, processes: int, threads: int) -> tuple[float, float]:
    """Medians of ours and of the bare statement, measured in turns."""
    pairs = [
        (rate(instance, "ours", processes, threads), rate(instance, "bare", processes, threads))
        for _ in range(ROUNDS)
    ]
    return statistics.median(ours for ours, _ in pairs), statistics.median(bare for _, bare in pairs)


@figure("postings_per_s_1_client", unit="postings/s", goal=0.5)
def postings_single(instance: Instance) -> Measured:
    """One client: action with key and trail event against one bare statement."""
    value, limit = paired(instance, 1, 1)
    return Measured(value, limit, "action with key and event against one psycopg2 statement without event")


@figure("postings_per_s_16_clients", unit="postings/s", goal=0.5)
def postings_sixteen(instance: Instance) -> Measured:
    """Sixteen clients in four processes on both sides."""
    value, limit = paired(instance, 4, 4)
    return Measured(
        value, limit, "16 clients in 4 processes on both sides; server and clients share the cores"
    )


@figure("postings_hot_1pct", unit="postings/s", goal=0.8)
def postings_hot(instance: Instance) -> Measured:
    """Sixteen clients on 1 in 100 of the products, against the same on all 500; a single row is told beside."""
    pairs = [(rate(instance, "hot", 4, 4), rate(instance, "ours", 4, 4)) for _ in range(ROUNDS)]
    one = rate(instance, "one", 4, 4)
    hot, uniform = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Measured(hot, uniform, f"a single hot row {one:.0f}/s, {one / uniform:.2f} of uniform")


@figure("trail_share_of_posting", unit="ms", goal=0.35, better="lower")
def trail_share(instance: Instance) -> Measured:
    """What an event with its digest adds to the bare statement, against a whole posting of ours; one client."""
    rounds = [[1000 / rate(instance, mode, 1, 1) for mode in ("told", "bare", "ours")] for _ in range(ROUNDS)]
    told, bare, ours = (statistics.median(side) for side in zip(*rounds, strict=True))
    return Measured(told - bare, ours, f"bare {bare:.2f} ms, with event {told:.2f} ms, ours {ours:.2f} ms")


BULK = """
import os, sys, time
import django
django.setup()
from decimal import Decimal
from bench.workers.stock import places
from inventory.actions.bulk import BulkItem, post_movements
from inventory.rules.drafts import LineDraft, MovementDraft
from lib.actors import system
site_id, site, products = places()
def item(n):
    line = LineDraft(products[n % len(products)][1], "supplier", site, Decimal(1), unit_cost=Decimal(2))
    return BulkItem(f"{time.time()}-{n}", b"x%d" % n, MovementDraft("bulk", "receipt", (line,), source="bench"))
items = [item(n) for n in range(int(sys.argv[1]))]
began = time.perf_counter()
post_movements(actor=system("bench"), items=items)
print(len(items) / (time.perf_counter() - began))
"""

BARE_BULK = """
INSERT INTO web_idempotencykey (owner_id, key, body_sha256, status)
    SELECT 0, key, sha256(key::bytea), 201 FROM bulk_lines;
WITH m AS (INSERT INTO inventory_movement (reference, kind, state, occurred_at, recorded_at, reason, source,
               event_id, note)
           SELECT key, 'receipt', 'posted', now(), now(), '', 'bench', 0, '' FROM bulk_lines
           RETURNING id, reference)
INSERT INTO inventory_entry (movement_id, line, location_id, counter_id, product_id, lot, quantity, unit_cost, value,
    currency, occurred_at, event_id, recorded_at)
SELECT m.id, 0, v.location, v.counter, l.product_id, '', v.quantity, 2, v.quantity * 2, 'GBP', now(), 0, now()
FROM m JOIN bulk_lines l ON l.key = m.reference,
    LATERAL (VALUES (-1, l.site_id, -1::numeric), (l.site_id, -1, 1::numeric)) v (location, counter, quantity);
UPDATE inventory_balance b SET on_hand = b.on_hand + n.quantity, value = b.value + n.quantity * 2,
    pair_on_hand = b.pair_on_hand + n.quantity, pair_value = b.pair_value + n.quantity * 2
FROM (SELECT site_id, product_id, count(*) AS quantity FROM bulk_lines GROUP BY 1, 2) n
WHERE b.site_id = n.site_id AND b.product_id = n.product_id AND b.lot = ''
    AND b.state = 'available' AND b.owner_id = 0;
"""


def bare_bulk(instance: Instance) -> float:
    """Lines per second of COPY and three statements with the same rows, one transaction."""
    connection = psycopg2.connect(instance.addresses["DATABASE_URL"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM catalog_site")
        site = cursor.fetchone()
        cursor.execute("SELECT id FROM catalog_product ORDER BY id LIMIT 500")
        products = [row[0] for row in cursor.fetchall()]
        connection.rollback()
        text = "".join(
            f"b{time.time()}-{n}\t{site[0] if site else 0}\t{products[n % len(products)]}\n"
            for n in range(BULK_LINES)
        )
        began_s = time.perf_counter()
        cursor.execute(
            "CREATE TEMP TABLE bulk_lines (key text, site_id bigint, product_id bigint) ON COMMIT DROP"
        )
        cursor.copy_expert("COPY bulk_lines FROM STDIN", io.StringIO(text))
        cursor.execute(BARE_BULK)
        connection.commit()
        spent_s = time.perf_counter() - began_s
    connection.close()
    return BULK_LINES / spent_s


@figure("bulk_lines_per_s", unit="lines/s", goal=0.6)
def bulk_lines(instance: Instance) -> Measured:
    """10,000 keyed movements in one call against COPY and INSERT … SELECT of the same rows."""
    command = [sys.executable, "-W", "ignore", "-c", BULK, str(BULK_LINES)]
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        done: Any = subprocess.run(
            command, env=environment(instance), capture_output=True, text=True, check=True
        )
        ours.append(float(done.stdout.strip().splitlines()[-1]))
        bare.append(bare_bulk(instance))
    return Measured(
        statistics.median(ours), statistics.median(bare), "10,000 movements with keys, checks and a digest"
    )
