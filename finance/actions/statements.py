"""Taking in what others say: settlements of platforms, invoices of suppliers, balances of the general ledger.

Each takes a list all or nothing; the same row again changes nothing, another content for the same key corrects it.
"""

from typing import Any

from django.db import connection, transaction

from catalog.actions import upserts
from catalog.actions.upserts import Column, Counts, Rows, Story, Target
from catalog.models import Channel, LegalEntity, Product
from catalog.rules.rows import Shape, checked_rows
from finance.models import LedgerBalance, SettlementLine, SupplierInvoice, SupplierInvoiceLine
from finance.rules.statements import INVOICE, LEDGER_BALANCE, SETTLEMENT
from lib.actors import Actor
from lib.faults import Fault

_SETTLEMENT_STAGE = {
    "channel": "text", "payout": "text", "order_reference": "text", "sku": "text", "quantity": "numeric(18,6)",
    "gross": "numeric(20,6)", "commission": "numeric(20,6)", "fees": "numeric(20,6)", "refunds": "numeric(20,6)",
    "currency": "text", "on": "date", "source": "text",
}  # fmt: skip
_SETTLEMENT = Target(
    table="finance_settlementline",
    key=["channel_id", "payout", "order_reference", "sku"],
    key_values=["c.id", "s.payout", "s.order_reference", "s.sku"],
    joins="JOIN catalog_channel c ON c.code = s.channel",
    columns=[
        *(Column(name, f's."{name}"') for name in ("quantity", "gross", "commission", "fees", "refunds", "currency", "on")),
        Column("source", "coalesce(nullif(t.source, ''), s.source)"),
    ],
)  # fmt: skip
_HEAD_STAGE = {
    "supplier": "text", "reference": "text", "order_reference": "text", "receipt_reference": "text",
    "currency": "text", "on": "date", "source": "text",
}  # fmt: skip
_HEAD = Target(
    table="finance_supplierinvoice",
    key=["supplier", "reference"],
    key_values=["s.supplier", "s.reference"],
    columns=[
        *(Column(name, f's."{name}"') for name in ("order_reference", "receipt_reference", "currency", "on")),
        Column("source", "coalesce(nullif(t.source, ''), s.source)"),
    ],
)
_LINE_STAGE = {
    "supplier": "text", "reference": "text", "line": "int", "sku": "text", "quantity": "numeric(18,6)",
    "unit_price": "numeric(20,6)", "tax": "numeric(20,6)",
}  # fmt: skip
_LINE = Target(
    table="finance_supplierinvoiceline",
    key=["invoice_id", "number"],
    key_values=["i.id", "s.line"],
    joins="JOIN finance_supplierinvoice i ON i.supplier = s.supplier AND i.reference = s.reference"
    " JOIN catalog_product p ON p.sku = s.sku",
    columns=[Column("product_id", "p.id"), *(Column(name, f"s.{name}") for name in ("quantity", "unit_price", "tax"))],
)  # fmt: skip
_BALANCE_STAGE = {
    "legal_entity": "text", "account": "text", "currency": "text", "on": "date", "balance": "numeric(24,6)",
    "source": "text",
}  # fmt: skip
_BALANCE = Target(
    table="finance_ledgerbalance",
    key=["legal_entity_id", "account", "currency", "on"],
    key_values=["e.id", "s.account", "s.currency", 's."on"'],
    joins="JOIN catalog_legalentity e ON e.code = s.legal_entity",
    columns=[Column("balance", "s.balance"), Column("source", "coalesce(nullif(t.source, ''), s.source)")],
)


@transaction.atomic
def take_settlements(*, actor: Actor, rows: Any, reason: str = "") -> Counts:
    """Keep lines of platform settlements by (channel, payout, order, SKU).

    rows: `finance.rules.statements.SETTLEMENT`; amounts above zero, a sku for lines by product.
    Raises Faults 422 with every fault: those of `catalog.rules.rows`, unknown_channel, negative_amount.
    Locks: the lines, in the order of their key. Records: settlement.upserted. Allowed: feeds, and the edge asks for
    feeds.push.
    """
    clean, faults = _checked(rows, SETTLEMENT)
    faults += _unknown(clean, "channel", Channel.objects, "code", "unknown_channel")
    faults += _negative(clean, ("commission", "fees", "refunds"))
    upserts.refuse_all(faults)
    defaults = {"sku": "", "quantity": None, "commission": 0, "fees": 0, "refunds": 0, "source": reason[:64]}
    _stage("finance_stage_settlements", _SETTLEMENT_STAGE, clean, defaults)
    written = upserts.upsert(_SETTLEMENT, "finance_stage_settlements")
    _record(actor, written, "settlement", len(clean), reason, SettlementLine)
    return written.counts


