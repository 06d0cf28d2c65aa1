"""Shelf labels: what is printed for a site before its prices change, and who put each label up."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Site


class LabelRun(models.Model):
    """The labels of one site for one moment at which prices there change; made by hand or by a slot, once."""

    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, related_name="label_runs", verbose_name=_("site")
    )
    effective_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    created_by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "effective_at"], name="pricing_labelrun_once"),
        ]
        indexes = [models.Index(fields=["-effective_at", "-id"], name="pricing_labelrun_newest")]


class LabelLine(models.Model):
    """One label as it is printed: the price before and from the moment, gross, for one base unit.

    amount None: from the moment on there is no price, the label comes off. reference_amount is what a reduction is
    measured against by law. confirmed_at: a person scanned the label on the shelf.
    """

    run = models.ForeignKey(LabelRun, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"))
    barcode = models.CharField(max_length=14, default="", blank=True)
    currency = models.CharField(max_length=3)
    old_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    unit_price_unit = models.CharField(max_length=8, default="", blank=True)
    reference_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    is_recommended = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_by_name = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "product"], name="pricing_labelline_once"),
        ]
        indexes = [
            models.Index(
                fields=["run"],
                condition=models.Q(confirmed_at__isnull=True),
                name="pricing_labelline_open",
            ),
        ]
