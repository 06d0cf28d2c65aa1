"""What stock is worth: cost layers, standard costs, and the documents that change a value without moving goods."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product, Site


class CostLayer(models.Model):
    """Goods of a pair that is valued first in, first out: what came in together at one cost, and what is left of it.

    remaining, value: always the sum of its moves (LayerMove), written under the lock of the pair's balance row; the
    layers of a pair sum to its balance. quantity: what came in. line -1: what was there when its category began to be
    valued by layers.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    movement_id = models.BigIntegerField()
    line = models.IntegerField()
    quantity = models.DecimalField(max_digits=24, decimal_places=6)
    remaining = models.DecimalField(max_digits=24, decimal_places=6)
    value = models.DecimalField(max_digits=38, decimal_places=6)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(remaining__gt=0, value__gte=0) | models.Q(remaining=0, value=0),
                name="inventory_costlayer_not_negative",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "product", "id"],
                condition=models.Q(remaining__gt=0),
                name="inventory_costlayer_left",
            ),
            models.Index(fields=["movement_id"], name="inventory_costlayer_movement"),
        ]


class LayerMove(models.Model):
    """What one line of a movement put into a layer or took from it; append-only. Quantity zero: only its value changed."""

    layer = models.ForeignKey(CostLayer, on_delete=models.PROTECT, related_name="moves")
    movement_id = models.BigIntegerField()
    line = models.IntegerField()
    quantity = models.DecimalField(max_digits=24, decimal_places=6)
    value = models.DecimalField(max_digits=38, decimal_places=6)
    event_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["movement_id"], name="inventory_layermove_movement")]


class StandardCost(models.Model):
    """What one base unit is valued at in a currency from an instant on, where its category says standard; append-only."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="standard_costs")
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6)
    valid_from = models.DateTimeField(_("valid from"))
    reason = models.CharField(_("reason"), max_length=500)
    recorded_at = models.DateTimeField(db_default=Now())
    event_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "currency", "valid_from"], name="inventory_standardcost_once"
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0),
                name="inventory_standardcost_positive",
                violation_error_message=_("A standard cost must be above zero."),
            ),
        ]


class ValuationState(models.TextChoices):
    """Where a document that changes values stands."""

    PENDING = "pending", _("Pending")
    POSTED = "posted", _("Posted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REVERSED = "reversed", pgettext_lazy("document", "Reversed")


class ValuationDocument(models.Model):
    """What a revaluation and a landed cost share. Never edited: it waits for a decision, is posted once and may be reversed.

    movement_id: of kind valuation, with the entries; reversal_movement_id: of the one that took them back.
    """

    reference = models.CharField(_("reference"), max_length=64)
    state = models.CharField(_("state"), max_length=9, choices=ValuationState)
    reason = models.CharField(_("reason"), max_length=500)
    currency = models.CharField(_("currency"), max_length=3)
    total = models.DecimalField(_("total"), max_digits=38, decimal_places=6)
    content_hash = models.CharField(max_length=64)
    prepared_by_id = models.BigIntegerField(null=True)
    prepared_by_name = models.CharField(max_length=200, default="")
    made_at = models.DateTimeField(db_default=Now())
    movement_id = models.BigIntegerField(null=True)
    reversal_movement_id = models.BigIntegerField(null=True)
    note = models.CharField(max_length=500, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reference


class Revaluation(ValuationDocument):
    """A change of what stock is worth, by an amount or to a new unit cost, with a reason."""


class RevaluationLine(models.Model):
    """One pair. Either amount (signed) or unit_cost is asked for; posted: what it came to when it was posted."""

    revaluation = models.ForeignKey(Revaluation, on_delete=models.PROTECT, related_name="lines")
    number = models.IntegerField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False)
    amount = models.DecimalField(_("amount"), max_digits=38, decimal_places=6, null=True)
    unit_cost = models.DecimalField(_("unit cost"), max_digits=20, decimal_places=6, null=True)
    posted = models.DecimalField(_("posted"), max_digits=38, decimal_places=6, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revaluation", "site", "product"], name="inventory_revaluation_once"
            ),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) ^ models.Q(unit_cost__isnull=True),
                name="inventory_revaluation_one_way",
            ),
        ]


class LandedCost(ValuationDocument):
    """Charges that came with goods (freight, duty, …), spread over the receipt lines they belong to."""

    class Basis(models.TextChoices):
        AMOUNT = "amount", pgettext_lazy("spread by", "Amount")
        QUANTITY = "quantity", pgettext_lazy("spread by", "Quantity")
        WEIGHT = "weight", pgettext_lazy("spread by", "Weight")

    basis = models.CharField(_("spread by"), max_length=8, choices=Basis)


class LandedCharge(models.Model):
    """One charge in its own currency; converted: in the document's, at the rate of the day it was entered."""

    class Kind(models.TextChoices):
        FREIGHT = "freight", _("Freight")
        DUTY = "duty", _("Duty")
        INSURANCE = "insurance", _("Insurance")
        HANDLING = "handling", _("Handling")
        OTHER = "other", pgettext_lazy("charge", "Other")

    landed_cost = models.ForeignKey(LandedCost, on_delete=models.PROTECT, related_name="charges")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6)
    currency = models.CharField(_("currency"), max_length=3)
    converted = models.DecimalField(max_digits=38, decimal_places=6)
    note = models.CharField(_("note"), max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0),
                name="inventory_landedcharge_positive",
                violation_error_message=_("A charge must be above zero."),
            ),
        ]


class LandedLine(models.Model):
    """One receipt line and its share. to_stock: what was still on hand took; to_variance: what had gone already."""

    landed_cost = models.ForeignKey(LandedCost, on_delete=models.PROTECT, related_name="lines")
    number = models.IntegerField()
    receipt_id = models.BigIntegerField()
    receipt_line = models.IntegerField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False)
    quantity = models.DecimalField(_("quantity"), max_digits=24, decimal_places=6)
    measure = models.DecimalField(max_digits=38, decimal_places=6)
    share = models.DecimalField(_("share"), max_digits=38, decimal_places=6)
    to_stock = models.DecimalField(_("to stock"), max_digits=38, decimal_places=6, null=True)
    to_variance = models.DecimalField(_("to variance"), max_digits=38, decimal_places=6, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["landed_cost", "receipt_id", "receipt_line"], name="inventory_landedline_once"
            ),
        ]
        indexes = [models.Index(fields=["receipt_id"], name="inventory_landedline_receipt")]
