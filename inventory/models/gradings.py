"""What a person found of goods that waited to be inspected."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Site
from inventory.models.supplier_returns import SupplierReturn
from inventory.models.write_offs import WriteOff


class Grading(models.Model):
    """A grade given to a quantity in state inspect, and where it went for it. Never changed.

    A: as new, available. B: available, at a lower price: markdown_fraction is what is suggested. C: blocked or
    quarantined. D: blocked until it is written off or goes back to the supplier, by the draft named.
    """

    class Grade(models.TextChoices):
        A = "A", _("As new")
        B = "B", _("Sold at a lower price")
        C = "C", _("Set aside")
        D = "D", _("Not to be sold")

    class Outcome(models.TextChoices):
        AVAILABLE = "available", _("Available again")
        BLOCKED = "blocked", _("Blocked")
        QUARANTINE = "quarantine", _("Quarantine")
        WRITE_OFF = "write_off", _("To be written off")
        SUPPLIER_RETURN = "supplier_return", _("Back to the supplier")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(_("lot"), max_length=64, default="")
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    grade = models.CharField(_("grade"), max_length=1, choices=Grade.choices)
    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome.choices)
    markdown_fraction = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    comment = models.CharField(_("comment"), max_length=500, default="", blank=True)
    movement_id = models.BigIntegerField(unique=True)
    write_off = models.ForeignKey(WriteOff, on_delete=models.PROTECT, null=True, related_name="gradings")
    supplier_return = models.ForeignKey(
        SupplierReturn, on_delete=models.PROTECT, null=True, related_name="gradings"
    )
    graded_by_id = models.BigIntegerField(null=True)
    graded_by_name = models.CharField(max_length=150, default="")
    graded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(grade__in=["A", "B", "C", "D"], quantity__gt=0),
                name="inventory_grading_grade",
            ),
            models.CheckConstraint(
                condition=models.Q(grade="B", markdown_fraction__gt=0, markdown_fraction__lt=1)
                | (~models.Q(grade="B") & models.Q(markdown_fraction__isnull=True)),
                name="inventory_grading_markdown",
                violation_error_message=_("A markdown is suggested for grade B, above 0 and below 100 %."),
            ),
        ]
        indexes = [models.Index(fields=["site", "-graded_at"], name="inventory_grading_site")]
