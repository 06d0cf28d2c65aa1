"""Transfers between sites: what was asked for, what left, what came, and prepared lists for emergencies."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product, Site
from lib.references import reference as numbered


class TransferTemplate(models.Model):
    """Prepared lines between two sites that the duty officer may release in an emergency.

    transit_days: how long the goods are expected to be on their way. Prepared by one person, released by another.
    """

    name = models.CharField(_("name"), max_length=120)
    reason = models.CharField(_("reason"), max_length=500)
    source = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    destination = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    transit_days = models.PositiveSmallIntegerField(_("days on the way"), default=1)
    prepared_by_id = models.BigIntegerField(null=True)
    prepared_by_name = models.CharField(max_length=150, default="")
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(source=models.F("destination")),
                name="inventory_transfertemplate_two_sites",
                violation_error_message=_("Goods move between two different sites."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TransferTemplateLine(models.Model):
    """One product of a template and how much of it goes."""

    template = models.ForeignKey(TransferTemplate, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "product"], name="inventory_transfertemplateline_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="inventory_transfertemplateline_above_zero"
            ),
        ]


class Transfer(models.Model):
    """A request to bring goods from one site to another, and what became of it.

    draft → pending → approved → in_transit → received → closed; rejected and cancelled end it before anything left.
    in_transit: something shipped is not settled yet; received: all that was shipped is, more may be shipped until it is
    closed. expected_on: the day at the destination on which the goods should be there.
    content_hash: of what was submitted; an approval is bound to it. released_by_id: who released a template; such a
    transfer waits for a review.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("state", "Draft")
        PENDING = "pending", pgettext_lazy("state", "Pending")
        APPROVED = "approved", pgettext_lazy("state", "Approved")
        IN_TRANSIT = "in_transit", _("In transit")
        RECEIVED = "received", pgettext_lazy("state", "Received")
        CLOSED = "closed", pgettext_lazy("state", "Closed")
        REJECTED = "rejected", pgettext_lazy("state", "Rejected")
        CANCELLED = "cancelled", pgettext_lazy("state", "Cancelled")

    source = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    destination = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(_("reason"), max_length=500)
    expected_on = models.DateField(_("expected on"))
    content_hash = models.CharField(max_length=64, default="")
    policy = models.CharField(max_length=120, default="")
    note = models.CharField(max_length=500, default="")
    prepared_by_id = models.BigIntegerField(null=True)
    prepared_by_name = models.CharField(max_length=150, default="")
    created_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    template = models.ForeignKey(TransferTemplate, on_delete=models.PROTECT, null=True)
    released_by_id = models.BigIntegerField(null=True)
    reviewed_by_id = models.BigIntegerField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    review = models.CharField(max_length=500, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(source=models.F("destination")),
                name="inventory_transfer_two_sites",
                violation_error_message=_("Goods move between two different sites."),
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "draft", "pending", "approved", "in_transit", "received", "closed", "rejected", "cancelled",
                    ]
                ),
                name="inventory_transfer_state",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by_id__isnull=True)
                | ~models.Q(reviewed_by_id=models.F("released_by_id")),
                name="inventory_transfer_reviewed_by_another",
                violation_error_message=_("Nobody reviews what they released."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["expected_on"],
                condition=models.Q(state__in=["draft", "pending", "approved", "in_transit", "received"]),
                name="inventory_transfer_open",
            ),
        ]

    def __str__(self) -> str:
        return numbered("TR", self.created_at.year, self.pk)

    @property
    def due_at(self) -> datetime:
        """The end of the expected day at the destination."""
        zone = ZoneInfo(self.destination.timezone)
        return datetime.combine(self.expected_on + timedelta(days=1), time(), zone)


class TransferLine(models.Model):
    """A product asked for, and how much of it has been shipped in all. lot: "" for any."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="lines")
    number = models.IntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    lot = models.CharField(_("lot"), max_length=64, default="")
    requested = models.DecimalField(_("requested"), max_digits=18, decimal_places=6)
    shipped = models.DecimalField(_("shipped"), max_digits=18, decimal_places=6, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transfer", "product", "lot"], name="inventory_transferline_once"
            ),
            models.CheckConstraint(
                condition=models.Q(requested__gt=0, shipped__gte=0, shipped__lte=models.F("requested")),
                name="inventory_transferline_shipped",
                violation_error_message=_("No more is shipped than was asked for."),
            ),
        ]


class TransferParcel(models.Model):
    """What of a line was shipped of one lot, and how it was settled at the destination.

    received: as sent and fit for sale; damaged, short and refused are settled each in their own way; over came beyond
    what was shipped. What is shipped and none of these is on its way.
    """

    line = models.ForeignKey(TransferLine, on_delete=models.CASCADE, related_name="parcels")
    lot = models.CharField(_("lot"), max_length=64, default="")
    shipped = models.DecimalField(_("shipped"), max_digits=18, decimal_places=6)
    received = models.DecimalField(_("received"), max_digits=18, decimal_places=6, default=0)
    damaged = models.DecimalField(_("damaged"), max_digits=18, decimal_places=6, default=0)
    short = models.DecimalField(_("short"), max_digits=18, decimal_places=6, default=0)
    refused = models.DecimalField(_("refused"), max_digits=18, decimal_places=6, default=0)
    over = models.DecimalField(_("over"), max_digits=18, decimal_places=6, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "lot"], name="inventory_transferparcel_once"),
            models.CheckConstraint(
                condition=models.Q(
                    received__gte=0,
                    damaged__gte=0,
                    short__gte=0,
                    refused__gte=0,
                    over__gte=0,
                    shipped__gte=models.F("received")
                    + models.F("damaged")
                    + models.F("short")
                    + models.F("refused"),
                ),
                name="inventory_transferparcel_settled",
                violation_error_message=_("No more is settled than was shipped."),
            ),
        ]


class TransferMovement(models.Model):
    """A movement that a step of the transfer posted. quantities: parcel id → quantity, to give back what was refused.

    is_void: the movement was refused by an approver, its quantities count again as on their way.
    """

    class Step(models.TextChoices):
        SHIP = "ship", _("Shipped")
        RECEIVE = "receive", pgettext_lazy("state", "Received")
        DAMAGED = "damaged", _("Damaged")
        SHORT = "short", _("Short")
        REFUSED = "refused", pgettext_lazy("state", "Refused")
        OVER = "over", _("Over")

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="movements")
    movement_id = models.BigIntegerField(unique=True)
    step = models.CharField(max_length=8, choices=Step.choices)
    quantities = models.JSONField(default=dict)
    is_void = models.BooleanField(default=False)
    made_at = models.DateTimeField(db_default=Now())
