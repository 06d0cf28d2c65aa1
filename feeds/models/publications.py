"""What leaves the house: publications, what stands published, the batches sent, keys to sign with, prices read back."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Channel, Product, Site


class Publication(models.Model):
    """What one other system is told, and how.

    channel, site: whose prices or stock; without a site every site of the channel. way: a name of `feeds.senders.WAYS`.
    last_version: the highest version given out; versions are given out under this row's lock, so they become visible
    in their order and whoever reads "after version n" misses nothing. sent_version: how far batches were
    made; resend_to: up to here they say again what was said before.
    computed_to: everything that came before this moment is in the published content; computed_facts: a hash of what moves
    content without a row of its own (how lists derive, rates and taxes of the day, rules of stock); another one means all.
    paused_at: the other side does not answer; nothing is sent until a person goes on.
    """

    class What(models.TextChoices):
        PRICES = "prices", _("Effective prices")
        STOCK = "stock", _("Available stock")
        REPLENISHMENT = "replenishment", _("Replenishment proposals")
        VOUCHERS = "vouchers", _("Vouchers for finance")

    name = models.SlugField(_("name"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120, default="", blank=True)
    what = models.CharField(_("what"), max_length=20, choices=What.choices)
    way = models.CharField(_("way"), max_length=20)
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("channel")
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    endpoint = models.CharField(_("endpoint"), max_length=500, default="", blank=True)
    settings = models.JSONField(default=dict)
    is_active = models.BooleanField(_("active"), default=True)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=300, default="", blank=True)
    last_version = models.BigIntegerField(default=0)
    sent_version = models.BigIntegerField(default=0)
    resend_to = models.BigIntegerField(default=0, db_default=0)
    computed_to = models.DateTimeField(null=True)
    computed_full_at = models.DateTimeField(null=True)
    computed_facts = models.CharField(max_length=64, default="", blank=True)
    is_full_asked = models.BooleanField(default=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    read_back_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(what__in=["prices", "stock", "replenishment", "vouchers"]),
                name="feeds_publication_what_known",
            ),
            models.CheckConstraint(
                condition=models.Q(sent_version__lte=models.F("last_version")),
                name="feeds_publication_versions",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PublicationKey(models.Model):
    """A secret shared with the other side.

    purpose "signing": signs webhooks; two may live side by side, and both sign. Any other purpose: what a platform
    asks for ("access-token", "app-secret"), one live at a time. The secret is shown once and never again.
    """

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="keys")
    purpose = models.SlugField(max_length=30, default="signing")
    secret = models.CharField(max_length=500)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["publication"], condition=models.Q(revoked_at=None), name="feeds_pubkey_live"
            )
        ]


class PublishedItem(models.Model):
    """What stands published under one key, in its newest version; content that does not change gets no new one.

    key: "<site>/<sku>" for prices and stock, the document's own reference otherwise. content: what the other side is
    told; for what is no longer sold or stocked there {"amount": null} or {"quantity": "0"}.
    taken_version: the newest version the other side confirmed; refused: why it did not take one; "not_listed":
    it does not sell the product at all.
    """

    publication = models.ForeignKey(
        Publication, on_delete=models.PROTECT, db_index=False, related_name="items"
    )
    key = models.CharField(max_length=140)
    product = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    site = models.ForeignKey(
        Site, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    version = models.BigIntegerField()
    content = models.JSONField()
    effective_at = models.DateTimeField()
    published_at = models.DateTimeField(db_default=Now())
    taken_version = models.BigIntegerField(null=True)
    refused_version = models.BigIntegerField(null=True)
    refused = models.CharField(max_length=200, default="", db_default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "key"], name="feeds_publisheditem_once"),
            models.UniqueConstraint(fields=["publication", "version"], name="feeds_publisheditem_version"),
        ]
        indexes = [
            models.Index(
                fields=["publication"],
                condition=~models.Q(refused=""),
                name="feeds_publisheditem_refused",
            ),
        ]


class Dispatch(models.Model):
    """A batch for the other side. Its bytes are frozen (sha256, in the store of raw bytes): a repeat is the same.

    message_id: the idempotency id the receiver sees, the same for every attempt. Items: versions above version_from up
    to version_to. One batch of a publication is under way at a time, so a newer price never overtakes an older one.
    answer: the other side's first bytes; receipt: {"taken", "refused", "silent", "unlisted"}.
    """

    class Kind(models.TextChoices):
        CHANGES = "changes", pgettext_lazy("batch", "Changes")
        FULL = "full", _("Everything")
        TEST = "test", _("Test")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        PARTLY = "partly", _("Partly refused")
        REFUSED = "refused", _("Refused")
        DROPPED = "dropped", _("Dropped")

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="dispatches")
    message_id = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.CHANGES)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    version_from = models.BigIntegerField()
    version_to = models.BigIntegerField()
    items = models.PositiveIntegerField()
    totals = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    filename = models.CharField(max_length=200, default="", blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    error_code = models.CharField(max_length=40, default="", blank=True)
    answer = models.TextField(default="", blank=True)
    receipt = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["publication"],
                condition=models.Q(state="waiting") & ~models.Q(kind="test"),
                name="feeds_dispatch_one_under_way",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="waiting"), name="feeds_dispatch_due"),
            models.Index(fields=["publication", "-id"], name="feeds_dispatch_newest"),
        ]

    @property
    def sums(self) -> list[tuple[str, str]]:
        """The control totals beside the number of items, as (what, sum)."""
        return [(name, str(value)) for name, value in self.totals.items() if name != "items"]

    @property
    def taken(self) -> int:
        """Items that were confirmed, or passed over in silence."""
        return int(self.receipt.get("taken", 0)) + int(self.receipt.get("silent", 0))


class DispatchAttempt(models.Model):
    """One try to hand a batch over, and what came back."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="tries")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(db_default=Now())
    status_code = models.PositiveSmallIntegerField(null=True)
    error_code = models.CharField(max_length=40, default="", blank=True)
    answer = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispatch", "number"], name="feeds_dispatchattempt_once")
        ]


class PriceReading(models.Model):
    """What a shop really asks for a product: the newest reading of each site, channel and SKU.

    amount None: the shop does not know the product. tax_included None: the shop does not say. publication: whose
    other side was read; None for a feed. A reading older than the one that stands changes nothing.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, related_name="+")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField(max_length=64)
    product = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, default="", blank=True)
    tax_included = models.BooleanField(null=True)
    read_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    publication = models.ForeignKey(Publication, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=80, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "channel", "sku"], nulls_distinct=False, name="feeds_pricereading_newest"
            ),
        ]
        indexes = [models.Index(fields=["site", "read_at"], name="feeds_pricereading_read")]
