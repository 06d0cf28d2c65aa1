"""Price rows: what a list asks for a product, when, and when that was known."""

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models

from catalog.models import Product
from pricing.models.price_changes import PriceChange
from pricing.models.price_lists import PriceList


class Price(models.Model):
    """One price over one range of time, as known over another; both half-open.

    Append-only but for closing `known`, once. known_from is lower(known), kept apart so that the creating event's
    digest covers it. price_change set the amount; a rest that stays when a row is cut keeps the change it came from.
    event_id wrote the row, closed_event_id closed it. Inserted and closed by `pricing.actions.placing` only.
    """

    price_list = models.ForeignKey(
        PriceList, on_delete=models.PROTECT, related_name="prices", db_constraint=False, db_index=False
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="prices", db_constraint=False, db_index=False
    )
    min_quantity = models.DecimalField(max_digits=18, decimal_places=6, default=1)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    valid = DateTimeRangeField()
    known = DateTimeRangeField()
    known_from = models.DateTimeField()
    price_change = models.ForeignKey(
        PriceChange, on_delete=models.PROTECT, related_name="prices", db_constraint=False
    )
    event_id = models.BigIntegerField(db_index=True)
    closed_event_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="pricing_price_amount"),
            models.CheckConstraint(condition=models.Q(min_quantity__gt=0), name="pricing_price_min_quantity"),
        ]
        indexes = [
            models.Index(
                fields=["closed_event_id"],
                condition=models.Q(closed_event_id__isnull=False),
                name="pricing_price_closed_event",
            ),
        ]
