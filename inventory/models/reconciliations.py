"""What a warehouse reported, and how it differs from the book."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product, Site
from lib.references import reference


class Snapshot(models.Model):
    """A site's own figures at an instant. complete: a product that is missing counts as zero."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    taken_at = models.DateTimeField(_("taken at"))
    complete = models.BooleanField(default=True)
    line_count = models.IntegerField(default=0)
    source = models.CharField(max_length=64, default="api")
    posted_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["site", "-taken_at"], name="inventory_snapshot_newest")]


class SnapshotPart(models.Model):
    """Reported figures, some thousands together: place n of each list is one line. A row for each line would be most of
    the database (three snapshots a day of every site); nothing looks for one line of one snapshot by itself.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField()
    skus = ArrayField(models.CharField(max_length=64))
    lots = ArrayField(models.CharField(max_length=64), null=True)
    quantities = ArrayField(models.DecimalField(max_digits=18, decimal_places=6))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "number"], name="inventory_snapshotpart_once"),
        ]


class Reconciliation(models.Model):
    """Book against snapshot, as of the instant the snapshot was taken and as known when it was compared.

    accuracy = matched / (matched + differing). explained: of the differing, those that leave no unexplained rest.
    Closed when no difference is open, in recount or in approval.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, related_name="reconciliation")
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    taken_at = models.DateTimeField()
    known_at = models.DateTimeField(db_default=Now())
    matched = models.IntegerField(default=0)
    differing = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    explained = models.IntegerField(default=0, db_default=0)

    class Meta:
        indexes = [
            models.Index(fields=["site", "-taken_at"], name="inventory_recon_site"),
            models.Index(fields=["due_at"], condition=models.Q(state="open"), name="inventory_recon_open"),
        ]

    def __str__(self) -> str:
        return reference("RC", self.known_at.year, self.pk)


class Difference(models.Model):
    """One line that differs. difference = counted − book; value = difference × unit cost, in the site's currency.

    explained + rest = difference: what documents account for, and what nothing does.
    explanation: {code, …parameters}, put into words by the page in the reader's language.
    decided_by_policy: the rule that accepted it without a person.
    """

    class Class(models.TextChoices):
        UNIT_OR_PACK = "unit_or_pack", _("Carton or piece")
        TIMING = "timing", _("Timing")
        IN_TRANSIT = "in_transit", _("In transit")
        RECEIPT_NOT_POSTED = "receipt_not_posted", _("Receipt not posted")
        DUPLICATE = "duplicate", _("Posted twice")
        PENDING_ADJUSTMENT = "pending_adjustment", _("Adjustment in approval")
        SWAPPED = "swapped", _("Swapped product")
        NEGATIVE_BOOK = "negative_book", _("Book below zero")
        UNKNOWN_PRODUCT = "unknown_product", _("Unknown product")
        NOT_COUNTED = "not_counted", _("Not in the snapshot")
        QUANTITY = "quantity", _("Not explained")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RECOUNT = "recount", _("Recount")
        INVESTIGATING = "investigating", _("Investigating")
        PENDING = "pending", _("Pending")
        ACCEPTED = "accepted", pgettext_lazy("stock", "Accepted")

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="differences")
    sku = models.CharField(max_length=64)
    product = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    lot = models.CharField(max_length=64, default="")
    book = models.DecimalField(max_digits=24, decimal_places=6)
    counted = models.DecimalField(max_digits=18, decimal_places=6)
    difference = models.DecimalField(max_digits=24, decimal_places=6)
    explained = models.DecimalField(max_digits=24, decimal_places=6, default=0, db_default=0)
    rest = models.GeneratedField(
        expression=F("difference") - F("explained"),
        output_field=models.DecimalField(max_digits=24, decimal_places=6),
        db_persist=True,
    )
    unit_cost = models.DecimalField(max_digits=38, decimal_places=6, null=True)
    value = models.DecimalField(max_digits=38, decimal_places=6, null=True)
    class_code = models.CharField(max_length=20, choices=Class.choices)
    explanation = models.JSONField(default=dict)
    state = models.CharField(max_length=13, choices=State.choices, default=State.OPEN)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_policy = models.CharField(max_length=40, default="", db_default="")
    decided_at = models.DateTimeField(null=True)
    movement_id = models.BigIntegerField(null=True)
    note = models.CharField(max_length=500, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reconciliation", "sku", "lot"], name="inventory_difference_once"
            ),
            models.CheckConstraint(condition=~models.Q(difference=0), name="inventory_difference_not_zero"),
        ]
        indexes = [
            models.Index(fields=["product", "reconciliation"], name="inventory_difference_product"),
            models.Index(
                fields=["movement_id"],
                condition=models.Q(movement_id__isnull=False),
                name="inventory_difference_movement",
            ),
        ]
