"""Deliveries that change too much and wait for a person; the limits of each feed."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from feeds.models.deliveries import Delivery, Feed


class HoldLimits(models.Model):
    """What a delivery of a feed may change before a person looks at it; a limit without a value is not watched.

    min_rows: what was there before has at least so many rows, else nothing is held. Fractions of the rows that were
    there before: changed_fraction, removed_fraction, drop_fraction (fewer rows than last time). jumped_fraction of
    the rows may move by more than jump_fraction of their amount. A feed without a row has the defaults.
    """

    feed = models.OneToOneField(Feed, on_delete=models.PROTECT, primary_key=True, related_name="hold_limits")
    min_rows = models.PositiveIntegerField(_("from so many rows"), default=100)
    changed_fraction = models.DecimalField(
        _("changed rows"), max_digits=6, decimal_places=4, null=True, blank=True, default=None
    )
    removed_fraction = models.DecimalField(
        _("missing rows"), max_digits=6, decimal_places=4, null=True, blank=True, default="0.5"
    )
    drop_fraction = models.DecimalField(
        _("fewer rows"), max_digits=6, decimal_places=4, null=True, blank=True, default="0.5"
    )
    jump_fraction = models.DecimalField(
        _("amount moves by more than"), max_digits=8, decimal_places=4, null=True, blank=True, default="0.5"
    )
    jumped_fraction = models.DecimalField(
        _("rows that may"), max_digits=6, decimal_places=4, null=True, blank=True, default="0.1"
    )
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField(db_default=Now())


class Hold(models.Model):
    """A delivery that waits for a person because it changes too much. figures: [{code, value, limit, rows, of}], fractions
    as text. released: it is applied as it is; discarded: nothing of it is.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RELEASED = "released", _("Released")
        DISCARDED = "discarded", _("Discarded")

    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="hold")
    figures = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, default="", blank=True)
    reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="waiting"), name="feeds_hold_waiting")
        ]
