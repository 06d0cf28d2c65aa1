"""What was ordered from suppliers and what they confirmed. Orders come in by feed; what arrived are receipts."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product, Site


class PurchaseOrder(models.Model):
    """An order to one supplier for one site, by the buyer's reference; receipts name that reference.

    open: ordered; confirmed: the supplier has confirmed every line; closed: nothing more will come; cancelled.
    supplier: as the ordering system names it. currency: of the prices.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("state", "Open")
        CONFIRMED = "confirmed", pgettext_lazy("state", "Confirmed")
        CLOSED = "closed", pgettext_lazy("state", "Closed")
        CANCELLED = "cancelled", pgettext_lazy("state", "Cancelled")

    reference = models.CharField(_("reference"), max_length=64, unique=True)
    supplier = models.CharField(_("supplier"), max_length=200)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(_("currency"), max_length=3)
    ordered_on = models.DateField(_("ordered on"))
    expected_on = models.DateField(_("expected on"), null=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "confirmed", "closed", "cancelled"]),
                name="inventory_purchaseorder_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site"],
                condition=models.Q(state__in=["open", "confirmed"]),
                name="inventory_purchaseorder_open",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class PurchaseOrderLine(models.Model):
    """A product that was ordered, in base units; unit_price for one of them.

    confirmed_quantity: what the supplier will send, empty until it confirms; confirmed_on: the day it is to arrive.
    """

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(_("unit price"), max_digits=20, decimal_places=6, null=True)
    confirmed_quantity = models.DecimalField(
        _("confirmed quantity"), max_digits=18, decimal_places=6, null=True
    )
    confirmed_on = models.DateField(_("confirmed for"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="inventory_purchaseorderline_once"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="inventory_purchaseorderline_quantity"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_quantity__isnull=True) | models.Q(confirmed_quantity__gte=0),
                name="inventory_purchaseorderline_confirmed",
            ),
        ]
