"""The European Central Bank's wide file of euro reference rates: one row a day, one column a currency."""

from typing import Any

from feeds.rules.tables import Table


def is_ecb(columns: tuple[str, ...]) -> bool:
    """Whether a table has that shape: a date and three-letter columns, and no base or quote."""
    codes = [name for name in columns if len(name) == 3 and name.isalpha()]
    return "on" in columns and len(codes) >= 2 and not {"base", "quote"} & set(columns)


def rates_of(table: Table) -> tuple[list[dict[str, Any]], list[int]]:
    """One row {base: EUR, quote, rate, on} per given rate, and the number of the line each stands in."""
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, row in zip(table.numbers, table.rows, strict=True):
        for name in table.columns:
            value = row.get(name, "")
            if len(name) == 3 and name.isalpha() and value not in ("", "N/A"):
                rows.append({"base": "EUR", "quote": name.upper(), "rate": value, "on": row.get("on", "")})
                numbers.append(number)
    return rows, numbers
