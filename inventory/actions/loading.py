"""The set-based loader: a table of lines becomes movements, entries, balances and sale lines in a few statements.

Trusted input (the demo, a migration of history): no permissions, no policy, no idempotency keys. Values are the
moving average of `inventory_average`, the twin of the single path's rules, in recording order; what goes from site to
site or through transit carries its value, converted at the day's rate of the load's last day.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.backends.utils import CursorWrapper

from audit.actions import next_event_id, record
from audit.queries import digests_of
from catalog.queries import exchange_rates
from catalog.rules.exchange import Rate
from inventory.sql import loading as sql
from lib.actors import Actor
from sales.actions import record_sales_from_temp


@dataclass(frozen=True)
class Loaded:
    """What a load wrote."""

    event_id: int
    movements: int
    lines: int
    entries: int


def post_from_temp(
    cursor: CursorWrapper, *, actor: Actor, lines: str = "stage_lines", source: str = "demo", reason: str = ""
) -> Loaded:
    """Post all lines of the temporary table `lines` inside the caller's transaction; all or nothing.

    Columns: movement_key, kind, reference, occurred_at, recorded_at, line, product_id, from_location, to_location,
    destination_id, lot, quantity (> 0), unit_cost (site's currency), unit_price, currency, channel_id, reason.
    A line of a movement is numbered from 0 or 1, once. Months of recorded_at get their partitions.
    Raises ValueError: a line has a fault, or a command would take a balance below zero.
    Locks: balances by (site, product, lot). Records: one `movements.loaded` with digests. Allowed: set-up only.
    """
    cursor.execute("SET LOCAL work_mem = '256MB'")
    _check(cursor, lines)
    event_id = next_event_id()
    for statement in (sql.MOVEMENTS, sql.PARTITIONS, sql.SIDES):
        cursor.execute(statement.format(lines=lines))
    cursor.execute("ANALYZE stage_sides")
    cursor.execute("ANALYZE stage_movements")
    _value(cursor)
    loaded = _write(cursor, actor, event_id, source)
    cursor.execute(sql.SALE_LINES.format(lines=lines))
    record_sales_from_temp(cursor, "stage_sale_lines")
    cursor.execute("SELECT min(id), max(id) FROM stage_movements")
    first, last = cursor.fetchone()
    record(
        actor=actor,
        kind="movements.loaded",
        subject=f"movement_batch:{event_id}",
        reason=reason,
        after={"movements": loaded.movements, "lines": loaded.lines, "first_id": first, "last_id": last},
        digests=digests_of(event_id, ["inventory_entry", "inventory_movement"]),
        event_id=event_id,
    )
    for table in ("stage_movements", "stage_sides", "stage_values", "stage_rates"):
        cursor.execute(f"DROP TABLE {table}")
    cursor.execute("DROP TABLE stage_fallbacks, stage_sale_lines")
    cursor.execute("SET LOCAL work_mem TO DEFAULT")
    return loaded


def _check(cursor: CursorWrapper, lines: str) -> None:
    cursor.execute(sql.FAULTS.format(lines=lines))
    faults = [f"{count} × {fault}" for fault, count in cursor.fetchall() if count]
    if faults:
        raise ValueError(f"{lines}: " + "; ".join(faults))


def _value(cursor: CursorWrapper) -> None:
    """Values of all sides, pool after pool in the order in which they feed one another."""
    cursor.execute(sql.POOLS)
    sources: dict[int, set[int]] = {}
    for pool, source in cursor.fetchall():
        sources.setdefault(pool, set()).update({source} - {None})
        if source is not None:
            sources.setdefault(source, set())
    _stage_rates(cursor)
    cursor.execute(sql.VALUES_TABLE)
    for wave in waves_of(sources):
        cursor.execute(sql.VALUE_POOLS, {"pools": wave})
        cursor.execute("ANALYZE stage_values")
    cursor.execute(sql.SHORT_COMMANDS)
    short = cursor.fetchall()
    if short:
        raise ValueError(
            "commands would take stock below zero: "
            + "; ".join(f"{ref} site {site} product {product}: {left}" for ref, site, product, left in short)
        )


def waves_of(sources: dict[int, set[int]]) -> list[list[int]]:
    """Pools in waves: each after all it takes from; pools in a circle come last, together."""
    left = dict(sources)
    waves = []
    while left:
        ready = [pool for pool, needs in left.items() if not (needs - {pool}) & left.keys()]
        wave = sorted(ready or left)
        waves.append(wave)
        left = {pool: needs for pool, needs in left.items() if pool not in wave}
    return waves


def _stage_rates(cursor: CursorWrapper) -> None:
    """Rates between the currencies in use, and a cost of last resort per product and currency."""
    cursor.execute("SELECT DISTINCT currency FROM stage_sides WHERE pool_id IS NOT NULL")
    currencies = sorted(row[0] for row in cursor.fetchall())
    cursor.execute("SELECT DISTINCT currency FROM catalog_unitcost")
    bases = sorted({*currencies, *(row[0] for row in cursor.fetchall())})
    cursor.execute("SELECT max(occurred_at)::date FROM stage_movements")
    on: date = cursor.fetchone()[0]
    found = exchange_rates([(base, quote) for base in bases for quote in currencies if base != quote], on)
    rates = [(base, quote, rate.rate) for (base, quote), rate in found.items() if isinstance(rate, Rate)]
    rates += [(currency, currency, Decimal(1)) for currency in bases]
    cursor.execute("CREATE TEMPORARY TABLE stage_rates (base text, quote text, rate numeric) ON COMMIT DROP")
    cursor.executemany("INSERT INTO stage_rates VALUES (%s, %s, %s)", rates)
    cursor.execute(
        "CREATE TEMPORARY TABLE stage_fallbacks ON COMMIT DROP AS"
        " SELECT c.product_id, r.quote AS currency, round(c.amount * r.rate, 6) AS cost"
        " FROM (SELECT DISTINCT ON (product_id) product_id, amount, currency FROM catalog_unitcost"
        "       ORDER BY product_id, valid_from) c JOIN stage_rates r ON r.base = c.currency"
    )


def _write(cursor: CursorWrapper, actor: Actor, event_id: int, source: str) -> Loaded:
    values = {"event_id": event_id, "actor_id": actor.id, "source": source}
    cursor.execute(sql.INSERT_MOVEMENTS, values)
    movements = cursor.rowcount
    cursor.execute(sql.INSERT_ENTRIES, values)
    entries = cursor.rowcount
    for statement in (sql.ADD_BALANCES, sql.NEGATIVE_CASES):
        cursor.execute(statement)
    cursor.execute("SELECT count(*) / 2 FROM stage_sides")
    return Loaded(event_id, movements, int(cursor.fetchone()[0]), entries)
