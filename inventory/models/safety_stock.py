"""The figure below which a site warns."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Site


class SafetyStock(models.Model):
    """Safety stock of a product at a site: a given figure, else one computed from the ledger.

    demand in units per day, lead time in days, each with its standard deviation; service_level 0–1.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False)
    given_units = models.DecimalField(_("given units"), max_digits=18, decimal_places=6, null=True)
    computed_units = models.DecimalField(_("computed units"), max_digits=18, decimal_places=6, null=True)
    service_level = models.DecimalField(
        _("service level"), max_digits=5, decimal_places=4, default=Decimal("0.95")
    )
    demand_mean = models.FloatField(default=0)
    demand_sd = models.FloatField(default=0)
    lead_time_days = models.FloatField(default=0)
    lead_time_sd_days = models.FloatField(default=0)
    computed_at = models.DateTimeField(null=True)
    given_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "product"], name="inventory_safetystock_once"),
            models.CheckConstraint(
                condition=models.Q(given_units__isnull=True) | models.Q(given_units__gte=0),
                name="inventory_safetystock_not_negative",
                violation_error_message=_("Safety stock is zero or more."),
            ),
            models.CheckConstraint(
                condition=models.Q(service_level__gt=0, service_level__lt=1),
                name="inventory_safetystock_service_level",
                violation_error_message=_("A service level lies between 0 and 1."),
            ),
        ]

    @property
    def units(self) -> Decimal | None:
        """The figure that counts: the given one, else the computed one."""
        return self.given_units if self.given_units is not None else self.computed_units
