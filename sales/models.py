"""Sale lines and daily facts."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from catalog.models import Channel, Product, Site


class SaleLine(models.Model):
    """One line of a receipt or shop order; a return has a negative quantity.

    unit_price is what was paid per unit in `currency` (the site's), tax included where the site's lists say so; null
    when the till did not tell.
    movement_id is the stock movement's id (a plain number: inventory lies above).
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    channel = models.ForeignKey(
        Channel, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(max_length=3)
    sold_at = models.DateTimeField()
    reference = models.CharField(max_length=64)
    movement_id = models.BigIntegerField(db_index=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["product", "sold_at"], name="sales_saleline_product"),
            BrinIndex(fields=["sold_at"], name="sales_saleline_sold_at_brin"),
        ]


class DailyFact(models.Model):
    """Units and revenue of one product at one site on one local day, summed from sale lines.

    revenue is Σ quantity × unit_price in the site's currency, returns subtracted; lowest_price the lowest unit price paid
    by a sale (not a return) that day.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    on = models.DateField()
    units_sold = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    units_returned = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    revenue = models.DecimalField(max_digits=24, decimal_places=6, default=0)
    lines = models.IntegerField(default=0)
    lowest_price = models.DecimalField(max_digits=20, decimal_places=6, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "site", "on"], name="sales_dailyfact_once"),
        ]
        indexes = [
            models.Index(fields=["on", "site"], name="sales_dailyfact_on"),
        ]
