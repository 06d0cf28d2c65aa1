"""What others told us, as lists."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet

from catalog.models import LegalEntity, Site
from finance.models import LedgerBalance, SettlementLine, SupplierInvoiceLine
from inventory.queries.documents import plain


def settlement_lines(visible: Collection[int] | None, asked: Mapping[str, str]) -> QuerySet[SettlementLine]:
    """By channel, payout, order; of channels that only sell at sites in scope. Newest first."""
    found = SettlementLine.objects.select_related("channel").order_by("-id")
    if visible is not None:
        beyond = Site.objects.exclude(pk__in=list(visible)).filter(channel__isnull=False).values("channel")
        found = found.filter(channel__in=Site.objects.filter(pk__in=list(visible)).values("channel"))
        found = found.exclude(channel__in=beyond)
    for name, field in (("channel", "channel__code"), ("payout", "payout"), ("order", "order_reference")):
        if asked.get(name):
            found = found.filter(**{field: asked[name]})
    return found


def invoice_lines(visible: Collection[int] | None, asked: Mapping[str, str]) -> QuerySet[SupplierInvoiceLine]:
    """By supplier, reference, order; invoices belong to no site, so for whoever sees everything. Newest first."""
    found = SupplierInvoiceLine.objects.select_related("invoice", "product").order_by("-id")
    if visible is not None:
        return found.none()
    for name, field in (
        ("supplier", "invoice__supplier"),
        ("reference", "invoice__reference"),
        ("order", "invoice__order_reference"),
    ):
        if asked.get(name):
            found = found.filter(**{field: asked[name]})
    return found


def ledger_balances(entities: QuerySet[LegalEntity], asked: Mapping[str, str]) -> QuerySet[LedgerBalance]:
    """By legal entity and account, of legal entities in scope. Newest first."""
    found = (
        LedgerBalance.objects.filter(legal_entity__in=entities).select_related("legal_entity").order_by("-id")
    )
    for name, field in (("legal_entity", "legal_entity__code"), ("account", "account")):
        if asked.get(name):
            found = found.filter(**{field: asked[name]})
    return found


def settlement_body(one: SettlementLine) -> dict[str, Any]:
    """As it is posted; needs channel."""
    return {
        "channel": one.channel.code,
        "payout": one.payout,
        "order_reference": one.order_reference,
        "sku": one.sku,
        "quantity": None if one.quantity is None else plain(one.quantity),
        "gross": plain(one.gross),
        "commission": plain(one.commission),
        "fees": plain(one.fees),
        "refunds": plain(one.refunds),
        "currency": one.currency,
        "on": one.on.isoformat(),
    }


def invoice_body(one: SupplierInvoiceLine) -> dict[str, Any]:
    """As it is posted; needs invoice and product."""
    return {
        "supplier": one.invoice.supplier,
        "reference": one.invoice.reference,
        "line": one.number,
        "sku": one.product.sku,
        "quantity": plain(one.quantity),
        "unit_price": plain(one.unit_price),
        "tax": plain(one.tax),
        "currency": one.invoice.currency,
        "on": one.invoice.on.isoformat(),
        "order_reference": one.invoice.order_reference,
        "receipt_reference": one.invoice.receipt_reference,
    }


def balance_body(one: LedgerBalance) -> dict[str, Any]:
    """As it is posted; needs legal_entity."""
    return {
        "legal_entity": one.legal_entity.code,
        "account": one.account,
        "currency": one.currency,
        "on": one.on.isoformat(),
        "balance": plain(one.balance),
    }
