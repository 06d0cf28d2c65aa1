"""The cells of a price sheet and their three-way merge. Pure.

A sheet is long (sku, price_list, amount) or wide (sku and one column per list: "BASE" or "BASE GBP"). "<list> base"
holds the price each cell was exported with, as "12.95@17": the amount and the price change that made it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lib.money import MAX_INTEGER_DIGITS, minor_unit
from lib.sheets.numbers import plain_number
from lib.sheets.tables import TOO_LONG, Table

NAMES = {
    "sku": "sku", "货号": "sku", "商品编码": "sku", "商品编号": "sku", "编码": "sku", "article": "sku", "item": "sku",
    "price list": "price_list", "list": "price_list", "价目表": "price_list",
    "amount": "amount", "price": "amount", "new price": "amount", "价格": "amount", "售价": "amount", "新价": "amount",
    "min quantity": "min_quantity", "起订量": "min_quantity", "最小数量": "min_quantity",
    "currency": "currency", "币种": "currency", "货币": "currency",
    "exported base": "base", "导出时价格": "base",
}  # fmt: skip
#: Columns that tell of the product and ask for nothing.
SILENT = {"name", "category", "status", "cost", "unit", "barcode", "名称", "类别", "状态", "成本", ""}
#: What ends a price; an empty cell leaves it alone.
ENDS = {"end", "结束"}
SYMBOLS = {"£": ("GBP",), "€": ("EUR",), "$": ("USD",), "¥": ("CNY", "JPY")}
SIGNED = re.compile(r"^([£€¥$]|[A-Za-z]{3})?\s*(.*?)\s*([£€¥$]|[A-Za-z]{3})?$", re.DOTALL)
BASE = re.compile(r"([0-9]{1,14}(?:\.[0-9]{1,6})?)?@([0-9]{0,18})")
ERROR_CELL = re.compile(r"#(N/A|VALUE!|REF!|DIV/0!|NUM!|NAME\?|NULL!)")


def column_of(header: str, lists: dict[str, str]) -> str:
    """The column a header names. lists: code → currency. "list:BASE", "base:BASE", a field, "" for one that
    only tells of the product, "?<header>" for one that is not known.
    """
    words = " ".join(unicodedata.normalize("NFKC", header).strip().lower().replace("_", " ").split())
    if words in NAMES:
        return NAMES[words]
    for code, currency in lists.items():
        lower = code.lower().replace("_", " ")
        if words in (lower, f"{lower} {currency.lower()}"):
            return f"list:{code}"
        if words == f"{lower} base":
            return f"base:{code}"
    return "" if words in SILENT else f"?{header.strip()[:60]}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One price cell as it stands in the sheet. is_number: a workbook's number, so no decimal sign is in question."""

    line: int
    column: str
    price_list: str
    sku: str
    typed: str
    min_quantity: str = "1"
    currency: str = ""
    base: str = ""
    is_formula: bool = False
    is_number: bool = False
    is_too_long: bool = False


def cells_of(table: Table, price_list: str) -> Iterator[Cell]:
    """Every price cell that holds something. price_list: the list of a long sheet without a column for it."""
    wide = [name for name in table.columns if name.startswith("list:")]
    long = ["amount"] if "amount" in table.columns else []
    for index, row in enumerate(table.rows):
        for name in (*wide, *long):
            if row.get(name):
                yield _cell(table, index, name, price_list)


def _cell(table: Table, index: int, name: str, price_list: str) -> Cell:
    row = table.rows[index]
    is_long = name == "amount"
    code = row.get("price_list") or price_list if is_long else name.removeprefix("list:")
    return Cell(
        line=table.lines[index],
        column=name,
        price_list=code,
        sku=row.get("sku", ""),
        typed=row[name],
        min_quantity=(row.get("min_quantity") or "1") if is_long else "1",
        currency=row.get("currency", ""),
        base=row.get("base" if is_long else f"base:{code}", ""),
        is_formula=(index, name) in table.formulas or (index, "sku") in table.formulas,
        is_number=(index, name) in table.numeric,
        is_too_long=row.get("") == TOO_LONG,
    )


def needs_mark(cells: Collection[Cell]) -> str:
    """An example of a text whose decimal sign must be declared, "" when there is none."""
    for cell in cells:
        if not cell.is_number and plain_number(_bare(cell.typed)[0], "")[1] == "undeclared":
            return cell.typed
    return ""


def _bare(typed: str) -> tuple[str, set[str]]:
    """(the number without currency signs, the currencies they name: several for ¥)."""
    found = SIGNED.match(typed.strip())
    if found is None:
        return typed, set()
    marks = [mark.upper() for mark in (found.group(1), found.group(3)) if mark]
    return found.group(2), {code for mark in marks for code in SYMBOLS.get(mark, (mark,))}


def read_cell(cell: Cell, currency: str, mark: str) -> tuple[Decimal | None, str]:
    """(amount, "") or (None, code); (None, "") ends the price. currency: the list's."""
    if cell.is_too_long:
        return None, "too_many_cells"
    if cell.is_formula:
        return None, "formula"
    if ERROR_CELL.fullmatch(cell.typed):
        return None, "error_cell"
    if cell.typed.lower() in ENDS:
        return None, ""
    body, currencies = _bare(cell.typed)
    if (currencies and currency not in currencies) or (cell.currency and cell.currency.upper() != currency):
        return None, "currency_mismatch" if plain_number(body, mark or ".")[1] == "" else "not_a_number"
    plain, code = plain_number(body, "." if cell.is_number else mark)
    if code:
        return None, code
    amount = Decimal(plain)
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > minor_unit(currency):
        return None, "too_precise"
    return (None, "too_large") if amount.adjusted() >= MAX_INTEGER_DIGITS else (amount, "")


def read_base(text: str) -> tuple[bool, Decimal | None]:
    """(whether a base is given, its amount; None where there was no price). Raises ValueError when it was edited."""
    if not text:
        return False, None
    found = BASE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    try:
        return True, Decimal(found.group(1)) if found.group(1) else None
    except InvalidOperation as error:  # pragma: no cover  (the expression takes digits only)
        raise ValueError(text) from error


def base_text(amount: Decimal | None, change_id: int | None) -> str:
    """What an exported sheet holds as the base of a cell."""
    return f"{'' if amount is None else format(amount.normalize(), 'f')}@{change_id or ''}"


def merged(mine: Decimal | None, has_base: bool, base: Decimal | None, live: Decimal | None) -> str:
    """good, conflict, theirs or same: what was typed against what it was exported with and what is live now."""
    if mine == live:
        return "same"
    if not has_base or base == live:
        return "good"
    return "theirs" if mine == base else "conflict"
