"""Templates: price changes prepared in advance, and the uses of those for an emergency."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from pricing.models.price_changes import PriceChange


class PriceTemplate(models.Model):
    """A change prepared in advance. It is never edited: retire it and prepare another.

    lines: [{"price_list", "sku", "amount"}] or with "percent" of the price at the time of use; amounts are text.
    An emergency has `hours`, after which what was before is back by itself. A promotion may have a limit (units per
    customer, units in all) and a choice of sites: `reach` with the codes of its region or sites in `places`; without
    one it goes where the lists of its lines go.
    """

    class Kind(models.TextChoices):
        EMERGENCY = "emergency", _("Emergency")
        PROMOTION = "promotion", _("Promotion")
        LAUNCH = "launch", _("Launch of a product")
        CLEARANCE = "clearance", _("Clearance")

    class Reach(models.TextChoices):
        ALL = "all", _("All sites")
        REGION = "region", _("A region")
        SITES = "sites", _("Named sites")

    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=150)
    reason = models.TextField(_("reason"))
    hours = models.PositiveSmallIntegerField(_("ends after hours"), null=True)
    lines = models.JSONField()
    per_customer = models.PositiveIntegerField(_("units per customer"), null=True)
    total_units = models.PositiveIntegerField(_("units in all"), null=True)
    reach = models.CharField(_("where"), max_length=6, choices=Reach.choices, default="", blank=True)
    places = models.JSONField(default=list)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(kind="emergency") & models.Q(hours__isnull=False, hours__gte=1, hours__lte=168)
                )
                | (~models.Q(kind="emergency") & models.Q(hours__isnull=True)),
                name="pricing_pricetemplate_hours",
                violation_error_message=_("An emergency ends after 1 to 168 hours; nothing else has hours."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind="promotion")
                | models.Q(per_customer__isnull=True, total_units__isnull=True, reach=""),
                name="pricing_pricetemplate_terms",
                violation_error_message=_("Only a promotion has a limit and a choice of sites."),
            ),
            models.CheckConstraint(
                condition=(models.Q(per_customer__isnull=True) | models.Q(per_customer__gte=1))
                & (models.Q(total_units__isnull=True) | models.Q(total_units__gte=1)),
                name="pricing_pricetemplate_limit",
                violation_error_message=_("A limit is a whole number above zero."),
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(retired_at__isnull=True),
                name="pricing_pricetemplate_name",
                violation_error_message=_("A template of this name exists."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def line_count(self) -> int:
        return len(self.lines)


class EmergencyUse(models.Model):
    """One use of an emergency template, and its review after the fact by somebody else."""

    template = models.ForeignKey(PriceTemplate, on_delete=models.PROTECT, related_name="uses")
    change = models.OneToOneField(PriceChange, on_delete=models.PROTECT, related_name="emergency")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)
    review = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reviewed_by=models.F("started_by")),
                name="pricing_emergencyuse_not_own",
                violation_error_message=_("Nobody reviews what they started."),
            ),
        ]
