"""Feeds, their keys, deliveries, rows in quarantine and freshness."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Feed(models.Model):
    """A stream of deliveries of one kind. Lateness is watched where is_expected; limits in seconds."""

    class Kind(models.TextChoices):
        PRODUCTS = "products", _("Products")
        SITES = "sites", _("Sites")
        TAX_RATES = "tax-rates", _("Tax rates")
        UNIT_COSTS = "unit-costs", _("Unit costs")
        EXCHANGE_RATES = "exchange-rates", _("Exchange rates")
        SALES = "sales", _("Sales")
        MOVEMENTS = "movements", _("Movements")
        SNAPSHOTS = "snapshots", _("Warehouse snapshots")

    name = models.SlugField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    is_active = models.BooleanField(_("active"), default=True)
    is_expected = models.BooleanField(_("watched for lateness"), default=False)
    warn_after_s = models.PositiveIntegerField(_("warn after, seconds"), default=20 * 60)
    alarm_after_s = models.PositiveIntegerField(_("incident after, seconds"), default=30 * 60)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(alarm_after_s__gte=models.F("warn_after_s")),
                name="feeds_feed_limits",
                violation_error_message=_("The incident comes after the warning."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FeedKey(models.Model):
    """A signing secret of a feed. Two may live side by side, so that a sender can change over.

    The secret itself is kept: an HMAC cannot be checked against a hash of it.
    """

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="keys")
    secret = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["feed"], condition=models.Q(revoked_at=None), name="feeds_feedkey_live")
        ]


class Delivery(models.Model):
    """What one sender handed over at once: the bytes' hash, and what came of them.

    webhook_id is the sender's id of the delivery, "" for a file. `answer` is what the sender was told first.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        APPLIED = "applied", _("Applied")
        QUARANTINED = "quarantined", _("Partly in quarantine")
        REFUSED = "refused", _("Refused")

    class Way(models.TextChoices):
        PUSH = "push", _("Push")
        FILE = "file", _("File")

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="deliveries")
    way = models.CharField(max_length=4, choices=Way.choices)
    webhook_id = models.CharField(max_length=120, default="")
    filename = models.CharField(max_length=200, default="")
    media_type = models.CharField(max_length=100, default="")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=11, choices=State.choices, default=State.RECEIVED)
    answer = models.JSONField(default=dict)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error_code = models.CharField(max_length=60, default="")
    error = models.TextField(default="")
    event_time_to = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "webhook_id"],
                condition=~models.Q(webhook_id=""),
                name="feeds_delivery_id_once",
                violation_error_message=_("A delivery with this id was received already."),
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="received"), name="feeds_delivery_open"),
            models.Index(fields=["feed", "-id"], name="feeds_delivery_newest"),
        ]


class QuarantineRow(models.Model):
    """A row that was not taken: its place in the delivery (1 is the first row of data), why, and what it said."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="quarantine")
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=60)
    detail = models.CharField(max_length=500)
    row = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="feeds_quarantinerow_once")
        ]


class Freshness(models.Model):
    """How far a feed has come: one row per feed. complete_to is the latest event time that was applied."""

    feed = models.OneToOneField(Feed, on_delete=models.PROTECT, primary_key=True, related_name="freshness")
    received_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    complete_to = models.DateTimeField(null=True)
