"""Stock, one noun a file."""

from inventory.models.balances import Balance, NegativeCase
from inventory.models.movements import Entry, Movement
from inventory.models.reconciliations import Difference, Reconciliation, Snapshot, SnapshotLine
from inventory.models.safety_stock import SafetyStock

__all__ = [
    "Balance",
    "Difference",
    "Entry",
    "Movement",
    "NegativeCase",
    "Reconciliation",
    "SafetyStock",
    "Snapshot",
    "SnapshotLine",
]
