"""The value of stock with its age, by site, category, owner or product, as of the end of a day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from inventory.queries.documents import plain
from inventory.sql import ageing as sql
from lib import clock
from lib.faults import refuse

#: Upper ends of the buckets in days; the last one is open.
BUCKETS = (30, 60, 90, 180)
BUCKET_NAMES = ("0-30", "31-60", "61-90", "91-180", "181+")
GROUPS = {
    "site": ("d.code", "d.name"),
    "category": ("coalesce(c.path, '')", "coalesce(c.path, '')"),
    "owner": ("coalesce(o.code, '')", "coalesce(o.name, '')"),
    "product": ("p.sku", "p.name"),
}
SORTS = {
    "key": "1, 3",
    "value": "6 DESC, 1, 3",
    "oldest": "11 DESC, 1, 3",
}


@dataclass(frozen=True)
class ValueAsked:
    """Which stock, in which groups. site_ids: None for every site; owner: a supplier's code, "own" for our own, "" for all.

    day: None for today; sort: a name of SORTS.
    """

    group: str = "site"
    site_ids: Collection[int] | None = None
    category: str = ""
    owner: str = ""
    day: date | None = None
    sort: str = "key"


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A group in one currency: pairs of site and product, quantity and value in all and by bucket."""

    key: str
    label: str
    currency: str
    pairs: int
    quantity: Decimal
    value: Decimal
    values: tuple[Decimal, ...]
    quantities: tuple[Decimal, ...]

    @property
    def oldest_share(self) -> Decimal | None:
        """The part of the value in the last bucket, 0 to 1; None without a value."""
        return self.values[-1] / self.value if self.value > 0 else None


def stock_value(asked: ValueAsked) -> list[ValueRow]:
    """Groups of stock with value and age. 1 query over the entries of the sites and products asked for."""
    today = clock.now().date()
    is_now = asked.day is None or asked.day >= today
    key, label = GROUPS[asked.group]
    held = (sql.HELD_NOW if is_now else sql.HELD_THEN).format(
        scope=_scope(asked, "b", "site_id"), entry_scope=_scope(asked, "b", "location_id")
    )
    statement = sql.AGES.format(held=held, entry_scope_e=_scope(asked, "e", "location_id"))
    statement += sql.GROUPED.format(key=key, label=label, order=SORTS[asked.sort])
    values = {
        "day": asked.day or today,
        "sites": None if asked.site_ids is None else list(asked.site_ids),
        "category": asked.category,
        "owner": asked.owner,
    }
    with transaction.atomic(), connection.cursor() as cursor:  # the setting lasts as long as the transaction
        cursor.execute("SELECT set_config('work_mem', '128MB', true)")
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [_row(row) for row in rows]


def _row(row: tuple[Any, ...]) -> ValueRow:
    key, label, currency, pairs, quantity, value = row[:6]
    return ValueRow(key, label, currency, pairs, quantity, value, row[6:11], row[11:16])


def value_page(
    asked: ValueAsked, site_ids: Collection[int] | None, after: list[Any] | None, limit: int
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """Groups after a position and the position of the next page. 1 query. Raises Faults 400 `invalid_cursor`."""
    start = 0
    if after is not None:
        if len(after) != 1 or isinstance(after[0], bool) or not isinstance(after[0], int) or after[0] < 0:
            raise refuse("invalid_cursor", "The cursor cannot be read.", pointer="/cursor", status=400)
        start = after[0]
    rows = stock_value(replace(asked, site_ids=site_ids))
    following = [start + limit] if len(rows) > start + limit else None
    return [value_body(row, asked.group) for row in rows[start : start + limit]], following


def _scope(asked: ValueAsked, alias: str, place: str) -> str:
    """Which balances or entries are read at all."""
    parts = [f"{alias}.{place} > 0"]
    if asked.site_ids is not None:
        parts.append(f"{alias}.{place} = ANY(%(sites)s)")
    if asked.category:
        parts.append(
            f"{alias}.product_id IN (SELECT x.id FROM catalog_product x JOIN catalog_category y ON y.id = x.category_id"
            " WHERE y.path = %(category)s OR starts_with(y.path, %(category)s || ' / '))"
        )
    if asked.owner == "own":
        parts.append(f"{alias}.owner_id = 0")
    elif asked.owner:
        parts.append(f"{alias}.owner_id = (SELECT x.id FROM catalog_supplier x WHERE x.code = %(owner)s)")
    return " AND ".join(parts)


def totals(rows: Sequence[ValueRow]) -> list[ValueRow]:
    """One row a currency over all groups; the label is empty."""
    found: dict[str, list[ValueRow]] = {}
    for row in rows:
        found.setdefault(row.currency, []).append(row)
    return [
        ValueRow(
            "", "", currency, sum(x.pairs for x in many), _sum(x.quantity for x in many), _sum(x.value for x in many),
            tuple(map(_sum, zip(*(x.values for x in many), strict=True))),
            tuple(map(_sum, zip(*(x.quantities for x in many), strict=True))),
        )
        for currency, many in sorted(found.items())
    ]  # fmt: skip


def _sum(amounts: Any) -> Decimal:
    return sum(amounts, Decimal(0))


def value_body(row: ValueRow, group: str) -> dict[str, Any]:
    """A group as REST shows it."""
    return {
        group: row.key,
        "name": row.label,
        "currency": row.currency,
        "pairs": row.pairs,
        "quantity": plain(row.quantity),
        "value": plain(row.value),
        "age_values": dict(zip(BUCKET_NAMES, map(plain, row.values), strict=True)),
        "age_quantities": dict(zip(BUCKET_NAMES, map(plain, row.quantities), strict=True)),
    }
