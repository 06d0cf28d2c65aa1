"""How numbers of restricted circulation are built, by country."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BarcodeRule(models.Model):
    """One layout of such numbers (`lib.gs1.Mask`), for the sites of a country or, without one, for all.

    Who assigns them (the national member organisation or the house) is said in `source`. A rule is never edited: it is
    retired, and another takes its place.
    """

    class Measure(models.TextChoices):
        WEIGHT = "weight", _("Weight in kg")
        PRICE = "price", pgettext_lazy("barcode", "Price")
        PIECES = "pieces", _("Pieces")
        NONE = "none", pgettext_lazy("barcode", "Nothing")

    country = models.CharField(_("country"), max_length=2, default="", blank=True)
    pattern = models.CharField(_("pattern"), max_length=13)
    measure = models.CharField(_("measure"), max_length=6, choices=Measure.choices)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=0)
    source = models.CharField(_("source"), max_length=200, default="", blank=True)
    made_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "pattern"],
                condition=models.Q(retired_at__isnull=True),
                name="inventory_barcoderule_once",
                violation_error_message=_("There is such a rule already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.pattern}".strip()
