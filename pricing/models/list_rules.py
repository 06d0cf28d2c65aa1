"""How a list's prices derive from its parent's, in versions."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from pricing.models.price_lists import PriceList


class ListRule(models.Model):
    """One version of what derives a list's prices: parent, float, surcharge, band, ending, policy of the exchange rate.

    A list without versions derives as its own columns say. Of a list's versions in force the highest whose
    effective_from has come counts, as known from known_from on; version 1 is what stood before the first proposal.
    asked_from: the moment the proposer wants, None = once approved. base_version: what was in force when it was
    proposed. effect: what the proposer was shown, for whoever decides. Append-only but for state and its two moments.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waits for approval")
        IN_FORCE = "in_force", _("In force")
        REJECTED = "rejected", _("Rejected")

    price_list = models.ForeignKey(
        PriceList, on_delete=models.PROTECT, related_name="rules", verbose_name=_("price list")
    )
    version = models.PositiveIntegerField(_("version"))
    base_version = models.PositiveIntegerField(default=0)
    parent = models.ForeignKey(
        PriceList, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("derived from")
    )
    float_fraction = models.DecimalField(_("float"), max_digits=9, decimal_places=6, null=True)
    float_amount = models.DecimalField(_("surcharge"), max_digits=20, decimal_places=6, null=True)
    floor_fraction = models.DecimalField(_("floor"), max_digits=9, decimal_places=6, null=True)
    ceiling_fraction = models.DecimalField(_("ceiling"), max_digits=9, decimal_places=6, null=True)
    ends_in = models.DecimalField(_("ends in"), max_digits=9, decimal_places=4, null=True)
    rate_max_age_days = models.PositiveSmallIntegerField(_("rate at most so many days old"), null=True)
    rate_dead_band = models.DecimalField(_("rate moves below"), max_digits=9, decimal_places=6, null=True)
    rate_step_limit = models.DecimalField(_("rate moves above"), max_digits=9, decimal_places=6, null=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    asked_from = models.DateTimeField(_("takes effect"), null=True)
    effective_from = models.DateTimeField(null=True)
    known_from = models.DateTimeField(null=True)
    reason = models.TextField(_("reason"), default="", blank=True)
    effect = models.JSONField(default=dict, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_list", "version"], name="pricing_listrule_once"),
            models.UniqueConstraint(
                fields=["price_list"], condition=models.Q(state="pending"), name="pricing_listrule_one_waits"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="in_force")
                | models.Q(effective_from__isnull=False, known_from__isnull=False),
                name="pricing_listrule_moments",
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("price_list")),
                name="pricing_listrule_not_own_parent",
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=False)
                | models.Q(
                    float_fraction__isnull=True,
                    float_amount__isnull=True,
                    floor_fraction__isnull=True,
                    ceiling_fraction__isnull=True,
                ),
                name="pricing_listrule_derived",
                violation_error_message=_("A float, a surcharge, a floor and a ceiling need a parent list."),
            ),
        ]
