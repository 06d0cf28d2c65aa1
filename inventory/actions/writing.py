"""Writing a posting: headers, entries, balances and the event in one statement, then what hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alert
from audit.actions import Event, event_as_sql, to_json
from catalog.queries import products_by_sku
from inventory.actions.books import Opened
from inventory.actions.costing import write_layers
from inventory.actions.lot_findings import record_remarks
from inventory.actions.streaming import draw_numbers, write_entries, write_event, write_headers
from inventory.queries.documents import plain
from inventory.rules.drafts import MovementDraft
from inventory.rules.locations import PRICED_KINDS, TRANSIT
from inventory.rules.lots import asked_lines
from inventory.rules.posting import BalanceKey, Entry, Move
from inventory.rules.row_texts import Header, RowTexts
from inventory.rules.row_texts import copy_field as copy_text
from inventory.rules.states import AVAILABLE, OWN
from inventory.rules.valuation import Pool
from inventory.sql import posting as sql
from inventory.sql.functions import CALL_WRITE
from lib.actors import Actor
from sales.actions import SaleRow, record_sales
from web.first_trip import send_with_next

__all__ = ["Posting", "copy_text", "write_postings"]

#: From here on rows go by COPY.
MANY_ROWS = 400


@dataclass(frozen=True)
class Posting:
    """One movement to write with what it posts. reverses_id, draft: see Movement.

    prices: the sale lines instead of what the lines say; also_sold: those of bundles, beside them.
    """

    id: int
    reference: str
    move: Move
    entries: Sequence[Entry]
    reason: str = ""
    source: str = "api"
    state: str = "posted"
    reverses_id: int | None = None
    draft: dict[str, Any] | None = None
    is_placed: bool = False
    prices: Sequence[SaleRow] | None = None
    also_sold: Sequence[SaleRow] = ()


def write_postings(actor: Actor, opened: Opened, postings: Sequence[Posting], event: Event) -> datetime:
    """Write `postings` under one event, recorded when the book was open. One statement, few more for what is rare.

    Sale lines, negative cases and their alerts follow in the same transaction.
    """
    entries = sum(len(posting.entries) for posting in postings)
    if max(entries, len(postings)) < MANY_ROWS and not any(posting.is_placed for posting in postings):
        _write_few(actor, opened, postings, event)
    else:
        _write_many(actor, opened, postings, event)
    _record_sales(opened, postings)
    finish_posting(actor, opened, [(one.id, one.move) for one in postings if one.entries])
    return opened.opened_at


def finish_posting(actor: Actor, opened: Opened, posted: Sequence[tuple[int, Move]]) -> None:
    """What hangs on entries: layers, cases of what is below zero, remarks on lots. posted: by movement id."""
    write_layers(opened.book, opened.event_id)
    _record_cases(actor, opened)
    record_remarks(actor, opened, posted)


def _write_few(actor: Actor, opened: Opened, postings: Sequence[Posting], event: Event) -> None:
    data = (
        ("m", sql.MOVEMENT_COLUMNS, _header_columns(actor, postings)),
        ("e", sql.ENTRY_COLUMNS, _entry_columns(postings)),
        ("n", sql.BALANCE_COLUMNS, _balance_columns(opened)),
    )
    _sql, values = event_as_sql(
        actor, event, event_id=opened.event_id, name_hash=opened.name_hash, digests_from="t"
    )
    content = {alias: _records(names, columns) for alias, names, columns in data}
    document = to_json(content | {"ev": _event_record(values)})
    with connection.cursor() as cursor:
        send_with_next(cursor, CALL_WRITE, [opened.event_id, opened.opened_at, document])


def _write_many(actor: Actor, opened: Opened, postings: Sequence[Posting], event: Event) -> None:
    texts = RowTexts(opened.event_id, opened.opened_at)
    draw_numbers(texts.numbers, sum(len(posting.entries) for posting in postings))
    write_entries(
        texts.entry(posting.id, posting.move.occurred_at, entry)
        for posting in postings
        for entry in posting.entries
    )
    placed = [posting.id for posting in postings if posting.is_placed]
    with connection.cursor() as cursor:
        for movement_id in placed:
            cursor.execute(sql.PLACED_HEADER, [opened.opened_at, movement_id])
    write_headers(texts.header(header_of(actor, one)) for one in postings if not one.is_placed)
    write_balances(opened)
    write_event(actor, opened, texts, event)


def header_of(actor: Actor, posting: Posting) -> Header:
    """The movement's own row."""
    return Header(
        posting.id,
        posting.reference,
        posting.move.kind,
        posting.move.occurred_at,
        posting.reason,
        posting.source,
        actor.id if actor.kind == "user" else None,
        posting.state,
        posting.move.destination_id,
        posting.reverses_id,
        None if posting.draft is None else to_json(posting.draft),
        posting.move.reported_at,
    )


