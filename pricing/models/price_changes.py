"""Price changes: the documents by which prices change, their lines and what the guardrails found."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from lib.references import reference
from pricing.models.price_lists import PriceList


class PriceChange(models.Model):
    """A document with lines: draft → pending → approved → applied.

    `approved` means decided and, once placed_at is set, that the rows stand on the timeline; `applied` that the
    effective moment has come and was announced. policy_version names policy and version that decided or routed it.
    local_from/local_until ("2026-11-30T09:00") are wall times in each site's zone; then effective_from/until are the
    earliest beginning and the latest end among the lists, and each line carries its own list's window.
    is_advertised: the public was told, so the approval never lapses by itself. recheck_stage: how many of the looks
    before the effective moment (rules.drift) are done.
    template is the one it was drafted from, whose limit it has.
    content_hash is over everything approved: lines, base rows, window. lapsed_reason tells why an approved change was
    taken back by itself. rolls_back names the change whose effect this one undoes.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PENDING = "pending", _("Pending")
        APPROVED = "approved", _("Approved")
        APPLIED = "applied", _("Applied")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        ROLLED_BACK = "rolled_back", _("Rolled back")

    class ReasonCode(models.TextChoices):
        REGULAR = "regular", _("Regular")
        PROMOTION = "promotion", _("Promotion")
        CLEARANCE = "clearance", _("Clearance")
        EXPIRY = "expiry", _("Expiry")
        DAMAGE = "damage", _("Damage")
        SEASON = "season", _("End of season")
        COST = "cost", _("Cost")
        EXCHANGE = "exchange", _("Exchange rate")
        EMERGENCY = "emergency", _("Emergency")

    title = models.CharField(_("title"), max_length=200)
    reason = models.TextField(_("reason"), default="", blank=True)
    reason_code = models.CharField(
        _("kind of reason"), max_length=10, choices=ReasonCode.choices, default=ReasonCode.REGULAR
    )
    state = models.CharField(_("state"), max_length=11, choices=State.choices, default=State.DRAFT)
    effective_from = models.DateTimeField(_("takes effect"), null=True)
    effective_until = models.DateTimeField(_("until"), null=True)
    local_from = models.CharField(_("takes effect, local time"), max_length=16, default="", blank=True)
    local_until = models.CharField(_("until, local time"), max_length=16, default="", blank=True)
    is_advertised = models.BooleanField(_("advertised"), default=False)
    template = models.ForeignKey(
        "pricing.PriceTemplate", null=True, on_delete=models.PROTECT, related_name="drafted"
    )
    recheck_stage = models.PositiveSmallIntegerField(default=0)
    edition = models.PositiveIntegerField(default=1)
    line_count = models.PositiveIntegerField(default=0)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    prepared_by_name = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField(db_default=Now())
    edited_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_kind = models.CharField(max_length=8, default="", blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by_name = models.CharField(max_length=200, default="", blank=True)
    decision_comment = models.TextField(default="", blank=True)
    policy_version = models.CharField(max_length=120, default="", blank=True)
    approval_id = models.BigIntegerField(null=True)
    content_hash = models.CharField(max_length=64, default="", blank=True)
    placed_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    lapsed_reason = models.TextField(default="", blank=True)
    rolls_back = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="rolled_back_by"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(effective_until__isnull=True)
                | models.Q(effective_from__isnull=True)
                | models.Q(effective_until__gt=models.F("effective_from")),
                name="pricing_pricechange_window",
                violation_error_message=_("A change must end after it begins."),
            ),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("prepared_by")),
                name="pricing_pricechange_not_own",
                violation_error_message=_("Nobody approves what they prepared."),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="pricing_pricechange_state"),
            models.Index(
                fields=["effective_from"],
                condition=models.Q(state="approved"),
                name="pricing_pricechange_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def reference(self) -> str:
        return reference("PC", self.created_at.year, self.pk)


class PriceChangeLine(models.Model):
    """One price to set (amount) or to end (amount empty), in its list's currency.

    origin "follow": not asked for but added at submit, because this override follows its parent's price.
    valid_from/valid_until narrow the document's window for this line (roll-backs; local times by site). base_ids are
    the live price rows in that window when the line was written: if others stand there at placement, somebody changed
    the price meanwhile. old_amount, change_fraction, net_amount, unit_cost and margin_fraction are as last evaluated.
    """

    class Origin(models.TextChoices):
        FOLLOW = "follow", _("Follows its parent")

    change = models.ForeignKey(PriceChange, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField(default=0)
    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    min_quantity = models.DecimalField(max_digits=18, decimal_places=6, default=1)
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(max_length=3)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    origin = models.CharField(max_length=8, choices=Origin.choices, db_default="", blank=True)
    base_ids = ArrayField(models.BigIntegerField(), default=list)
    old_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    change_fraction = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    net_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    unit_cost = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    margin_fraction = models.DecimalField(max_digits=14, decimal_places=6, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change", "price_list", "product", "min_quantity", "valid_from"],
                nulls_distinct=False,
                name="pricing_pricechangeline_once",
                violation_error_message=_("The same price stands twice in this change."),
            ),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | models.Q(amount__gte=0),
                name="pricing_pricechangeline_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(min_quantity__gt=0), name="pricing_pricechangeline_min_quantity"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="pricing_pricechangeline_window",
            ),
        ]
        indexes = [
            models.Index(fields=["price_list", "product"], name="pricing_pricechangeline_key"),
        ]


class Finding(models.Model):
    """What a guardrail found on a line (or on the whole change, line empty).

    The sentence is not stored: `pricing.messages.finding_message(code, params)` says it in the reader's language.
    """

    class Severity(models.TextChoices):
        BLOCK = "block", _("Block")
        REVIEW = "review", _("Review")
        NOTE = "note", _("Note")

    change = models.ForeignKey(PriceChange, on_delete=models.CASCADE, related_name="findings")
    line = models.ForeignKey(PriceChangeLine, null=True, on_delete=models.CASCADE, related_name="findings")
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=6, choices=Severity.choices)
    params = models.JSONField(default=dict)
