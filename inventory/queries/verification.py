"""Proving the ledger: invariants 3 and 4, set-based."""

from collections.abc import Iterator

from django.db import connection

from inventory.sql import verifying as sql


def ledger_breaches() -> Iterator[str]:
    """Every breach in the whole ledger, a sentence each. 7 queries in one snapshot."""
    statements = (
        sql.SUMS,
        sql.HEADERS,
        sql.BALANCES.format(entry_site="", balance_site=""),
        sql.CASES,
        sql.LAYERS,
        sql.RESERVED,
        sql.CLOSINGS,
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            for (sentence,) in cursor.fetchall():
                yield sentence


def balance_breaches(site_id: int) -> list[str]:
    """Balances of one site that are not the sum of their entries. 1 query."""
    statement = sql.BALANCES.format(
        entry_site="AND location_id = %(site)s",
        balance_site="AND coalesce(b.site_id, e.site_id) = %(site)s",
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"site": site_id})
        return [row[0] for row in cursor.fetchall()]


def ledger_size() -> tuple[int, int]:
    """Entries and balance rows. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM inventory_entry), (SELECT count(*) FROM inventory_balance)"
        )
        entries, balances = cursor.fetchone()
    return int(entries), int(balances)
