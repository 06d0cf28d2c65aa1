"""Clients that post stock for a while and print how often: `python -m bench.workers.stock MODE THREADS SECONDS`.

ours: inventory's action with its trail event. bare: one psycopg2 statement that writes the same key, header, entries
and balance, without event; told: the same with an event and its digest. All receive single lines of 500 products at the
first site; hot and one are ours with 1 in 100 of the products, and with a single one.
"""

import itertools
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal

import psycopg2

PRODUCTS = 500
HOT = {"hot": PRODUCTS // 100, "one": 1}

BARE = """
WITH k AS (
    INSERT INTO web_idempotencykey (owner_id, key, body_sha256, status)
    VALUES (0, %(key)s, sha256(%(key)s::bytea), 201)),
m AS (
    INSERT INTO inventory_movement
        (reference, kind, state, occurred_at, recorded_at, reason, source, event_id, note)
    VALUES ('bench', 'receipt', 'posted', now(), statement_timestamp(), '', 'bench', 0, '') RETURNING id),
e AS (
    INSERT INTO inventory_entry
        (movement_id, line, location_id, counter_id, product_id, lot, quantity, unit_cost, value, currency,
         occurred_at, event_id, recorded_at)
    SELECT m.id, 0, v.location, v.counter, %(product)s, '', v.quantity, 2, v.quantity * 2, 'GBP', now(), 0,
           statement_timestamp()
    FROM m, (VALUES (-1, %(site)s, -1::numeric), (%(site)s, -1, 1::numeric)) v (location, counter, quantity))
INSERT INTO inventory_balance AS b
    (site_id, product_id, lot, state, owner_id, on_hand, reserved, in_transit, value, in_transit_value, pair_on_hand,
     pair_value)
VALUES (%(site)s, %(product)s, '', 'available', 0, 1, 0, 0, 2, 0, 1, 2)
ON CONFLICT (site_id, product_id, lot, state, owner_id) DO UPDATE SET on_hand = b.on_hand + 1, value = b.value + 2,
    pair_on_hand = b.pair_on_hand + 1, pair_value = b.pair_value + 2
"""

# The event as an action writes it, with the digest over the entries.
EVENT = """,
t AS (
    INSERT INTO audit_event (actor_kind, actor_hash, channel, kind, subject, after, site_ids, digests)
    SELECT 'system', sha256('bench'), 'system', 'movement.posted', 'movement:' || min(movement_id),
           jsonb_build_object('kind', 'receipt', 'state', 'posted', 'source', 'bench', 'reference', 'bench', 'line_count', 1,
               'lines', jsonb_build_array(jsonb_build_object('sku', %(key)s, 'from', 'supplier', 'to', 'SITE',
                   'quantity', '1', 'unit_cost', '2'))),
           ARRAY[%(site)s::bigint],
           jsonb_build_array(jsonb_build_object('table', 'inventory_entry', 'event_column', 'event_id', 'count', count(*),
               'sha256', encode(sha256(string_agg(sha256(convert_to(to_json(e)::text, 'UTF8')), ''::bytea)), 'hex')))
    FROM e)
"""
TOLD = BARE.replace(
    ")\nINSERT INTO inventory_balance", " RETURNING *)" + EVENT + "INSERT INTO inventory_balance"
)


def places() -> tuple[int, str, list[tuple[int, str]]]:
    """The first site and 500 products, by id and code."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, code FROM catalog_site ORDER BY id LIMIT 1")
        site_id, site = cursor.fetchone() or (0, "")
        cursor.execute("SELECT id, sku FROM catalog_product ORDER BY id LIMIT %s", [PRODUCTS])
        products = cursor.fetchall()
    connection.close()
    return site_id, site, products


def bare(statement: str = BARE) -> Callable[[], None]:
    """One client's step: the bare statement, committed by itself."""
    site_id, _site, products = places()
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    cursor, numbers = connection.cursor(), itertools.count()
    name = f"{os.getpid()}-{threading.get_ident()}-{time.time()}"

    def step() -> None:
        product_id, _sku = random.choice(products)
        cursor.execute(statement, {"key": f"{name}-{next(numbers)}", "product": product_id, "site": site_id})

    return step


def ours(products: int = PRODUCTS) -> Callable[[], None]:
    """One client's step: the action, with key and event, for one of the first `products`."""
    from inventory.actions.at_once import Claim, post_at_once
    from inventory.actions.movements import post_movement
    from inventory.rules.drafts import LineDraft, MovementDraft
    from lib.actors import system
    from web.idempotency import once

    _site_id, site, known = places()
    chosen = known[:products]
    actor, numbers = system("bench"), itertools.count()
    name = f"{os.getpid()}-{threading.get_ident()}-{time.time()}"
    one, cost = Decimal(1), Decimal(2)

    def step() -> None:
        _product_id, sku = random.choice(chosen)
        made = MovementDraft(
            "bench", "receipt", (LineDraft(sku, "supplier", site, one, unit_cost=cost),), source="bench"
        )

        def effect() -> tuple[int, dict[str, int]]:
            return 201, {"id": post_movement(actor=actor, draft=made).pk}

        def at_once(claim: Claim) -> tuple[int, dict[str, int]] | None:
            posted = post_at_once(actor=actor, draft=made, claim=claim)
            return None if posted is None else (201, {"id": posted.pk})

        key = f"{name}-{next(numbers)}"
        once(0, key, key.encode(), effect, is_plain=True, at_once=at_once)

    return step


def main(mode: str, threads: int, seconds: float) -> None:
    makers: dict[str, Callable[[], Callable[[], None]]] = {"bare": bare, "told": lambda: bare(TOLD)}
    if mode not in makers:
        import django

        django.setup()
    make = makers.get(mode, lambda: ours(HOT.get(mode, PRODUCTS)))
    counts: list[int] = []
    barrier = threading.Barrier(threads)

    def client() -> None:
        step = make()
        for _ in range(20):
            step()
        barrier.wait()
        until, done = time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            step()
            done += 1
        counts.append(done)

    clients = [threading.Thread(target=client) for _ in range(threads)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    print(sum(counts) / seconds)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
