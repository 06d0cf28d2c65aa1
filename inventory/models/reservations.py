"""Stock promised to somebody: what was promised, and how each promise ended. Both append-only."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Site
from lib.references import reference as numbered


class Reservation(models.Model):
    """A quantity of a product and lot at a site held for a reference until it expires.

    While it has no end, `Balance.reserved` of the (available, our own) row counts it: commands leave it alone.
    bundle: the bundle whose part it holds; the parts of one line of a bundle carry one `event_id` and `bundle_place`
    and end together.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    lot = models.CharField(_("lot"), max_length=64, default="")
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    reference = models.CharField(_("reference"), max_length=64)
    expires_at = models.DateTimeField(_("expires at"))
    bundle = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    bundle_place = models.IntegerField(null=True)
    made_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    event_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="inventory_reservation_above_zero"
            ),
        ]
        indexes = [
            models.Index(fields=["reference"], name="inventory_reservation_ref"),
            models.Index(
                fields=["event_id", "bundle_place"],
                condition=models.Q(bundle__isnull=False),
                name="inventory_reservation_bundle",
            ),
        ]

    def __str__(self) -> str:
        return numbered("RS", self.recorded_at.year, self.pk)


class ReservationEnd(models.Model):
    """How a reservation ended, once: fulfilled by a movement, released by a person, or expired."""

    class Reason(models.TextChoices):
        FULFILLED = "fulfilled", _("Fulfilled")
        RELEASED = "released", _("Released")
        EXPIRED = "expired", _("Expired")

    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="end")
    reason = models.CharField(_("reason"), max_length=9, choices=Reason.choices)
    movement_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    event_id = models.BigIntegerField()
