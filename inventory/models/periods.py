"""Months of a site, open or closed, and what was there when one closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Site


class Period(models.Model):
    """One local month of a site. A posting holds the row while it writes into the month; closing it waits for them.

    month: its first day. starts_at, ends_at: the local month as instants, ends_at not included. Nothing that occurred
    in a closed month is ever written: its closing balances stand.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False)
    month = models.DateField(_("month"))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.BigIntegerField(null=True)
    line_count = models.IntegerField(default=0)
    value = models.DecimalField(max_digits=38, decimal_places=6, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "month"], name="inventory_period_once")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class ClosingBalance(models.Model):
    """What a site held at the end of a closed month: the sum of every entry that occurred before. Append-only."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    site_id = models.BigIntegerField()
    product_id = models.BigIntegerField()
    lot = models.CharField(max_length=64, default="")
    state = models.CharField(max_length=10, default="available")
    owner_id = models.BigIntegerField(default=0)
    quantity = models.DecimalField(max_digits=24, decimal_places=6)
    value = models.DecimalField(max_digits=38, decimal_places=6)
    in_transit = models.DecimalField(max_digits=24, decimal_places=6, default=0)
    event_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "product_id", "lot", "state", "owner_id"],
                name="inventory_closingbalance_once",
            )
        ]
