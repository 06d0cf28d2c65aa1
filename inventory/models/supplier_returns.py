"""Goods that go back to the supplier, and what he credits for them."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product, Site, Supplier
from inventory.models.balances import StockState
from lib.references import reference as numbered


class SupplierReturn(models.Model):
    """Goods of one site that go back to one supplier.

    draft → pending → approved → shipped → closed; rejected and cancelled end it before anything left. shipped: something
    left, more may follow until it is closed. credit_due_on: the day by which the supplier should have credited.
    currency: the site's, of every amount here. content_hash: of what was submitted; an approval is bound to it.
    close_note: why it was closed although the credit differs from what was expected.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("state", "Draft")
        PENDING = "pending", pgettext_lazy("state", "Pending")
        APPROVED = "approved", pgettext_lazy("state", "Approved")
        SHIPPED = "shipped", _("Shipped")
        CLOSED = "closed", pgettext_lazy("state", "Closed")
        REJECTED = "rejected", pgettext_lazy("state", "Rejected")
        CANCELLED = "cancelled", pgettext_lazy("state", "Cancelled")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(_("reason"), max_length=500)
    supplier_reference = models.CharField(_("supplier's reference"), max_length=64, default="", blank=True)
    credit_due_on = models.DateField(_("credit due on"))
    currency = models.CharField(_("currency"), max_length=3)
    content_hash = models.CharField(max_length=64, default="")
    policy = models.CharField(max_length=120, default="")
    note = models.CharField(max_length=500, default="")
    close_note = models.CharField(max_length=500, default="")
    prepared_by_id = models.BigIntegerField(null=True)
    prepared_by_name = models.CharField(max_length=150, default="")
    created_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["draft", "pending", "approved", "shipped", "closed", "rejected", "cancelled"]
                ),
                name="inventory_supplierreturn_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["credit_due_on"],
                condition=models.Q(state__in=["draft", "pending", "approved", "shipped"]),
                name="inventory_supplierreturn_open",
            ),
        ]

    def __str__(self) -> str:
        return numbered("SR", self.created_at.year, self.pk)


class SupplierReturnLine(models.Model):
    """A product, lot and state that goes back. shipped, value: what left, and what it was worth in the books.

    unit_credit: what the supplier is expected to credit for one; None: what it was worth in the books.
    """

    supplier_return = models.ForeignKey(SupplierReturn, on_delete=models.CASCADE, related_name="lines")
    number = models.IntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    lot = models.CharField(_("lot"), max_length=64, default="")
    state = models.CharField(
        _("state"), max_length=10, choices=StockState.choices, default=StockState.AVAILABLE
    )
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    unit_credit = models.DecimalField(_("credit for one"), max_digits=20, decimal_places=6, null=True)
    shipped = models.DecimalField(_("shipped"), max_digits=18, decimal_places=6, default=0)
    value = models.DecimalField(_("value"), max_digits=38, decimal_places=6, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier_return", "product", "lot", "state"],
                name="inventory_supplierreturnline_once",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, shipped__gte=0, shipped__lte=models.F("quantity")),
                name="inventory_supplierreturnline_shipped",
                violation_error_message=_("No more is shipped than was asked for."),
            ),
            models.CheckConstraint(
                condition=models.Q(unit_credit__isnull=True) | models.Q(unit_credit__gte=0),
                name="inventory_supplierreturnline_credit",
            ),
        ]


class SupplierReturnMovement(models.Model):
    """A movement that a shipment of the return posted."""

    supplier_return = models.ForeignKey(SupplierReturn, on_delete=models.CASCADE, related_name="movements")
    movement_id = models.BigIntegerField(unique=True)
    made_at = models.DateTimeField(db_default=Now())


class SupplierCredit(models.Model):
    """An amount the supplier credited, by the number of his note. Never changed; a mistake is noted as a second one.

    amount: in the return's currency; below zero takes back what was noted wrongly.
    """

    supplier_return = models.ForeignKey(SupplierReturn, on_delete=models.CASCADE, related_name="credits")
    reference = models.CharField(_("credit note"), max_length=64)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6)
    received_on = models.DateField(_("received on"))
    noted_by_id = models.BigIntegerField(null=True)
    noted_by_name = models.CharField(max_length=150, default="")
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier_return", "reference"],
                name="inventory_suppliercredit_once",
                violation_error_message=_("This credit note was noted before."),
            ),
            models.CheckConstraint(condition=~models.Q(amount=0), name="inventory_suppliercredit_not_zero"),
        ]
