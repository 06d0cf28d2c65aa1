"""What the other side says was received, shipped or moved: its documents, to be matched with our own by reference."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Site
from feeds.models.deliveries import Delivery


class PartnerDocument(models.Model):
    """A receipt, shipment or transfer as the other side keeps it, under its reference at one site.

    One that comes again takes the place of what it said before; `delivery` is the one it stands in now.
    """

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        SHIPMENT = "shipment", _("Shipment")
        TRANSFER = "transfer", _("Transfer")

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False)
    reference = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "kind", "reference"], name="feeds_partnerdocument_once"),
        ]
        indexes = [models.Index(fields=["site", "occurred_at"], name="feeds_partnerdocument_when")]

    def __str__(self) -> str:
        return self.reference


class PartnerDocumentLine(models.Model):
    """How much of an SKU; product is empty for one that is not known here. quantity is never below zero."""

    document = models.ForeignKey(PartnerDocument, on_delete=models.CASCADE, related_name="lines")
    sku = models.CharField(max_length=64)
    product = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    quantity = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "sku"], name="feeds_partnerdocumentline_once"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=0), name="feeds_partnerdocumentline_not_negative"
            ),
        ]
