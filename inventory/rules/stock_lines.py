"""Lines of documents that name what lies at one site: product, lot, state and quantity. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory.rules.drafts import MAX_LOT, cost_fault
from inventory.rules.states import AVAILABLE, STATES
from lib.faults import Fault
from lib.quantities import quantity_fault

MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class StockLine:
    """How much of a product and lot in one state. unit_credit: what a supplier should credit for one."""

    sku: str
    quantity: Decimal
    lot: str = ""
    state: str = AVAILABLE
    unit_credit: Decimal | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.sku, self.lot, self.state


def stock_line_faults(lines: Sequence[StockLine], known: Collection[str]) -> list[Fault]:
    """Every fault of the lines, each with its pointer; known: the SKUs that exist."""
    faults: list[Fault] = []
    if not lines:
        faults.append(Fault("/lines", "no_lines", "Say which goods."))
    if len(lines) > MAX_LINES:
        faults.append(Fault("/lines", "too_many_lines", f"At most {MAX_LINES} lines at a time."))
    seen: set[tuple[str, str, str]] = set()
    for number, line in enumerate(lines[:MAX_LINES]):
        at = f"/lines/{number}"
        if line.sku not in known:
            faults.append(Fault(f"{at}/sku", "unknown_sku", f"There is no product {line.sku!r}."))
        if quantity_fault(line.quantity) or line.quantity <= 0:
            detail = "The quantity is above zero, with up to 12 integer and 6 fraction digits."
            faults.append(Fault(f"{at}/quantity", "invalid_quantity", detail))
        if line.state not in STATES:
            faults.append(Fault(f"{at}/state", "invalid_state", f"The states are {', '.join(STATES)}."))
        if len(line.lot) > MAX_LOT:
            faults.append(Fault(f"{at}/lot", "too_long", f"A lot has up to {MAX_LOT} characters."))
        if line.unit_credit is not None and cost_fault(line.unit_credit):
            faults.append(Fault(f"{at}/unit_credit", "invalid_amount", "An amount is zero or above."))
        if line.key in seen:
            faults.append(Fault(f"{at}/sku", "duplicate_sku", f"{line.sku} stands in two lines."))
        seen.add(line.key)
    return faults
