"""Exchange rates by hand that wait for a second person."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RateProposal(models.Model):
    """1 `base` = `rate` `quote` on a day, as one person proposes it; another makes it an exchange rate.

    Never edited: a corrected one replaces it, and the old one is void.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        APPLIED = "applied", _("In force")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        VOID = "void", _("Replaced")

    base = models.CharField(_("base"), max_length=3)
    quote = models.CharField(_("quote"), max_length=3)
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10)
    on = models.DateField(_("date"))
    reason = models.CharField(_("reason"), max_length=500)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    content_hash = models.CharField(max_length=64)
    prepared_by_id = models.BigIntegerField()
    prepared_by_name = models.CharField(max_length=200)
    approved_by_id = models.BigIntegerField(null=True)
    approved_by_name = models.CharField(max_length=200, default="", blank=True)
    proposed_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["base", "quote", "on"],
                condition=models.Q(state="open"),
                name="catalog_rateproposal_one_open",
                violation_error_message=_("A rate of this pair and day waits already."),
            ),
            models.CheckConstraint(
                condition=models.Q(rate__gt=0),
                name="catalog_rateproposal_positive",
                violation_error_message=_("An exchange rate must be above zero."),
            ),
            models.CheckConstraint(
                condition=~models.Q(base=models.F("quote")), name="catalog_rateproposal_two_currencies"
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(state="applied", approved_by_id__isnull=False)
                    & ~models.Q(approved_by_id=models.F("prepared_by_id"))
                )
                | (~models.Q(state="applied") & models.Q(approved_by_id__isnull=True)),
                name="catalog_rateproposal_four_eyes",
                violation_error_message=_("Nobody puts their own rate in force."),
            ),
        ]
