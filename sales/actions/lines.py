"""Sale lines, with the daily facts in step: one statement writes both."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

_NAME = re.compile(r"(pg_temp\.)?[a-z_][a-z0-9_]*\Z")


@dataclass(frozen=True)
class SaleRow:
    """One line sold (quantity above zero) or returned (below zero); unit_price in the site's currency, None = not told."""

    site_id: int
    product_id: int
    quantity: Decimal
    unit_price: Decimal | None
    currency: str
    sold_at: datetime
    reference: str
    movement_id: int
    channel_id: int | None = None


_LINES = """
    INSERT INTO sales_saleline (site_id, channel_id, product_id, quantity, unit_price, currency, sold_at, reference,
                                movement_id, recorded_at)
    SELECT site_id, channel_id, product_id, quantity, unit_price, currency, sold_at, reference, movement_id,
           coalesce(recorded_at, clock_timestamp())
      FROM {taken}
"""

# The facts are taken in the order of their key, so that two postings never wait for each other in a circle.
_FACTS = """
    INSERT INTO sales_dailyfact AS f (site_id, product_id, "on", units_sold, units_returned, revenue, lines,
                                      lowest_price)
    SELECT t.site_id, t.product_id, (t.sold_at AT TIME ZONE s.timezone)::date,
           coalesce(sum(t.quantity) FILTER (WHERE t.quantity > 0), 0),
           coalesce(-sum(t.quantity) FILTER (WHERE t.quantity < 0), 0),
           coalesce(sum(t.quantity * t.unit_price), 0), count(*),
           min(t.unit_price) FILTER (WHERE t.quantity > 0 AND t.unit_price > 0)
      FROM {taken} t JOIN catalog_site s ON s.id = t.site_id
     GROUP BY 1, 2, 3 ORDER BY 2, 1, 3
    ON CONFLICT (product_id, site_id, "on") DO UPDATE SET
           units_sold = f.units_sold + EXCLUDED.units_sold,
           units_returned = f.units_returned + EXCLUDED.units_returned,
           revenue = f.revenue + EXCLUDED.revenue,
           lines = f.lines + EXCLUDED.lines,
           lowest_price = least(f.lowest_price, EXCLUDED.lowest_price)
"""

_WRITE = (
    "WITH taken AS MATERIALIZED ({source}), added AS ({lines}), facts AS ({facts}) SELECT count(*) FROM taken"
)

_COLUMNS = """SELECT site_id::bigint, channel_id::bigint, product_id::bigint, quantity::numeric, unit_price::numeric,
       currency::text, sold_at::timestamptz, reference::text, movement_id::bigint, recorded_at::timestamptz"""


def write_sales_sql(source: str) -> str:
    """The statement that writes the sale lines that `source` selects, with their daily facts; for a function that posts."""
    return _WRITE.format(
        source=source, lines=_LINES.format(taken="taken"), facts=_FACTS.format(taken="taken")
    )


def record_sales(lines: Sequence[SaleRow]) -> int:
    """Write sale lines and add them to the daily facts of their site's local day; how many lines.

    Locks: daily facts by (product, site, day). Records: nothing, the movement that they belong to is recorded by
    inventory in the same transaction. Allowed: inventory's actions, inside their transaction.
    """
    if not lines:
        return 0
    columns: list[list[Any]] = [
        [getattr(line, name) for line in lines]
        for name in (
            "site_id",
            "channel_id",
            "product_id",
            "quantity",
            "unit_price",
            "currency",
            "sold_at",
            "reference",
            "movement_id",
        )
    ]
    source = (
        f"{_COLUMNS} FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::text[],"
        " %s::timestamptz[], %s::text[], %s::bigint[]) WITH ORDINALITY AS l(site_id, channel_id, product_id, quantity,"
        " unit_price, currency, sold_at, reference, movement_id, place)"
        " CROSS JOIN (SELECT NULL::timestamptz AS recorded_at) now ORDER BY place"
    )
    with connection.cursor() as cursor:
        statement = _WRITE.format(
            source=source, lines=_LINES.format(taken="taken"), facts=_FACTS.format(taken="taken")
        )
        cursor.execute(statement, columns)
        return int(cursor.fetchone()[0])


def record_sales_from_temp(cursor: Any, table: str) -> int:
    """The same for all rows of a (temporary) table; how many lines.

    Columns: site_id, channel_id, product_id, quantity (signed), unit_price, currency, sold_at, reference,
    movement_id, recorded_at (null = now).
    Raises ValueError: `table` is not a plain name.
    Locks, Records, Allowed: as `record_sales`.
    """
    if not _NAME.match(table):
        raise ValueError(f"{table!r} is not a table's name")
    cursor.execute(_LINES.format(taken=table) + " ORDER BY sold_at")
    written = int(cursor.rowcount)
    cursor.execute(_FACTS.format(taken=table))
    return written