def write_balances(opened: Opened) -> None:
    """The new figures of every row that changed. 1 statement."""
    columns = _balance_columns(opened)
    if columns[0]:
        with connection.cursor() as cursor:
            names = [name for name, _kind in sql.BALANCE_COLUMNS]
            cursor.execute(sql.UPDATE_BALANCES, dict(zip(names, columns, strict=True)))


Columns = tuple[tuple[str, str], ...]


def _records(columns: Columns, data: list[list[Any]]) -> list[dict[str, Any]]:
    """Rows by column name, without what is null, as `jsonb_to_recordset` takes them."""
    names = [name for name, _kind in columns]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*data, strict=True)
    ]


def _event_record(values: dict[str, Any]) -> dict[str, Any]:
    record = {name.removeprefix("ev_"): value for name, value in values.items()}
    record["actor_hash"] = "\\x" + bytes(record["actor_hash"]).hex()
    return record


def _header_columns(actor: Actor, postings: Sequence[Posting]) -> list[list[Any]]:
    by = actor.id if actor.kind == "user" else None
    rows = [
        (
            p.id,
            p.reference,
            p.move.kind,
            p.state,
            p.move.occurred_at,
            p.move.destination_id,
            p.reason,
            by,
            p.reverses_id,
            p.source,
            p.draft,
            p.move.reported_at,
        )
        for p in postings
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _entry_columns(postings: Sequence[Posting]) -> list[list[Any]]:
    rows = [
        (
            p.id,
            e.line,
            e.location_id,
            e.counter_id,
            e.destination_id,
            e.product_id,
            e.lot,
            e.quantity,
            e.unit_cost,
            e.value,
            e.currency,
            p.move.occurred_at,
            e.state,
            e.owner_id,
            e.is_assumed,
        )
        for p in postings
        for e in p.entries
    ]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in sql.ENTRY_COLUMNS]


def _balance_columns(opened: Opened) -> list[list[Any]]:
    """The rows that changed, each with its new figures; the pair's totals and transit go to the pair's own row."""
    book = opened.book
    keys: set[BalanceKey] = set(book.touched)
    keys |= {(holder, product, "", AVAILABLE, OWN) for _location, holder, product in book.touched_pools}
    nothing = Pool()
    rows = []
    for key in keys:
        held = book.balances[key]
        site_id, product_id = key[:2]
        is_pair = key[2:] == ("", AVAILABLE, OWN)
        pool = book.pools[site_id, site_id, product_id] if is_pair else nothing
        way = book.pools[TRANSIT, site_id, product_id] if is_pair else nothing
        rows.append(
            (
                held.row_id,
                held.on_hand,
                held.value,
                way.quantity,
                way.value,
                pool.quantity,
                pool.value,
                pool.last_cost,
                held.last_occurred_at,
            )
        )
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in sql.BALANCE_COLUMNS]


# -- what hangs on it ------------------------------------------------------------------------------------------------


def _record_sales(opened: Opened, postings: Sequence[Posting]) -> None:
    record_sales([row for posting in postings for row in sale_rows(opened, posting)])


