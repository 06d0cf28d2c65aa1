"""Feeds that finance takes: settlements of platforms, invoices of suppliers, balances of the general ledger.

Each is compared with what we hold as soon as it is taken, in the same transaction.
"""

from typing import Any

from django.db import transaction

from catalog.rules.rows import Shape
from feeds.actions.kinds import MAX_PASSES, Apply, Kind, Outcome, faults_by_row, rows_into
from feeds.actions.order_kinds import reject
from feeds.models import Delivery
from feeds.rules.batches import Batch, Layout
from feeds.rules.orders import Checks, Group, groups_of
from finance.actions.matching import compare
from finance.actions.statements import take_invoices, take_ledger_balances, take_settlements
from finance.rules.statements import INVOICE, LEDGER_BALANCE, SETTLEMENT
from lib.actors import Actor
from lib.faults import Faults, refuse


def compared(matching: str, take: Apply) -> Apply:
    """An apply that compares what it took."""

    def apply(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
        outcome = take(actor, delivery, batch)
        if outcome.accepted:
            outcome.result["compared"] = compare(actor=actor, matching=matching).as_json()
        return outcome

    return apply


def _checks(shape: Shape, *, is_required: bool) -> Checks:
    return {field.name: field.check for field in shape.fields if field.required == is_required}


INVOICE_CHECKS = (_checks(INVOICE, is_required=True), _checks(INVOICE, is_required=False))


def apply_invoices(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
    """Each invoice whole: with a fault in one of its rows none of it is taken, and the other invoices are."""
    groups = groups_of(batch.rows, batch.numbers, INVOICE_CHECKS, by=("supplier", "reference"))
    outcome = Outcome()
    _take([group for group in groups if group.fault is None], actor, delivery, outcome)
    for group in groups:
        if group.fault is not None:
            reject(outcome, group, group.fault)
    return outcome


def _take(groups: list[Group], actor: Actor, delivery: Delivery, outcome: Outcome) -> None:
    for _pass in range(MAX_PASSES):
        rows: list[tuple[Group, int, Any]] = [
            (group, index, row) for group in groups for index, row in enumerate(group.rows)
        ]
        if not rows:
            return
        try:
            with transaction.atomic():
                given = [{**row, "on": row["on"].isoformat()} for _group, _index, row in rows]
                counts = take_invoices(actor=actor, rows=given, reason=f"delivery:{delivery.pk}")
        except Faults as faults:
            bad = faults_by_row(faults)
            if not bad:
                raise
            for place, fault in bad.items():
                group, index, _row = rows[place]
                group.refuse(index, fault)
            groups = [group for group in groups if group.fault is None]
            continue
        outcome.accepted += len(rows)
        outcome.result |= counts.as_json()
        return
    raise refuse("too_many_faults", "The invoices contradict each other too often to be taken one by one.")


def _layout(shape: Shape, aliases: dict[str, str]) -> Layout:
    return Layout(
        tuple(field.name for field in shape.fields if field.required),
        tuple(field.name for field in shape.fields if not field.required),
        aliases,
    )


FINANCE: dict[str, Kind] = {
    "settlements": Kind(
        _layout(
            SETTLEMENT,
            {
                "reference": "order_reference",
                "amount": "gross",
                "settlement": "payout",
                "结算单": "payout",
                "佣金": "commission",
                "手续费": "fees",
                "退款": "refunds",
            },
        ),
        compared("settlement", rows_into(take_settlements)),
        key=("channel", "payout", "order_reference", "sku"),
        unique=("channel", "payout", "order_reference", "sku"),
    ),
    "supplier-invoices": Kind(
        _layout(
            INVOICE,
            {
                "receipt": "receipt_reference",
                "行号": "line",
                "税额": "tax",
                "供应商": "supplier",
                "发票号": "reference",
            },
        ),
        compared("invoice", apply_invoices),
        reads_faults=True,
    ),
    "ledger-balances": Kind(
        _layout(LEDGER_BALANCE, {"科目": "account", "余额": "balance", "amount": "balance"}),
        compared("ledger", rows_into(take_ledger_balances)),
        key=("legal_entity", "account", "currency", "on"),
        unique=("legal_entity", "account", "currency", "on"),
    ),
}
