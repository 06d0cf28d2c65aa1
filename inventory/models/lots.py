"""Lots of products: when they expire, what was noticed about them, and recalls."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product, Site, Supplier


class Lot(models.Model):
    """What was made together, the same at every site; made when it first arrives anywhere, or when it is recalled.

    expires_on: the last day on which it may be sold, None when it does not expire or nobody said so. is_recalled: blocked
    everywhere, and what arrives is blocked too; locked by whoever brings goods of the lot in.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_index=False)
    code = models.CharField(_("lot"), max_length=64)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    produced_on = models.DateField(_("produced on"), null=True, blank=True)
    supplier = models.ForeignKey(
        Supplier, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("supplier")
    )
    is_recalled = models.BooleanField(_("recalled"), default=False, db_default=False)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "code"], name="inventory_lot_once"),
            models.CheckConstraint(condition=~models.Q(code=""), name="inventory_lot_has_code"),
            models.CheckConstraint(
                condition=models.Q(produced_on__isnull=True)
                | models.Q(expires_on__isnull=True)
                | models.Q(expires_on__gte=models.F("produced_on")),
                name="inventory_lot_expires_after_production",
                violation_error_message=_("A lot expires on the day it was produced or later."),
            ),
        ]
        indexes = [models.Index(fields=["expires_on"], name="inventory_lot_expires_on")]

    def __str__(self) -> str:
        return self.code


class LotFinding(models.Model):
    """What was noticed when a fact was posted: it happened, so it stands, and somebody should know. Append-only.

    expires_on: as it was known then.
    """

    class Code(models.TextChoices):
        SHORT_LIFE = "short_life", _("Too little life left")
        EXPIRED = "expired", _("Expired")
        RECALLED = "recalled", _("Recalled")
        NO_LOT = "no_lot", _("Without a lot")
        OTHER_EXPIRY = "other_expiry", _("Another expiry than known")

    code = models.CharField(_("code"), max_length=12, choices=Code.choices)
    lot = models.CharField(_("lot"), max_length=64, default="")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False)
    movement_id = models.BigIntegerField()
    line = models.IntegerField()
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    expires_on = models.DateField(_("expires on"), null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    event_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["movement_id"], name="inventory_lotfinding_movement")]


class Recall(models.Model):
    """A lot taken out of sale everywhere by one action; ended by a release that two people want.

    units, sites: what was blocked when it began, over how many sites. incident: the alert's key.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("recall", "Blocked")
        PENDING = "pending", pgettext_lazy("recall", "Release asked for")
        RELEASED = "released", pgettext_lazy("recall", "Released")

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="recalls")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    reason = models.CharField(_("reason"), max_length=500)
    units = models.DecimalField(_("units"), max_digits=24, decimal_places=6, default=0)
    sites = models.IntegerField(_("sites"), default=0)
    started_by_id = models.BigIntegerField(null=True)
    started_by_name = models.CharField(max_length=200, default="")
    started_at = models.DateTimeField(db_default=Now())
    release_reason = models.CharField(_("reason for the release"), max_length=500, default="")
    asked_by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField(null=True)
    released_by_id = models.BigIntegerField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot"],
                condition=~models.Q(state="released"),
                name="inventory_recall_open_once",
                violation_error_message=_("The lot is recalled already."),
            ),
            models.CheckConstraint(
                condition=models.Q(released_by_id__isnull=True)
                | models.Q(asked_by_id__isnull=True)
                | ~models.Q(released_by_id=models.F("asked_by_id")),
                name="inventory_recall_four_eyes",
            ),
        ]
