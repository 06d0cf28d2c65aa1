"""Control totals: what the sender counted against what arrived. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from lib.faults import Fault, Faults


def check_totals(declared: Mapping[str, Decimal], rows: Sequence[Any]) -> None:
    """Compare the declared rows, quantity and amount with the rows'; exact, nothing is rounded.

    quantity is the sum of the rows' quantity, signed; amount the sum of amount, or of quantity × unit_price (unit_cost)
    where rows have no amount.
    Raises Faults 422 `totals_differ`, one for each total that is another; a row that cannot be added up makes it so.
    """
    faults = []
    for name in declared:
        found = Decimal(len(rows)) if name == "rows" else _sum(name, rows)
        if found != declared[name]:
            said = "cannot be added up" if found is None else f"is {found:f}"
            faults.append(
                Fault(f"/totals/{name}", "totals_differ", f"{name} {said}, declared {declared[name]:f}.")
            )
    if faults:
        raise Faults(faults)


def _sum(name: str, rows: Sequence[Any]) -> Decimal | None:
    try:
        return sum((_of_row(name, row) for row in rows), Decimal(0))
    except (KeyError, TypeError, InvalidOperation, AttributeError):
        return None


def _of_row(name: str, row: Mapping[str, Any]) -> Decimal:
    if row.get(name) not in (None, ""):
        return _decimal(row[name])
    if name == "quantity":
        raise KeyError(name)
    price = row.get("unit_price")
    return _decimal(row["quantity"]) * _decimal(row["unit_cost"] if price in (None, "") else price)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise TypeError
    number = Decimal(str(value))
    if not number.is_finite():
        raise InvalidOperation
    return number
