"""Stock, one noun a file."""

from inventory.models.balances import Balance, NegativeCase, StockState
from inventory.models.barcode_rules import BarcodeRule
from inventory.models.count_rules import CountRule, CountTolerance, Shelf, Stream
from inventory.models.counts import (
    Count,
    CountAdjustment,
    CountItem,
    CountReason,
    CountResult,
    CountScan,
)
from inventory.models.customs import CustomsConsignment, CustomsLine, CustomsMovement, ImportLimit
from inventory.models.gradings import Grading
from inventory.models.lots import Lot, LotFinding, Recall
from inventory.models.movements import Entry, Movement
from inventory.models.periods import ClosingBalance, Period
from inventory.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from inventory.models.reconciliations import (
    Difference,
    Reconciliation,
    Snapshot,
    SnapshotPart,
)
from inventory.models.reservations import Reservation, ReservationEnd
from inventory.models.safety_stock import SafetyStock
from inventory.models.supplier_returns import (
    SupplierCredit,
    SupplierReturn,
    SupplierReturnLine,
    SupplierReturnMovement,
)
from inventory.models.transfers import (
    Transfer,
    TransferLine,
    TransferMovement,
    TransferParcel,
    TransferTemplate,
    TransferTemplateLine,
)
from inventory.models.valuation import (
    CostLayer,
    LandedCharge,
    LandedCost,
    LandedLine,
    LayerMove,
    Revaluation,
    RevaluationLine,
    StandardCost,
    ValuationState,
)
from inventory.models.write_offs import WriteOff, WriteOffLine, WriteOffReason

__all__ = [
    "Balance",
    "BarcodeRule",
    "ClosingBalance",
    "CostLayer",
    "Count",
    "CountAdjustment",
    "CountItem",
    "CountReason",
    "CountResult",
    "CountRule",
    "CountScan",
    "CountTolerance",
    "CustomsConsignment",
    "CustomsLine",
    "CustomsMovement",
    "Difference",
    "Entry",
    "Grading",
    "ImportLimit",
    "LandedCharge",
    "LandedCost",
    "LandedLine",
    "LayerMove",
    "Lot",
    "LotFinding",
    "Movement",
    "NegativeCase",
    "Period",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Recall",
    "Reconciliation",
    "Reservation",
    "ReservationEnd",
    "Revaluation",
    "RevaluationLine",
    "SafetyStock",
    "Shelf",
    "Snapshot",
    "SnapshotPart",
    "StandardCost",
    "StockState",
    "Stream",
    "SupplierCredit",
    "SupplierReturn",
    "SupplierReturnLine",
    "SupplierReturnMovement",
    "Transfer",
    "TransferLine",
    "TransferMovement",
    "TransferParcel",
    "TransferTemplate",
    "TransferTemplateLine",
    "ValuationState",
    "WriteOff",
    "WriteOffLine",
    "WriteOffReason",
]
