"""What users of other ledgers report of their speed: how a balance of any day is read. The tables have statistics here, as they do in life."""

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg2
from django.db import connection, transaction

from config.embedded.postgres import OWNER
from inventory.actions.periods import close_period
from inventory.models import Balance
from inventory.queries.ledger import Asked, balance_page
from inventory.sql import reading
from lib import clock
from tests.embedded import server
from tests.inventory.builders import TESTER, make_product, make_site, receive

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 10, 9, tzinfo=UTC)


def _a_ledger_with_a_close() -> None:
    make_site("LON")
    make_product("A1")
    for number in range(40):
        receive(quantity="1", at=OCTOBER + timedelta(minutes=number))
    close_period(actor=TESTER, site_code="LON", month=date(2026, 10, 1))
    receive(quantity="1", at=NOW)


def test_a_balance_of_a_later_day_does_not_read_what_lies_before_the_close(cloned_db: str) -> None:
    """frappe/erpnext#29183, #31528, #29269, #35348 (65): it starts at the last close, however long the ledger is."""
    with clock.frozen(NOW):
        _a_ledger_with_a_close()
    with closing(psycopg2.connect(server().url(OWNER, cloned_db))) as owner, owner.cursor() as cursor:
        cursor.execute("ANALYZE inventory_entry")
        owner.commit()
    statement = reading.BALANCES_AT.replace("{product}", "true")
    site = Balance.objects.get().site_id
    values = {
        "at": NOW,
        "known_at": None,
        "virtual": None,
        "location": site,
        "product": None,
        "visible": None,
    }
    values |= {"limit": 9, "site_after": -(2**62), "product_after": 0, "lot_after": "", "owner_after": 0}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, values)
        plan = cursor.fetchone()[0]
    assert (
        balance_page(Asked(site="LON"), at=NOW, known_at=None, after=None, limit=9)[0][0]["on_hand"] == "41"
    )
    assert _entries_read(json.loads(plan) if isinstance(plan, str) else plan) == 1


def _entries_read(plan: Any) -> int:
    """Rows that scans of the entry table's partitions gave or threw away."""
    if isinstance(plan, list):
        return sum(map(_entries_read, plan))
    if not isinstance(plan, dict):
        return 0
    below = sum(_entries_read(part) for key, part in plan.items() if key in ("Plan", "Plans"))
    if not str(plan.get("Relation Name", "")).startswith("inventory_entry"):
        return below
    seen = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return below + round(seen * plan["Actual Loops"])
