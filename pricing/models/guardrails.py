"""Guardrails: versioned rules that every line passes before it may be submitted."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from pricing.models.price_lists import PriceList


class Guardrail(models.Model):
    """One version of one rule for a scope (a list, a category with what lies below it, or everything).

    The highest version of a (rule, list, category) counts; is_active false switches the rule off from that version on.
    The most specific scope wins: list and category, list, category, everything. review_at and block_at are fractions
    (0–1); `soft_reasons` are the kinds of reason for which below_cost asks for review instead of blocking.
    """

    class Rule(models.TextChoices):
        CHANGE_LIMIT = "change_limit", _("Change in one step")
        CUMULATIVE = "cumulative_change_limit", _("Change since the last human decision")
        MARGIN_FLOOR = "margin_floor", _("Margin floor")
        BELOW_COST = "below_cost", _("Below cost")
        APPROVAL_BAND = "approval_band", _("Band of an approval")

    rule = models.CharField(_("rule"), max_length=24, choices=Rule.choices)
    version = models.PositiveIntegerField(_("version"), default=1)
    price_list = models.ForeignKey(
        PriceList, null=True, on_delete=models.PROTECT, verbose_name=_("price list")
    )
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, verbose_name=_("category"))
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
                fields=["rule", "price_list", "category", "version"],
                nulls_distinct=False,
                name="pricing_guardrail_once",
            ),
        ]
