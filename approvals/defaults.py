"""The policies a new house starts with (CONTRACT.md, "Defaults with SEED=empty")."""

from typing import Any

from approvals.rules import Condition

_MARGIN = Condition("min_margin_fraction", "at_least", "0.20")
_KNOWN_COST = Condition("unknown_cost", "is", False)
_NO_FINDING = Condition("has_findings_above_note", "is", False)

#: kind → policies in the order they are tried.
POLICIES: list[dict[str, Any]] = [
    {
        "kind": "price_change",
        "name": "price-restore",
        "position": 10,
        "outcome": "routine",
        "conditions": [Condition("restores_days", "at_most", "30")],
    },
    {
        "kind": "price_change",
        "name": "price-routine",
        "position": 20,
        "outcome": "routine",
        "conditions": [Condition("max_change_fraction", "within", "0.05"), _MARGIN, _KNOWN_COST, _NO_FINDING],
    },
    {
        "kind": "price_change",
        "name": "price-first",
        "position": 30,
        "outcome": "routine",
        "conditions": [
            Condition("first_price", "is", True),
            Condition("max_change_fraction", "within", "0.05", may_be_missing=True),
            _MARGIN,
            _KNOWN_COST,
            _NO_FINDING,
        ],
    },
    {
        "kind": "price_change",
        "name": "price-review",
        "position": 90,
        "outcome": "approve",
        "permission": "price_changes.approve",
        "due_hours": 8,
        "conditions": [],
    },
    {
        "kind": "guardrail",
        "name": "guardrail-review",
        "position": 90,
        "outcome": "approve",
        "permission": "guardrails.manage",
        "due_hours": 24,
        "conditions": [],
    },
    {
        "kind": "price_list",
        "name": "price-list-review",
        "position": 90,
        "outcome": "approve",
        "permission": "price_lists.edit",
        "due_hours": 24,
        "conditions": [],
    },
    {
        "kind": "stock_adjustment",
        "name": "stock-routine",
        "position": 10,
        "outcome": "routine",
        "conditions": [Condition("units", "within", "100"), Condition("value", "within", "1000")],
    },
    {
        "kind": "stock_adjustment",
        "name": "stock-review",
        "position": 90,
        "outcome": "approve",
        "permission": "adjustments.approve",
        "due_hours": 24,
        "conditions": [],
    },
    {
        "kind": "exchange_rate",
        "name": "rate-review",
        "position": 90,
        "outcome": "approve",
        "permission": "rates.approve",
        "due_hours": 8,
        "conditions": [],
    },
    {
        "kind": "stock_transfer",
        "name": "transfer-emergency",
        "position": 10,
        "outcome": "routine",
        "conditions": [Condition("is_emergency", "is", True)],
    },
    {
        "kind": "stock_transfer",
        "name": "transfer-routine",
        "position": 20,
        "outcome": "routine",
        "conditions": [
            Condition("units", "within", "500"),
            Condition("value", "within", "2000"),
            Condition("crosses_entities", "is", False),
        ],
    },
    {
        "kind": "stock_transfer",
        "name": "transfer-review",
        "position": 90,
        "outcome": "approve",
        "permission": "transfers.approve",
        "due_hours": 12,
        "conditions": [],
    },
    {
        "kind": "write_off",
        "name": "write-off-routine",
        "position": 10,
        "outcome": "routine",
        "conditions": [Condition("units", "within", "100"), Condition("value", "within", "1000")],
    },
    {
        "kind": "write_off",
        "name": "write-off-review",
        "position": 90,
        "outcome": "approve",
        "permission": "adjustments.approve",
        "due_hours": 24,
        "conditions": [],
    },
    {
        "kind": "supplier_return",
        "name": "supplier-return-routine",
        "position": 10,
        "outcome": "routine",
        "conditions": [Condition("units", "within", "100"), Condition("value", "within", "1000")],
    },
    {
        "kind": "supplier_return",
        "name": "supplier-return-review",
        "position": 90,
        "outcome": "approve",
        "permission": "adjustments.approve",
        "due_hours": 24,
        "conditions": [],
    },
    {
        "kind": "stock_valuation",
        "name": "valuation-routine",
        "position": 10,
        "outcome": "routine",
        "conditions": [Condition("value", "within", "1000")],
    },
    {
        "kind": "stock_valuation",
        "name": "valuation-review",
        "position": 90,
        "outcome": "approve",
        "permission": "valuations.approve",
        "due_hours": 24,
        "conditions": [],
    },
]
