"""Competitors' prices from a CSV or XLSX file: every row with its fault, the good ones only if the person says so."""

from dataclasses import dataclass
from typing import Any

from lib.actors import Actor
from lib.faults import Fault, Faults
from lib.sheets.numbers import plain_number
from lib.sheets.reading import sheet_of
from lib.sheets.tables import Shape
from pricing import access
from pricing.actions.competitors import record_competitor_prices

MAX_ROWS = 20_000
NAMES = {
    "competitor": "competitor", "竞争对手": "competitor", "code": "code", "编码": "code", "sku": "sku", "商品编码": "sku",
    "gtin": "gtin", "barcode": "gtin", "ean": "gtin", "条码": "gtin", "amount": "amount", "price": "amount",
    "价格": "amount", "currency": "currency", "币种": "currency", "observed_at": "observed_at", "seen": "observed_at",
    "时间": "observed_at", "is_promotion": "is_promotion", "促销": "is_promotion", "source": "source", "来源": "source",
}  # fmt: skip
REQUIRED = frozenset({"competitor", "amount", "currency", "observed_at"})
YES = frozenset({"1", "true", "yes", "是"})


@dataclass(frozen=True)
class TakenSheet:
    """rows read, of them new, and the faults by line of the file; with faults nothing is taken unless it was asked for."""

    rows: int
    new: int
    faults: tuple[Fault, ...] = ()


def take_competitor_sheet(
    *, actor: Actor, body: bytes, name: str, decimal_mark: str = "", only_good: bool = False
) -> TakenSheet:
    """Read a file of competitors' prices and store its rows: all, or with `only_good` those without a fault.

    Raises Faults 403; 413 and 422 what `lib.sheets` refuses. A row's fault is answered, not raised.
    """
    access.require_right(actor, "prices.edit")
    table = sheet_of(body, name, Shape(_name_of, REQUIRED, MAX_ROWS)).table
    good, lines, faults = [], [], []
    for index, (row, line) in enumerate(zip(table.rows, table.lines, strict=True)):
        read, fault = _read(row, decimal_mark, (index, "amount") in table.numeric, line)
        if (index, "amount") in table.formulas:
            fault = Fault(f"/lines/{line}", "formula", "The price is a formula; send its value.")
        if fault:
            faults.append(fault)
        else:
            good.append(read)
            lines.append(line)
    if faults and not only_good:
        return TakenSheet(len(table.rows), 0, tuple(faults + _refused(actor, good, lines)))
    refused = _refused(actor, good, lines)
    bad = {fault.pointer for fault in refused}
    if refused and not only_good:
        return TakenSheet(len(table.rows), 0, tuple(refused))
    kept = [row for row, line in zip(good, lines, strict=True) if f"/lines/{line}" not in bad]
    new = record_competitor_prices(actor=actor, rows=kept) if kept else 0
    return TakenSheet(len(table.rows), new, tuple(faults + refused))


def _name_of(header: str) -> str:
    return NAMES.get(header.strip().lower(), header.strip().lower())


def _read(row: dict[str, str], mark: str, is_number: bool, line: int) -> tuple[dict[str, Any], Fault | None]:
    amount, wrong = plain_number(row.get("amount", ""), "." if is_number else mark)
    read: dict[str, Any] = {
        **row,
        "amount": amount,
        "is_promotion": row.get("is_promotion", "").lower() in YES,
    }
    if wrong == "undeclared":
        return read, Fault(
            f"/lines/{line}", "decimal_mark_needed", "Say whether prices use a point or a comma."
        )
    return read, Fault(f"/lines/{line}", "not_a_number", "The price is not a number.") if wrong else None


def _refused(actor: Actor, rows: list[dict[str, Any]], lines: list[int]) -> list[Fault]:
    """What storing the rows would refuse, by line; nothing is stored."""
    try:
        record_competitor_prices(actor=actor, rows=rows, is_trial=True)
    except Faults as refused:
        return [
            Fault(f"/lines/{lines[int(fault.pointer.split('/')[2])]}", fault.code, fault.detail)
            for fault in refused.faults
        ]
    return []
