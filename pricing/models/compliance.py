"""What has to be signed before prices may change: items as versioned data, and the signatures under them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, ControlProfile
from pricing.models.price_changes import PriceChange


class ComplianceItem(models.Model):
    """One version of an item of the checklist; the highest one in force of a code counts, never edited.

    A version waits until another person approves it: in_force_from says since when it counts, empty = since created_at.

    It applies to lines whose list is asked in one of `countries` (none = every), at a site of `profile` (empty = every), of
    `category` with what lies below it, to changes of `reason_codes` (empty = every); only_promotions and
    only_first_prices narrow it. It is signed by the rule `checked_by` names, or, for "person", by whoever holds `signer`.
    """

    class Check(models.TextChoices):
        PERSON = "person", _("A person")
        REFERENCE = "reference_evidence", _("Rule: the reference price has its evidence")
        CONTROLLED = "controlled_price", _("Rule: controlled prices are kept")
        UNIT_PRICE = "unit_price", _("Rule: a unit price can be shown")
        FRANCHISE = "franchise_marked", _("Rule: prices of franchisees are marked as recommended")

    class State(models.TextChoices):
        PENDING = "pending", _("Waits for approval")
        IN_FORCE = "in_force", _("In force")
        REJECTED = "rejected", _("Rejected")

    code = models.CharField(_("code"), max_length=64)
    version = models.PositiveIntegerField(_("version"), default=1)
    title = models.CharField(_("title"), max_length=300)
    title_zh = models.CharField(_("title in Chinese"), max_length=300, default="", blank=True)
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    profile = models.ForeignKey(
        ControlProfile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("profile")
    )
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    reason_codes = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    only_promotions = models.BooleanField(_("only promotion lists"), default=False)
    only_first_prices = models.BooleanField(_("only first prices"), default=False)
    is_mandatory = models.BooleanField(_("mandatory"), default=False)
    checked_by = models.CharField(_("signed by"), max_length=20, choices=Check.choices)
    signer = models.CharField(_("permission to sign"), max_length=64, default="", blank=True)
    source = models.TextField(_("source"))
    source_on = models.DateField(_("as of"))
    is_active = models.BooleanField(_("active"), default=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.IN_FORCE)
    in_force_from = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by_name = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="pricing_complianceitem_once"),
            models.CheckConstraint(
                condition=~models.Q(source="") & ~models.Q(title=""),
                name="pricing_complianceitem_source",
                violation_error_message=_("An item has a title and names its source."),
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by="person") & ~models.Q(signer="")
                | ~models.Q(checked_by="person") & models.Q(signer=""),
                name="pricing_complianceitem_signer",
                violation_error_message=_("Who signs is named exactly where a person signs."),
            ),
        ]


class ComplianceSignature(models.Model):
    """A person's name under an item for a change as it stood; voided once the change is another."""

    change = models.ForeignKey(PriceChange, on_delete=models.PROTECT, related_name="signatures")
    item = models.ForeignKey(ComplianceItem, on_delete=models.PROTECT, related_name="signatures")
    content_hash = models.CharField(max_length=64)
    evidence = models.TextField(_("evidence"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_by_name = models.CharField(max_length=200)
    signed_at = models.DateTimeField(db_default=Now())
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change", "item"],
                condition=models.Q(voided_at__isnull=True),
                name="pricing_compliancesignature_once",
                violation_error_message=_("It is signed already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(evidence=""),
                name="pricing_compliancesignature_evidence",
                violation_error_message=_("A signature names its evidence."),
            ),
        ]
