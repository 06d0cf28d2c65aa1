"""A delivery's bytes as a batch of rows for one kind of feed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from feeds.rules import ecb, tables
from lib.faults import refuse
from lib.sheets import decoding


@dataclass(frozen=True)
class Layout:
    """What a kind's rows are made of. aliases: words that mean something else in this kind than elsewhere."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        return self.required + self.optional


@dataclass(frozen=True)
class Batch:
    """Rows and the place of each in the delivery; `document` is a JSON object's other members."""

    rows: list[Any]
    numbers: list[int]
    encoding: str
    form: str
    ignored: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)


def batch_of(body: bytes, layout: Layout) -> Batch:
    """The rows in `body`: a JSON list, a JSON object with rows (or lines), or CSV.

    Raises Faults 422 for what refuses the whole delivery: the codes of decoding and tables, `invalid_json`,
    `not_a_list`, `missing_columns`.
    """
    text, encoding = decoding.text_of(body)
    if text.lstrip()[:1] in ("[", "{"):
        return _from_json(text, encoding)
    table = tables.table_of(text, layout.aliases)
    if ecb.is_ecb(table.columns) and set(layout.required) >= {"base", "quote", "rate"}:
        rows, numbers = ecb.rates_of(table)
        return Batch(rows, numbers, encoding, "ecb")
    missing = [name for name in layout.required if name not in table.columns]
    if missing:
        raise refuse("missing_columns", f"There is no column for {', '.join(missing)}.")
    ignored = tuple(name for name in table.columns if name and name not in layout.fields)
    rows = [_given(row, layout) for row in table.rows]
    return Batch(rows, table.numbers, encoding, "csv", ignored)


def _given(row: dict[str, str], layout: Layout) -> dict[str, str]:
    """The fields of the layout that hold something; a row longer than the header keeps its mark under ""."""
    return {name: value for name, value in row.items() if value != "" and (name in layout.fields or not name)}


def _from_json(text: str, encoding: str) -> Batch:
    try:
        data = json.loads(text, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refuse("invalid_json", f"The JSON cannot be read: {str(error)[:200]}.") from error
    document: Mapping[str, Any] = {}
    if isinstance(data, dict):
        document = {name: value for name, value in data.items() if name not in ("rows", "lines")}
        data = data.get("rows", data.get("lines"))
    if not isinstance(data, list):
        raise refuse("not_a_list", "There must be a list of rows.")
    if not data:
        raise refuse("no_rows", "There is no row of data in it.")
    if len(data) > tables.MAX_ROWS:
        raise refuse("too_many_rows", f"At most {tables.MAX_ROWS:,} rows.")
    return Batch(data, list(range(1, len(data) + 1)), encoding, "json", document=document)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
