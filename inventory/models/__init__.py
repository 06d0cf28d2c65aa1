"""Stock, one noun a file."""

from inventory.models.balances import Balance, NegativeCase, StockState
from inventory.models.lots import Lot, LotFinding, Recall
from inventory.models.movements import Entry, Movement
from inventory.models.periods import ClosingBalance, Period
from inventory.models.reconciliations import Difference, Reconciliation, Snapshot, SnapshotLine
from inventory.models.reservations import Reservation, ReservationEnd
from inventory.models.safety_stock import SafetyStock
from inventory.models.transfers import (
    Transfer,
    TransferLine,
    TransferMovement,
    TransferParcel,
    TransferTemplate,
    TransferTemplateLine,
)

__all__ = [
    "Balance",
    "ClosingBalance",
    "Difference",
    "Entry",
    "Lot",
    "LotFinding",
    "Movement",
    "NegativeCase",
    "Period",
    "Recall",
    "Reconciliation",
    "Reservation",
    "ReservationEnd",
    "SafetyStock",
    "Snapshot",
    "SnapshotLine",
    "StockState",
    "Transfer",
    "TransferLine",
    "TransferMovement",
    "TransferParcel",
    "TransferTemplate",
    "TransferTemplateLine",
]
