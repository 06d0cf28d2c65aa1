"""Guardrails over a large change: facts collected, rules asked, findings and figures stored, against 5 seconds.

Runs in a process of its own as the owner of the instance's database, in one transaction that is rolled back: 60,000
products with 360,000 price rows in three lists, a unit cost for each, 50,000 lines in the base list.
"""

import json
import sys
import time
from typing import Any

from bench.apart import measured_apart
from bench.instance import Instance
from bench.price_data import made_prices
from bench.registry import Measured, figure

PRODUCTS = 60_000
LINES = 50_000
ALLOWED_S = 5.0
COSTS = """
INSERT INTO catalog_unitcost (product_id, amount, currency, valid_from)
SELECT p.id, 0.5, %s, '2020-01-01' FROM unnest(%s) AS p (id)
"""
LINES_OF = """
INSERT INTO pricing_pricechangeline (change_id, position, price_list_id, product_id, min_quantity, amount, currency, base_ids)
SELECT %s, 0, p.price_list_id, p.product_id, 1, round(p.amount * 1.04, 2), p.currency, ARRAY[p.id]
  FROM pricing_price p WHERE p.price_list_id = %s AND p.product_id = ANY(%s) AND upper_inf(p.valid)
"""


@figure("guardrails_50k_s", unit="s", goal=1.0, better="lower")
def guardrails(instance: Instance) -> Measured:
    """Judging a change of 50,000 lines from its lines to its stored findings, against 5 seconds."""
    return measured_apart(instance, __name__, "guardrails")


def _judged(cursor: Any) -> dict[str, Any]:
    from lib import clock
    from pricing.actions.evaluation import evaluate
    from pricing.models import PriceChange

    made = made_prices(cursor, PRODUCTS)
    cursor.execute(COSTS, [made["currency"], made["products"]])
    change = PriceChange.objects.create(title="bench", line_count=LINES, reason_code="regular")
    cursor.execute(LINES_OF, [change.pk, made["base"], made["products"][:LINES]])
    cursor.execute("ANALYZE pricing_pricechangeline, catalog_unitcost")
    began_s = time.perf_counter()
    facts = evaluate(change, clock.now())
    taken_s = time.perf_counter() - began_s
    assert facts.lines == LINES
    return {"value": taken_s, "limit": ALLOWED_S, "note": f"{LINES:,} lines of one list, +4 % each"}


def main() -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        found = _judged(cursor)
        transaction.set_rollback(True)
    print(json.dumps(found))


if __name__ == "__main__":
    assert sys.argv[1:] == ["guardrails"]
    main()
