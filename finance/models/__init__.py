"""The tables of finance, one file for each noun."""

from finance.models.accounts import AccountMap, AccountRule, Place, PostingKind
from finance.models.matching import (
    Comparison,
    DifferenceClass,
    Dispute,
    DisputeStep,
    Matching,
    Tolerance,
)
from finance.models.statements import LedgerBalance, SettlementLine, SupplierInvoice, SupplierInvoiceLine
from finance.models.vouchers import Voucher, VoucherLine, VoucherSeries

__all__ = [
    "AccountMap",
    "AccountRule",
    "Comparison",
    "DifferenceClass",
    "Dispute",
    "DisputeStep",
    "LedgerBalance",
    "Matching",
    "Place",
    "PostingKind",
    "SettlementLine",
    "SupplierInvoice",
    "SupplierInvoiceLine",
    "Tolerance",
    "Voucher",
    "VoucherLine",
    "VoucherSeries",
]
