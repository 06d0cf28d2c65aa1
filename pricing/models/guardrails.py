"""Guardrails: versioned rules that every line passes before it may be submitted."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, ControlProfile, Product
from pricing.models.price_lists import PriceList


class Guardrail(models.Model):
    """One version of one rule for a scope; empty parts of the scope mean everything.

    Of a (rule, list, category, status, profile) the highest version that is in force counts; is_active false switches
    the rule off from that version on. The most specific scope wins: a list before none, then the nearest category, then
    the product's life-cycle state, then the control profile of the list's sites. review_at and block_at are fractions
    (0–1); `soft_reasons` are the kinds of reason for which below_cost asks for review instead of blocking, beside the
    four that only a law may block (`rules.costs.REVIEWED`; a stored rule that lacks them is read with them). options, as
    `rules.bounds.Options` reads them: floor, ceiling, basis, currency, endings, step, severity.
    """

    class Rule(models.TextChoices):
        CHANGE_LIMIT = "change_limit", _("Change in one step")
        CUMULATIVE = "cumulative_change_limit", _("Change since the last human decision")
        MARGIN_FLOOR = "margin_floor", _("Margin floor")
        BELOW_COST = "below_cost", _("Below cost")
        APPROVAL_BAND = "approval_band", _("Band of an approval")
        BAND = "band", _("Price band")
        MAP = "map_price", _("Minimum advertised price")
        MSRP = "msrp", _("Recommended retail price")
        SPREAD = "regional_spread", _("Spread between regions")
        COMPETITOR = "competitor_distance", _("Distance to competitors")
        ENDING = "ending", _("Price ending")
        STEP = "minor_unit", _("Price step")

    class State(models.TextChoices):
        PENDING = "pending", _("Waits for approval")
        IN_FORCE = "in_force", _("In force")
        REJECTED = "rejected", _("Rejected")

    rule = models.CharField(_("rule"), max_length=24, choices=Rule.choices)
    version = models.PositiveIntegerField(_("version"), default=1)
    price_list = models.ForeignKey(
        PriceList, null=True, on_delete=models.PROTECT, verbose_name=_("price list")
    )
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, verbose_name=_("category"))
    status = models.CharField(
        _("life-cycle state"), max_length=12, choices=Product.Status.choices, default="", blank=True
    )
    profile = models.ForeignKey(
        ControlProfile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("profile")
    )
    options = models.JSONField(_("options"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.IN_FORCE)
    review_at = models.DecimalField(_("review from"), max_digits=9, decimal_places=6, null=True)
    block_at = models.DecimalField(_("block from"), max_digits=9, decimal_places=6, null=True)
    soft_reasons = ArrayField(models.CharField(max_length=10), default=list)
    is_active = models.BooleanField(_("active"), default=True)
    note = models.TextField(_("note"), default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "price_list", "category", "status", "profile", "version"],
                nulls_distinct=False,
                name="pricing_guardrail_once",
            ),
        ]
