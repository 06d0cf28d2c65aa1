"""Price sheets: read one and hold it as a preview, then take what the person says into a draft."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.http import Http404

from audit.actions import record
from catalog.actions.upserts import stage
from catalog.rules.fields import Wrong
from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from lib.sheets.numbers import MARKS
from lib.sheets.reading import Sheet, sheet_of
from lib.sheets.tables import Shape
from pricing import access
from pricing.actions.drafting import ChangeDraft, create_change, evaluate_change, put_lines
from pricing.actions.lines import MAX_LINES, LineDraft
from pricing.models import PriceChange, PriceSheet, PriceSheetRow
from pricing.queries.market import is_storable, product_facts
from pricing.queries.sheets import Place, live_amounts, sheet_rows, state_counts
from pricing.rules.amounts import read_quantity
from pricing.rules.resolution import ListFacts
from pricing.rules.sheets import Cell, cells_of, column_of, merged, needs_mark, read_base, read_cell

COLUMNS = {
    "sheet_id": "bigint", "line": "bigint", "column": "text", "price_list": "text", "sku": "text",
    "min_quantity": "text", "typed": "text", "amount": "numeric(20,6)", "base_amount": "numeric(20,6)",
    "live_amount": "numeric(20,6)", "live_change_id": "bigint", "state": "text", "code": "text",
}  # fmt: skip


@dataclass(frozen=True)
class SheetFile:
    """A file as it was sent. decimal_mark: "." or ",", "" when none is declared. price_list: for sheets of one list."""

    name: str
    body: bytes
    decimal_mark: str = ""
    price_list: str = ""


@dataclass(slots=True)
class _Row:
    """A cell on its way: what it names, what it asks, what became of it."""

    cell: Cell
    place: Place | None = None
    amount: Decimal | None = None
    has_base: bool = False
    base: Decimal | None = None
    live: tuple[Decimal | None, int | None] = (None, None)
    state: str = ""
    code: str = ""

    def refuse(self, code: str) -> None:
        self.state, self.code = PriceSheetRow.State.REFUSED, self.code or code


@transaction.atomic
def preview_sheet(*, actor: Actor, file: SheetFile) -> PriceSheet:
    """Read `file`, compare each cell with the live price and the base it was exported with, and hold the result.

    Raises Faults 403 `not_allowed`; 413 `too_large`; 422 what `lib.sheets` refuses, `unknown_price_list`,
    `decimal_mark_needed` (a text could be read two ways), `unknown_decimal_mark`, `missing_columns`.
    Locks: nothing. Records: price_sheet.previewed. Allowed: prices.edit.
    """
    access.require_right(actor, "prices.edit")
    lists = access.editable_lists(actor)
    if file.decimal_mark not in ("", *MARKS):
        raise refuse("unknown_decimal_mark", "The decimal sign is “.” or “,”.", pointer="/decimal_mark")
    if file.price_list and file.price_list not in lists:
        raise refuse(
            "unknown_price_list", f"There is no price list “{file.price_list[:32]}”.", pointer="/price_list"
        )
    codes = {code: facts.currency for code, facts in lists.items()}
    shape = Shape(lambda header: column_of(header, codes), frozenset({"sku"}), MAX_LINES)
    read = sheet_of(file.body, file.name, shape)
    _check_columns(read.table.columns, file.price_list)
    cells = list(cells_of(read.table, file.price_list))
    if len(cells) > MAX_LINES:
        raise refuse("too_many", f"At most {MAX_LINES:,} prices in a sheet.", status=413)
    if not file.decimal_mark and (example := needs_mark(cells)):
        raise refuse(
            "decimal_mark_needed",
            f"Say whether “{example[:40]}” uses a point or a comma.",
            pointer="/decimal_mark",
        )
    rows = _compared(cells, lists, file.decimal_mark)
    sheet = _stored(actor, file, read, rows)
    record(
        actor=actor,
        kind="price_sheet.previewed",
        subject=f"price_sheet:{sheet.pk}",
        after={"name": sheet.name, "sha256": sheet.sha256, "rows": sheet.row_count, **state_counts(sheet.pk)},
    )
    return sheet


def _check_columns(columns: Collection[str], price_list: str) -> None:
    wide = any(name.startswith("list:") for name in columns)
    long = "amount" in columns and ("price_list" in columns or price_list)
    if not wide and not long:
        raise refuse(
            "missing_columns",
            "There is no column of a price list; or send price_list and amount, or say which list the amounts are for.",
        )


def _compared(cells: Iterable[Cell], lists: dict[str, ListFacts], mark: str) -> list[_Row]:
    rows = [_Row(cell) for cell in cells]
    products = product_facts({row.cell.sku for row in rows})
    seen: dict[Place, int] = {}
    for row in rows:
        facts, product = lists.get(row.cell.price_list), products.get(row.cell.sku)
        if facts is None or product is None:
            row.refuse(
                "no_sku" if not row.cell.sku else "unknown_sku" if product is None else "unknown_price_list"
            )
            continue
        _read(row, facts, product.id, mark)
        if row.place is not None and seen.setdefault(row.place, row.cell.line) != row.cell.line:
            row.refuse("duplicate_line")
    ids = {facts.id: facts.code for facts in lists.values()}
    live = live_amounts({row.place for row in rows if row.place}, ids, clock.now())
    for row in rows:
        if row.place is not None and not row.state:
            row.live = live.get(row.place, (None, None))
            row.state = merged(row.amount, row.has_base, row.base, row.live[0])
    return rows


def _read(row: _Row, facts: ListFacts, product_id: int, mark: str) -> None:
    try:
        row.place = (product_id, facts.id, read_quantity(row.cell.min_quantity))
        row.has_base, row.base = read_base(row.cell.base)
    except Wrong:
        row.refuse("bad_quantity")
    except ValueError:
        row.refuse("bad_base")
    row.amount, code = read_cell(row.cell, facts.currency, mark)
    if code:
        row.refuse(code)


def _stored(actor: Actor, file: SheetFile, read: Sheet, rows: list[_Row]) -> PriceSheet:
    sheet = PriceSheet.objects.create(
        name=_kept(file.name, 200) or "sheet",
        sha256=hashlib.sha256(file.body).hexdigest(),
        form=read.form,
        encoding=read.encoding,
        delimiter=read.table.delimiter,
        decimal_mark=file.decimal_mark,
        price_list=file.price_list,
        not_read=[*read.not_read, *(name[1:] for name in read.table.columns if name.startswith("?"))],
        row_count=len(read.table.rows),
        unchanged=sum(row.state == "same" for row in rows),
        owner_id=int(actor.id or 0),
    )
    stage("pricing_stage_sheet", COLUMNS, (_values(sheet.pk, row) for row in rows if row.state != "same"))
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO pricing_pricesheetrow ({names}) SELECT {names} FROM pg_temp.pricing_stage_sheet"
        )
    return sheet


def _values(sheet_id: int, row: _Row) -> tuple[Any, ...]:
    cell = row.cell
    names = (
        _kept(cell.column, 100),
        _kept(cell.price_list, 64),
        _kept(cell.sku, 64),
        _kept(cell.min_quantity, 40),
    )
    figures = (row.amount, row.base, *row.live)
    return (sheet_id, cell.line, *names, _kept(cell.typed, 200), *figures, row.state, row.code)


def _kept(text: str, length: int) -> str:
    return (
        text[:length]
        if is_storable(text)
        else text.encode("ascii", "replace").decode().replace("\x00", "?")[:length]
    )


@transaction.atomic
def take_sheet(
    *, actor: Actor, sheet_id: int, draft_id: int | None, only_good: bool, mine: Collection[int] = ()
) -> PriceChange:
    """Take a preview's good rows, and of the conflicts those in `mine`, into the draft (a new one without draft_id).

    only_good: the person says that refused rows and open conflicts may stay behind; otherwise they refuse all.
    Raises Faults 409 `wrong_state` (taken already), `moved_meanwhile` (live prices moved since the preview); 422
    `has_faults`, `nothing_to_take`; 403 and 409 of the draft; Http404.
    Locks: the sheet, the draft. Records: price_sheet.taken and what drafting records. Allowed: prices.edit, one's own.
    """
    access.require_right(actor, "prices.edit")
    sheet = PriceSheet.objects.select_for_update().filter(pk=sheet_id, owner_id=actor.id).first()
    if sheet is None:
        raise Http404(sheet_id)
    if sheet.state != PriceSheet.State.PREVIEW:
        raise refuse("wrong_state", "This sheet was taken already.", status=409)
    rows = [
        row
        for row in sheet_rows(sheet.pk)
        if row.state == PriceSheetRow.State.GOOD
        or (row.state == PriceSheetRow.State.CONFLICT and row.pk in mine)
    ]
    counts = state_counts(sheet.pk)
    left = counts["refused"] + counts["conflict"] + counts["good"] - len(rows)
    if left and not only_good:
        raise refuse("has_faults", f"{left:,} rows are refused or in conflict; say that they stay behind.")
    if not rows:
        raise refuse("nothing_to_take", "No row of this sheet would change a price.")
    _check_unmoved(actor, rows)
    lines = [LineDraft(row.price_list, row.sku, row.amount, row.min_quantity) for row in rows]
    if draft_id is None:
        change = create_change(actor=actor, draft=ChangeDraft(title=sheet.name, lines=lines))
    else:
        put_lines(actor=actor, change_id=draft_id, lines=lines)
        change = evaluate_change(actor=actor, change_id=draft_id)
    PriceSheet.objects.filter(pk=sheet.pk).update(state=PriceSheet.State.TAKEN, change=change)
    record(
        actor=actor,
        kind="price_sheet.taken",
        subject=f"price_sheet:{sheet.pk}",
        after={"price_change": change.pk, "sha256": sheet.sha256, "taken": len(rows), "left": left},
    )
    return change


def _check_unmoved(actor: Actor, rows: list[PriceSheetRow]) -> None:
    """Raise 409 when a live price is no longer what the preview showed."""
    lists = access.editable_lists(actor)
    products = product_facts({row.sku for row in rows})
    places = {
        row.pk: (products[row.sku].id, lists[row.price_list].id, read_quantity(row.min_quantity))
        for row in rows
        if row.sku in products and row.price_list in lists
    }
    live = live_amounts(set(places.values()), {facts.id: code for code, facts in lists.items()}, clock.now())
    moved = [
        row
        for row in rows
        if row.pk in places and live.get(places[row.pk], (None, None))[0] != row.live_amount
    ]
    if moved:
        raise refuse(
            "moved_meanwhile",
            f"{len(moved):,} prices moved since the preview, first {moved[0].sku} in {moved[0].price_list};"
            " send the sheet again.",
            status=409,
        )