@transaction.atomic
def take_invoices(*, actor: Actor, rows: Any, reason: str = "") -> Counts:
    """Keep suppliers' invoices by (supplier, reference); one row for each line, all lines of an invoice together.

    A line that an invoice no longer has goes away. Raises Faults 422 with every fault: those of `catalog.rules.rows`,
    unknown_sku, several_heads (rows of one invoice that disagree about currency, day or order).
    Locks: invoices, then lines, in the order of their keys. Records: supplier_invoice.upserted.
    Allowed: feeds, and the edge asks for feeds.push.
    """
    clean, faults = _checked(rows, INVOICE)
    faults += _unknown(clean, "sku", Product.objects, "sku", "unknown_sku")
    heads, several = _heads(clean, reason)
    upserts.refuse_all(faults + several)
    upserts.stage(
        "finance_stage_heads", _HEAD_STAGE, ([head[name] for name in _HEAD_STAGE] for head in heads)
    )
    head_written = upserts.upsert(_HEAD, "finance_stage_heads")
    _stage("finance_stage_lines", _LINE_STAGE, clean, {"tax": 0})
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM finance_supplierinvoiceline l USING finance_supplierinvoice i, pg_temp.finance_stage_heads h"
            " WHERE l.invoice_id = i.id AND i.supplier = h.supplier AND i.reference = h.reference AND NOT EXISTS ("
            " SELECT FROM pg_temp.finance_stage_lines s WHERE s.supplier = i.supplier AND s.reference = i.reference"
            " AND s.line = l.number)"
        )
    written = upserts.upsert(_LINE, "finance_stage_lines")
    _record(actor, head_written, "supplier_invoice", len(heads), reason, SupplierInvoice)
    _record(actor, written, "supplier_invoice_line", len(clean), reason, SupplierInvoiceLine)
    return written.counts


@transaction.atomic
def take_ledger_balances(*, actor: Actor, rows: Any, reason: str = "") -> Counts:
    """Keep balances of the general ledger by (legal entity, account, currency, day).

    Raises Faults 422 with every fault: those of `catalog.rules.rows`, unknown_entity.
    Locks: the balances, in the order of their key. Records: ledger_balance.upserted. Allowed: feeds, and the edge asks for
    feeds.push.
    """
    clean, faults = _checked(rows, LEDGER_BALANCE)
    faults += _unknown(clean, "legal_entity", LegalEntity.objects, "code", "unknown_entity")
    upserts.refuse_all(faults)
    _stage("finance_stage_balances", _BALANCE_STAGE, clean, {"source": reason[:64]})
    written = upserts.upsert(_BALANCE, "finance_stage_balances")
    _record(actor, written, "ledger_balance", len(clean), reason, LedgerBalance)
    return written.counts


def _checked(rows: Any, shape: Shape) -> tuple[Rows, list[Fault]]:
    """The clean rows; a cell that holds nothing says nothing. Keys with a part left out are compared too."""
    if isinstance(rows, list):
        blank = {field.name: "" for field in shape.fields if field.name in shape.key and not field.required}
        rows = [
            {**blank, **{name: value for name, value in row.items() if value not in ("", None)}}
            if isinstance(row, dict)
            else row
            for row in rows
        ]
    return checked_rows(rows, shape)


def _unknown(rows: Rows, name: str, known: Any, column: str, code: str) -> list[Fault]:
    named = {row[name] for row in rows if name in row}
    found = set(known.filter(**{f"{column}__in": named}).values_list(column, flat=True))
    return [
        Fault(f"/{number}/{name}", code, f"There is no {name.replace('_', ' ')} {row[name]!r}.")
        for number, row in enumerate(rows)
        if name in row and row[name] not in found
    ]


def _negative(rows: Rows, names: tuple[str, ...]) -> list[Fault]:
    return [
        Fault(f"/{number}/{name}", "negative_amount", f"{name} is an amount above zero.")
        for number, row in enumerate(rows)
        for name in names
        if row.get(name, 0) < 0
    ]


def _heads(rows: Rows, reason: str) -> tuple[Rows, list[Fault]]:
    """One head for each invoice, and the rows that say otherwise than its first."""
    heads: dict[tuple[Any, Any], dict[str, Any]] = {}
    faults = []
    for number, row in enumerate(rows):
        if "supplier" not in row or "reference" not in row:
            continue
        head = {
            "supplier": row["supplier"], "reference": row["reference"], "currency": row.get("currency"),
            "on": row.get("on"), "order_reference": row.get("order_reference", ""),
            "receipt_reference": row.get("receipt_reference", ""), "source": reason[:64],
        }  # fmt: skip
        if heads.setdefault((row["supplier"], row["reference"]), head) != head:
            detail = f"Rows of invoice {row['reference']} disagree about its currency, day or order."
            faults.append(Fault(f"/{number}/reference", "several_heads", detail))
    return list(heads.values()), faults


def _stage(name: str, columns: dict[str, str], rows: Rows, defaults: dict[str, Any]) -> None:
    upserts.stage(
        name, columns, ([row.get(column, defaults.get(column)) for column in columns] for row in rows)
    )


def _record(actor: Actor, written: Any, noun: str, size: int, reason: str, model: Any) -> None:
    short = size <= upserts.DETAILED_ROWS

    def read(ids: list[int]) -> dict[str, Any]:
        found = model.objects.filter(pk__in=ids).order_by("pk")
        if not short:
            return {str(one): "" for one in found.values_list("pk", flat=True)}
        return {str(row["id"]): {k: str(v) for k, v in row.items() if k != "id"} for row in found.values()}

    upserts.record(actor, written, Story(noun, {} if short else None, read, reason))
