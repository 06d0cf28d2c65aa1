"""Feeds, their keys and deliveries."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Site
from feeds.models.sources import Source


class Feed(models.Model):
    """Deliveries of one kind, from one source or site when they are named. Lateness is watched where is_expected.

    warn_after_s, alarm_after_s: limits of the lag. ask_after_s: how long a gap in the numbers holds what comes after it
    before a snapshot is asked for.
    """

    class Kind(models.TextChoices):
        PRODUCTS = "products", _("Products")
        SITES = "sites", _("Sites")
        TAX_RATES = "tax-rates", _("Tax rates")
        UNIT_COSTS = "unit-costs", _("Unit costs")
        EXCHANGE_RATES = "exchange-rates", _("Exchange rates")
        SALES = "sales", _("Sales")
        MOVEMENTS = "movements", _("Movements")
        SNAPSHOTS = "snapshots", _("Warehouse snapshots")
        RECEIPTS = "receipts", _("Receipts")
        COMPETITOR_PRICES = "competitor-prices", _("Competitors' prices")
        PURCHASE_ORDERS = "purchase-orders", _("Purchase orders")
        CONFIRMATIONS = "purchase-order-confirmations", _("Confirmations of purchase orders")
        DOCUMENTS = "documents", _("Documents of the other side")
        PRICE_READINGS = "price-readings", _("Prices read in shops")
        SETTLEMENTS = "settlements", _("Settlements of platforms")
        SUPPLIER_INVOICES = "supplier-invoices", _("Invoices of suppliers")
        LEDGER_BALANCES = "ledger-balances", _("Balances of the general ledger")

    name = models.SlugField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=40, choices=Kind.choices)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, blank=True, related_name="feeds")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(_("active"), default=True)
    is_expected = models.BooleanField(_("watched for lateness"), default=False)
    warn_after_s = models.PositiveIntegerField(_("warn after, seconds"), default=20 * 60)
    alarm_after_s = models.PositiveIntegerField(_("incident after, seconds"), default=30 * 60)
    ask_after_s = models.PositiveIntegerField(_("ask for a snapshot after, seconds"), default=5 * 60)
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
    """A signing secret of a source, for all its feeds, or of a feed without a source. Two may live side by side, so that
    a sender can change over.

    The secret itself is kept: an HMAC cannot be checked against a hash of it.
    """

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, null=True, related_name="keys")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="keys")
    secret = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(feed__isnull=False, source__isnull=True)
                | models.Q(feed__isnull=True, source__isnull=False),
                name="feeds_feedkey_one_owner",
            ),
        ]
        indexes = [
            models.Index(fields=["feed"], condition=models.Q(revoked_at=None), name="feeds_feedkey_live"),
            models.Index(
                fields=["source"], condition=models.Q(revoked_at=None), name="feeds_feedkey_live_source"
            ),
        ]


class Delivery(models.Model):
    """What one sender handed over at once: the bytes' hash, and what came of them.

    webhook_id is the sender's id of the delivery, "" for a file. `answer` is what the sender was told first.
    stream, epoch, sequence, batch_kind, event times, produced_at and totals are what its envelope says; event_time_to
    becomes what was found in it. A heartbeat has no rows, and its sequence is that of the last delivery before it.
    held: it waits, hold_code says for what ("gap", "changes_too_much"). superseded (the count): rows that were older than
    what is here. superseded (the state): nothing of it was newer.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        APPLIED = "applied", _("Applied")
        QUARANTINED = "quarantined", _("Partly in quarantine")
        REFUSED = "refused", _("Refused")
        HELD = "held", _("Held")
        SUPERSEDED = "superseded", _("Superseded")

    class Way(models.TextChoices):
        PUSH = "push", _("Push")
        FILE = "file", _("File")
        FOLDER = "folder", _("Watched folder")
        SFTP = "sftp", _("SFTP")
        PULL = "pull", _("Pull")

    class BatchKind(models.TextChoices):
        SNAPSHOT = "snapshot", pgettext_lazy("batch", "Snapshot")
        DELTA = "delta", pgettext_lazy("batch", "Changes")
        HEARTBEAT = "heartbeat", _("Heartbeat")

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="deliveries")
    stream = models.ForeignKey("feeds.Stream", on_delete=models.PROTECT, null=True, related_name="deliveries")
    epoch = models.BigIntegerField(null=True)
    sequence = models.BigIntegerField(null=True)
    batch_kind = models.CharField(max_length=9, choices=BatchKind.choices, default="", blank=True)
    event_time_from = models.DateTimeField(null=True)
    produced_at = models.DateTimeField(null=True)
    totals = models.JSONField(default=dict)
    way = models.CharField(max_length=6, choices=Way.choices)
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
    superseded = models.PositiveIntegerField(default=0)
    hold_code = models.CharField(max_length=30, default="", blank=True)
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
            models.UniqueConstraint(
                fields=["stream", "epoch", "sequence"],
                condition=models.Q(sequence__isnull=False)
                & ~models.Q(batch_kind="heartbeat")
                & ~models.Q(state="refused"),
                name="feeds_delivery_number_once",
                violation_error_message=_("A delivery with this number was received already."),
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="received"), name="feeds_delivery_open"),
            models.Index(fields=["feed", "-id"], name="feeds_delivery_newest"),
            models.Index(fields=["stream", "-id"], name="feeds_delivery_of_stream"),
            models.Index(fields=["stream"], condition=models.Q(state="held"), name="feeds_delivery_held"),
        ]
