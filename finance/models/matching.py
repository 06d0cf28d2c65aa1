"""Comparisons of others' figures with ours, what is tolerated, and disputes about the rest."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Site
from lib.references import reference as numbered


class Matching(models.TextChoices):
    """What is compared with what."""

    SETTLEMENT = "settlement", _("Settlements and sales")
    INVOICE = "invoice", _("Invoices, orders and receipts")
    LEDGER = "ledger", _("General ledger and stock value")


class DifferenceClass(models.TextChoices):
    """Why two figures differ."""

    MISSING_HERE = "missing_here", _("Missing with us")
    MISSING_THERE = "missing_there", _("Missing with them")
    QUANTITY = "quantity", pgettext_lazy("difference", "Quantity")
    PRICE = "price", pgettext_lazy("difference", "Price")
    COMMISSION = "commission", pgettext_lazy("difference", "Commission")
    TIMING = "timing", pgettext_lazy("difference", "Timing")
    DUPLICATE = "duplicate", pgettext_lazy("difference", "Duplicate")
    ROUNDING = "rounding", pgettext_lazy("difference", "Rounding")
    RATE = "rate", pgettext_lazy("difference", "Exchange rate")
    VALUE = "value", pgettext_lazy("difference", "Value")


class Tolerance(models.Model):
    """What is let pass by machine for one matching, and how long a dispute may take.

    amount: in the line's own currency; fraction: of ours (price, commission, exchange rate); quantity_fraction: of what was
    received; days: how long the other side may be silent before it counts as missing.
    """

    matching = models.CharField(max_length=10, choices=Matching, unique=True)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6)
    fraction = models.DecimalField(_("share"), max_digits=8, decimal_places=6)
    quantity_fraction = models.DecimalField(_("share of quantity"), max_digits=8, decimal_places=6, default=0)
    days = models.PositiveSmallIntegerField(_("days of silence"))
    due_days = models.PositiveSmallIntegerField(_("days for a dispute"))


class Dispute(models.Model):
    """Differences of one class in one document of a partner, and who settles them by when.

    amount: at stake over all its lines, in `currency`; recovered: what the partner gives back. content_hash: what an
    approval of writing it off is bound to. first_arrived_at: when the first of its figures came.
    open → claimed → accepted → closed, or writing_off → written_off. site: None where no sale or order of ours says which.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLAIMED = "claimed", _("Claimed")
        ACCEPTED = "accepted", pgettext_lazy("dispute", "Accepted")
        WRITING_OFF = "writing_off", _("Write-off asked")
        WRITTEN_OFF = "written_off", _("Written off")
        CLOSED = "closed", _("Closed")

    OPEN_STATES = (State.OPEN, State.CLAIMED, State.ACCEPTED, State.WRITING_OFF)

    matching = models.CharField(max_length=10, choices=Matching)
    difference_class = models.CharField(_("class"), max_length=13, choices=DifferenceClass)
    partner = models.CharField(_("partner"), max_length=150)
    document = models.CharField(_("document"), max_length=120)
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("at stake"), max_digits=24, decimal_places=6)
    recovered = models.DecimalField(_("recovered"), max_digits=24, decimal_places=6, null=True)
    line_count = models.PositiveIntegerField(default=0)
    owner_id = models.BigIntegerField(null=True)
    owner_name = models.CharField(max_length=200, default="")
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=11, choices=State, default=State.OPEN)
    claim_reference = models.CharField(_("claim"), max_length=64, default="")
    content_hash = models.CharField(max_length=64, default="")
    note = models.CharField(max_length=500, default="")
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    first_arrived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matching", "difference_class", "partner", "document", "site", "currency"],
                condition=models.Q(state="open"),
                nulls_distinct=False,
                name="finance_dispute_open_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=~models.Q(state__in=["closed", "written_off"]),
                name="finance_dispute_due",
            )
        ]

    def __str__(self) -> str:
        return numbered("D", self.opened_at.year, self.pk)


class DisputeStep(models.Model):
    """Who did what to a dispute and when; append-only. Work between `started` and `stopped` is hands-on time."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=16)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200, default="")
    comment = models.CharField(max_length=1000, default="")
    at = models.DateTimeField(db_default=Now())


class Comparison(models.Model):
    """One key of one matching: ours against theirs, as last compared.

    partner, document, key: who, which payout, invoice or day, which order, line or account. ours, theirs: amounts in
    `currency`; stake: what it costs us when they are right, above zero to our cost. detail: the figures behind it.
    state: matched (equal or within tolerance, by machine), waiting (too early to say), differs (in a dispute), settled.
    """

    class State(models.TextChoices):
        MATCHED = "matched", _("Matched")
        WAITING = "waiting", _("Waiting")
        DIFFERS = "differs", _("Differs")
        SETTLED = "settled", _("Settled")

    matching = models.CharField(max_length=10, choices=Matching)
    partner = models.CharField(max_length=150)
    document = models.CharField(max_length=120)
    key = models.CharField(max_length=160)
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    currency = models.CharField(max_length=3)
    ours = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    theirs = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    stake = models.DecimalField(max_digits=24, decimal_places=6, default=0)
    difference_class = models.CharField(max_length=13, choices=DifferenceClass, default="", blank=True)
    state = models.CharField(max_length=8, choices=State)
    detail = models.JSONField(default=dict)
    arrived_at = models.DateTimeField()
    matched_at = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(db_default=Now())
    dispute = models.ForeignKey(Dispute, null=True, on_delete=models.PROTECT, related_name="comparisons")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matching", "partner", "key"], name="finance_comparison_once")
        ]
        indexes = [
            models.Index(fields=["matching", "-arrived_at"], name="finance_comparison_newest"),
            models.Index(
                fields=["matching"],
                condition=models.Q(state__in=["waiting", "differs"]),
                name="finance_comparison_open",
            ),
        ]
