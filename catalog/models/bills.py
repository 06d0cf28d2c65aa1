"""What a product is made of: bills of materials, in versions."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Product


class BillOfMaterials(models.Model):
    """What one unit of `product` is made of from `valid_from` on, until the product's next version. Append-only.

    bundle: has no stock of its own; who sells it takes its components. kit: is assembled and has stock of its own.
    ended: from then on an ordinary product again, without lines.
    """

    class Kind(models.TextChoices):
        BUNDLE = "bundle", _("Bundle")
        KIT = "kit", _("Kit")
        ENDED = "ended", _("No bill")

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="bills")
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    valid_from = models.DateTimeField(_("valid from"))
    reason = models.CharField(_("reason"), max_length=500, default="", blank=True)
    prepared_by_id = models.BigIntegerField(null=True)
    prepared_by_name = models.CharField(max_length=200, default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "valid_from"], name="catalog_billofmaterials_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["bundle", "kit", "ended"]), name="catalog_billofmaterials_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.sku} {self.valid_from:%Y-%m-%d}"


class BillLine(models.Model):
    """A component and how much of it one unit takes, in the component's base unit. Append-only."""

    bill = models.ForeignKey(BillOfMaterials, on_delete=models.PROTECT, related_name="lines")
    number = models.IntegerField()
    component = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="used_in")
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bill", "component"], name="catalog_billline_once"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0),
                name="catalog_billline_above_zero",
                violation_error_message=_("A component takes more than zero."),
            ),
        ]
