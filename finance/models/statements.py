"""What others told us: lines of platform settlements, supplier invoices, balances of the general ledger."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, LegalEntity, Product


class SettlementLine(models.Model):
    """What a platform says it paid for one order (or one product of it) in one payout.

    gross: what the customer paid; commission, fees, refunds: what was kept back, as amounts above zero; all in `currency`.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    payout = models.CharField(_("payout"), max_length=64)
    order_reference = models.CharField(_("order"), max_length=64)
    sku = models.CharField(_("SKU"), max_length=64, default="")
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6, null=True)
    gross = models.DecimalField(_("gross"), max_digits=20, decimal_places=6)
    commission = models.DecimalField(_("commission"), max_digits=20, decimal_places=6, default=0)
    fees = models.DecimalField(_("fees"), max_digits=20, decimal_places=6, default=0)
    refunds = models.DecimalField(_("refunds"), max_digits=20, decimal_places=6, default=0)
    currency = models.CharField(_("currency"), max_length=3)
    on = models.DateField(_("date"))
    arrived_at = models.DateTimeField(db_default=Now())
    source = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "payout", "order_reference", "sku"], name="finance_settlementline_once"
            )
        ]
        indexes = [models.Index(fields=["channel", "order_reference"], name="finance_settlementline_order")]


class SupplierInvoice(models.Model):
    """A supplier's invoice; order_reference names a purchase order, receipt_reference a receipt when given."""

    supplier = models.CharField(_("supplier"), max_length=150)
    reference = models.CharField(_("reference"), max_length=64)
    order_reference = models.CharField(_("purchase order"), max_length=64, default="")
    receipt_reference = models.CharField(_("receipt"), max_length=64, default="")
    currency = models.CharField(_("currency"), max_length=3)
    on = models.DateField(_("date"))
    arrived_at = models.DateTimeField(db_default=Now())
    source = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "reference"], name="finance_supplierinvoice_once")
        ]
        indexes = [models.Index(fields=["order_reference"], name="finance_supplierinvoice_order")]

    def __str__(self) -> str:
        return self.reference


class SupplierInvoiceLine(models.Model):
    """A line of it; unit_price without tax, in the invoice's currency; tax: of the line, as an amount."""

    invoice = models.ForeignKey(SupplierInvoice, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(_("unit price"), max_digits=20, decimal_places=6)
    tax = models.DecimalField(_("tax"), max_digits=20, decimal_places=6, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "number"], name="finance_supplierinvoiceline_once")
        ]


class LedgerBalance(models.Model):
    """What an account of the general ledger holds at the end of a day, a debit above zero."""

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT)
    account = models.CharField(_("account"), max_length=32)
    currency = models.CharField(_("currency"), max_length=3)
    on = models.DateField(_("date"))
    balance = models.DecimalField(_("balance"), max_digits=24, decimal_places=6)
    arrived_at = models.DateTimeField(db_default=Now())
    source = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "account", "currency", "on"], name="finance_ledgerbalance_once"
            )
        ]
