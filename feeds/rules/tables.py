"""CSV text to rows of text by field name; headers in English or Chinese."""

import csv
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from lib.faults import refuse

DELIMITERS = (",", ";", "\t", "|")
MAX_ROWS = 1_000_000
MAX_COLUMNS = 200
MAX_CELL = 32_000
SAMPLE = 20

#: Other words for a field, in lower case with spaces for underscores.
ALIASES: dict[str, str] = {
    "货号": "sku", "商品编码": "sku", "编码": "sku", "商品编号": "sku", "item": "sku", "stockcode": "sku", "stock code": "sku", "article": "sku",
    "名称": "name", "商品名称": "name", "品名": "name", "description": "name",
    "类别": "category", "分类": "category", "品类": "category",
    "单位": "unit", "条码": "barcode", "条形码": "barcode", "ean": "barcode", "gtin": "barcode",
    "状态": "status", "税类": "tax_class", "税收分类": "tax_class", "净含量": "net_content", "净含量单位": "net_content_unit",
    "代码": "code", "站点代码": "code", "类型": "kind", "区域": "region", "国家": "country", "时区": "timezone", "time zone": "timezone",
    "币种": "currency", "货币": "currency", "法人": "legal_entity", "运营方": "operator", "渠道": "channel",
    "金额": "amount", "成本": "amount", "单位成本": "unit_cost", "进价": "amount", "cost": "amount",
    "生效日期": "valid_from", "生效时间": "valid_from", "税率": "rate_fraction",
    "基准货币": "base", "报价货币": "quote", "汇率": "rate", "日期": "on", "date": "on",
    "站点": "site", "门店": "site", "仓库": "site", "store": "site", "warehouse": "site",
    "单号": "reference", "单据号": "reference", "订单号": "reference", "invoice": "reference", "invoiceno": "reference", "order": "reference",
    "数量": "quantity", "qty": "quantity", "批次": "lot", "批号": "lot",
    "单价": "unit_price", "售价": "unit_price", "price": "unit_price", "unitprice": "unit_price",
    "时间": "occurred_at", "发生时间": "occurred_at", "销售时间": "occurred_at", "invoicedate": "occurred_at", "sold at": "occurred_at",
    "盘点时间": "taken_at", "快照时间": "taken_at", "来源": "from", "去向": "to", "目的地": "destination", "原因": "reason",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows of text by field name; `numbers` are the rows' places (1 is the first row of data)."""

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    numbers: list[int]
    delimiter: str


def field_of(header: str) -> str:
    """The field a header names: "商品编码" → "sku", "Tax Class" → "tax_class"."""
    words = unicodedata.normalize("NFKC", header).strip().lower().replace("_", " ").replace("-", " ")
    words = " ".join(words.split())
    return ALIASES.get(words, words.replace(" ", "_"))


def table_of(text: str, aliases: Mapping[str, str] | None = None) -> Table:
    """The rows of CSV `text`; blank rows are left out, cells are stripped of blanks at their ends.

    aliases: a feed's own names, field by field, that come before the common ones ("amount" → "rate").
    Raises Faults 422 `unreadable`, `no_rows`, `duplicate_column`, `too_many_columns`, `too_many_rows`.
    """
    delimiter = delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    rows: list[dict[str, str]] = []
    numbers: list[int] = []
    number = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells, aliases or {})
                continue
            number += 1
            if number > MAX_ROWS:
                raise refuse("too_many_rows", f"At most {MAX_ROWS:,} rows.")
            rows.append(_row(header, cells))
            numbers.append(number)
    except csv.Error as error:
        raise refuse("unreadable", f"Line {reader.line_num}: {error}.") from error
    if header is None or not rows:
        raise refuse("no_rows", "There is no row of data in it.")
    return Table(tuple(header), rows, numbers, delimiter)


def _header(cells: list[str], aliases: Mapping[str, str]) -> list[str]:
    if len(cells) > MAX_COLUMNS:
        raise refuse("too_many_columns", f"At most {MAX_COLUMNS} columns.")
    names = [field_of(cell) for cell in cells]
    names = [aliases.get(name, name) for name in names]
    for name in names:
        if name and names.count(name) > 1:
            raise refuse("duplicate_column", f"Two columns are called {name}.")
    return names


def _row(header: list[str], cells: list[str]) -> dict[str, str]:
    row = {name: cell.strip()[:MAX_CELL] for name, cell in zip(header, cells, strict=False) if name}
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        row[""] = "more cells than columns"
    return row


def delimiter_of(text: str) -> str:
    """The separator of the first lines: the one of , ; tab | that cuts them into the same number of cells, most first."""
    lines = [line for line in text[: 64 * 1024].splitlines() if line.strip()][:SAMPLE]
    best, best_width = ",", 1
    for delimiter in DELIMITERS:
        try:
            widths = {len(cells) for cells in csv.reader(lines[:1], delimiter=delimiter)}
        except csv.Error:
            continue
        width = widths.pop() if len(widths) == 1 else 1
        if width > best_width:
            best, best_width = delimiter, width
    return best
