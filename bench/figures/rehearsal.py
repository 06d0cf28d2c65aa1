"""The price-to-pay rehearsal over a large change, against 5 seconds.

Runs in a process of its own as the owner of the instance's database, in one transaction that is rolled back: the
change of 50,000 lines that the guardrails are measured on; two coupons, a threshold discount and a member price meet it.
"""

import json
import sys
import time
from typing import Any

from bench.apart import measured_apart
from bench.figures.guardrails import COSTS, LINES, LINES_OF, PRODUCTS
from bench.instance import Instance
from bench.price_data import made_prices
from bench.registry import Measured, figure

ALLOWED_S = 5.0


@figure("rehearsal_50k_s", unit="s", goal=1.0, better="lower")
def rehearsal(instance: Instance) -> Measured:
    """The worst case of each of 50,000 lines, from the change to the ordered list, against 5 seconds."""
    return measured_apart(instance, __name__, "rehearsal")


def _incentives(currency: str, now: Any) -> None:
    from lib.actors import system
    from pricing.actions.incentives import create_incentive

    spent = {"currency": currency}
    rows: list[dict[str, Any]] = [
        {"code": "BENCH-15", "name": "15 %", "kind": "coupon", "fraction": "0.15", "stacking_group": "coupon"},
        {"code": "BENCH-5", "name": "5 off 40", "kind": "coupon", "amount": "5", "threshold": "40",
         "stacking_group": "coupon", **spent},
        {"code": "BENCH-60", "name": "10 off 60", "kind": "threshold", "amount": "10", "threshold": "60", **spent},
        {"code": "BENCH-10", "name": "Members 10 %", "kind": "member", "fraction": "0.1"},
    ]  # fmt: skip
    for row in rows:
        create_incentive(actor=system("bench"), row={**row, "valid_from": now.isoformat()})


def _rehearsed(cursor: Any) -> dict[str, Any]:
    from lib import clock
    from pricing.models import PriceChange
    from pricing.queries.shop_rehearsal import rehearse_change

    made = made_prices(cursor, PRODUCTS)
    cursor.execute(COSTS, [made["currency"], made["products"]])
    change = PriceChange.objects.create(title="bench", line_count=LINES, reason_code="regular")
    cursor.execute(LINES_OF, [change.pk, made["base"], made["products"][:LINES]])
    _incentives(made["currency"], clock.now())
    cursor.execute("ANALYZE pricing_pricechangeline, catalog_unitcost")
    began_s, cpu_s = time.perf_counter(), time.process_time()
    rows = rehearse_change(change, clock.now())
    taken_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
    assert len(rows) == LINES
    note = f"{LINES:,} lines, four incentives that may meet; {cpu_s:.1f} s of processor here"
    return {"value": taken_s, "limit": ALLOWED_S, "note": note}


def main() -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        found = _rehearsed(cursor)
        transaction.set_rollback(True)
    print(json.dumps(found))


if __name__ == "__main__":
    assert sys.argv[1:] == ["rehearsal"]
    main()