def sale_rows(opened: Opened, posting: Posting) -> list[SaleRow]:
    """The sale lines of one movement, those of its bundles included."""
    if posting.prices is not None:
        return [*posting.prices, *posting.also_sold]
    if posting.move.kind in PRICED_KINDS and posting.entries:
        return [*_sale_rows(opened, posting), *posting.also_sold]
    return list(posting.also_sold)


def _sale_rows(opened: Opened, posting: Posting) -> list[SaleRow]:
    rows = []
    channels = {site.id: site.channel_id for site in opened.sites.values()}
    for line in asked_lines(posting.move):
        site_id, sign = (line.from_id, 1) if line.from_id > 0 else (line.to_id, -1)
        rows.append(
            SaleRow(
                site_id=site_id,
                product_id=line.product_id,
                quantity=sign * line.quantity,
                unit_price=line.unit_price,
                currency=opened.book.currencies[site_id],
                sold_at=posting.move.occurred_at,
                reference=posting.reference,
                movement_id=posting.id,
                channel_id=channels[site_id],
            )
        )
    return [row for row in rows if row.unit_price is not None]


def bundle_sales(opened: Opened, movement_id: int, draft: MovementDraft, move: Move) -> list[SaleRow]:
    """A sale line for each bundle that has a price paid: sales count what the customer bought. 1 query with bundles."""
    sold = {line.bundle.place: (line, line.bundle) for line in draft.lines if line.bundle is not None}
    if move.kind not in PRICED_KINDS or not sold:
        return []
    products = products_by_sku([part.sku for _line, part in sold.values()])
    rows = []
    for _place, (line, part) in sorted(sold.items()):
        if part.unit_price is None:
            continue
        is_sale = line.from_code in opened.sites
        site = opened.sites[line.from_code if is_sale else line.to_code]
        quantity = part.quantity if is_sale else -part.quantity
        rows.append(
            SaleRow(site.id, products[part.sku].pk, quantity, part.unit_price, site.currency, move.occurred_at,
                    draft.reference, movement_id, site.channel_id)
        )  # fmt: skip
    return rows


def _record_cases(actor: Actor, opened: Opened) -> None:
    """Open a case and an alert for each balance that went below zero; settle those that are back."""
    balances = opened.book.balances
    below = sorted(key for key in opened.book.touched if balances[key].lowest < 0)
    back = sorted(
        key
        for key in opened.book.touched
        if balances[key].on_hand >= 0 and (balances[key].was_negative or balances[key].lowest < 0)
    )
    if not below and not back:
        return
    by = opened.movement_ids[0] if opened.movement_ids else 0
    with connection.cursor() as cursor:
        if below:
            columns: list[list[Any]] = [[key[i] for key in below] for i in _CASE_KEY]
            columns += [
                [balances[key].lowest_by or by for key in below],
                [balances[key].lowest for key in below],
            ]
            cursor.execute(sql.OPEN_CASES, columns)
        if back:
            cursor.execute(
                sql.SETTLE_CASES, [*[[key[i] for key in back] for i in _CASE_KEY], [by] * len(back)]
            )
    codes, skus = opened.codes(), {number: sku for sku, number in opened.products.items()}
    raise_alerts(
        [
            AlertDraft(
                key=_alert_key(key),
                kind="stock_negative",
                severity="warning",
                title=format_lazy(
                    _("{sku} is below zero at {site}: {quantity}"),
                    sku=skus[key[1]],
                    site=codes[key[0]],
                    quantity=plain(balances[key].on_hand),
                ),
                url=f"/stock/products/{skus[key[1]]}/?site={codes[key[0]]}",
                site_id=key[0],
            )
            for key in below
            if balances[key].on_hand < 0
        ],
        actor=actor,
    )
    for key in back:
        resolve_alert(_alert_key(key), "back at zero or above", actor=actor)


#: Site, product, lot and owner of a balance key: only what is available is ever taken below zero.
_CASE_KEY = (0, 1, 2, 4)


def _alert_key(key: BalanceKey) -> str:
    return f"stock_negative:{key[0]}:{key[1]}:{key[2]}" + (f":{key[4]}" if key[4] != OWN else "")
