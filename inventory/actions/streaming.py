"""Writing a large posting: rows go by COPY straight into their tables while the next ones are still being made."""

from collections.abc import Iterable, Sequence

from django.db import connection

from audit.actions import Event, record
from audit.queries import Digest
from inventory.actions.books import Opened
from inventory.rules.row_texts import ENTRY_NAMES, HEADER_NAMES, Numbers, RowTexts, copy_field
from inventory.sql import posting as sql
from lib.actors import Actor
from sales.actions import SaleRow, record_sales_from_temp

ENTRIES, HEADERS = "inventory_entry", "inventory_movement"
_SIZE = 1 << 16
_SALES = "stage_posting_sales"
_SALE_COLUMNS = (
    "site_id bigint, channel_id bigint, product_id bigint, quantity numeric, unit_price numeric, currency text,"
    " sold_at timestamptz, reference text, movement_id bigint, recorded_at timestamptz"
)


class _Source:
    """What psycopg2 reads a COPY from: pieces of text, made as they are asked for."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)

    def read(self, _size: int = _SIZE) -> str:
        taken: list[str] = []
        length = 0
        for piece in self._pieces:
            taken.append(piece)
            length += len(piece)
            if length >= _SIZE:
                break
        return "".join(taken)


def copy_into(table: str, names: Sequence[str], pieces: Iterable[str]) -> None:
    """Rows of COPY's text format into a table. While it runs no other statement can: `pieces` may not ask the database."""
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN", _Source(pieces), _SIZE)


def draw_numbers(numbers: Numbers, count: int) -> None:
    """Put `count` ids of entries to `numbers`. 1 query, one more where somebody else drew meanwhile."""
    if count <= 0:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.DRAW_RANGE, [count])
        first, last = cursor.fetchone()
        if last - first + 1 == count:
            numbers.add(range(first, last + 1))
        else:
            cursor.execute(sql.DRAW_EACH, [count])
            numbers.add(sorted(number for (number,) in cursor.fetchall()))


def write_headers(rows: Iterable[str]) -> None:
    """Rows of movements."""
    copy_into(HEADERS, HEADER_NAMES, rows)


def write_entries(rows: Iterable[str]) -> None:
    """Rows of entries, in the order of their ids."""
    copy_into(ENTRIES, ENTRY_NAMES, rows)


def write_event(actor: Actor, opened: Opened, texts: RowTexts, event: Event) -> None:
    """The event of a posting, with the digests that its rows gave on their way."""
    digests = [
        Digest(table, "event_id", count, made.hexdigest())
        for table, count, made in (
            (ENTRIES, texts.entry_count, texts.entries),
            (HEADERS, texts.header_count, texts.headers),
        )
        if count
    ]
    record(
        actor=actor,
        kind=event.kind,
        subject=event.subject,
        reason=event.reason,
        policy=event.policy,
        after=event.after,
        site_ids=event.site_ids,
        digests=digests,
        event_id=opened.event_id,
    )


def sale_text(row: SaleRow, reference: str) -> str:
    """A sale line for `write_sales`; reference: as COPY takes it."""
    return (
        f"{row.site_id}\t{copy_field(row.channel_id)}\t{row.product_id}\t{row.quantity}\t"
        f"{copy_field(row.unit_price)}\t{row.currency}\t"
        f"{row.sold_at.isoformat()}\t{reference}\t{row.movement_id}\t\\N\n"
    )


def write_sales(rows: Sequence[str]) -> None:
    """Sale lines and daily facts of rows as `sale_text` makes them."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{_SALES}")
        cursor.execute(f"CREATE TEMPORARY TABLE {_SALES} ({_SALE_COLUMNS}) ON COMMIT DROP")
        copy_into(_SALES, [column.split()[0] for column in _SALE_COLUMNS.split(", ")], rows)
        record_sales_from_temp(cursor, _SALES)
