"""What a supplier says a product may be advertised for at least, or recommends to ask."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Product


class SupplierLimit(models.Model):
    """A minimum advertised (map) or recommended (msrp) price, tax included, from a day on; never edited.

    Of a (product, kind, currency) the newest `valid_from` counts, and of one day the row written last; amount None ends it.
    """

    class Kind(models.TextChoices):
        MAP = "map", _("Minimum advertised price")
        MSRP = "msrp", _("Recommended retail price")

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6, null=True)
    valid_from = models.DateField(_("from"))
    source = models.CharField(_("source"), max_length=300)
    created_at = models.DateTimeField(db_default=Now())
    created_by_name = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | models.Q(amount__gt=0),
                name="pricing_supplierlimit_positive",
                violation_error_message=_("The amount must be above zero."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["product", "kind", "currency", "-valid_from", "-id"],
                name="pricing_supplierlimit_newest",
            )
        ]
