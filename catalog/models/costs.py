"""Tax rates, net unit costs and exchange rates, each dated."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalog.models.products import Product


class TaxRate(models.Model):
    """The rate of a tax class in a country from a date on; rate_fraction 0–1."""

    country = models.CharField(_("country"), max_length=2)
    tax_class = models.CharField(_("tax class"), max_length=32)
    rate_fraction = models.DecimalField(_("rate"), max_digits=6, decimal_places=5)
    valid_from = models.DateField(_("valid from"))
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "tax_class", "valid_from"], name="catalog_taxrate_once"
            ),
            models.CheckConstraint(
                condition=models.Q(rate_fraction__gte=0, rate_fraction__lt=1),
                name="catalog_taxrate_fraction",
                violation_error_message=_("A tax rate lies from 0 to below 1."),
            ),
        ]


class UnitCost(models.Model):
    """Net cost of one base unit from an instant on. A zero cost is refused: it would pass every margin check."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="unit_costs")
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6)
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateTimeField(_("valid from"))
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "valid_from"], name="catalog_unitcost_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0),
                name="catalog_unitcost_positive",
                violation_error_message=_("A unit cost must be above zero."),
            ),
        ]


class ExchangeRate(models.Model):
    """1 `base` = `rate` `quote` on a date, with its source."""

    base = models.CharField(_("base"), max_length=3)
    quote = models.CharField(_("quote"), max_length=3)
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10)
    on = models.DateField(_("date"))
    source = models.CharField(_("source"), max_length=32, default="manual")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "quote", "on"], name="catalog_exchangerate_once"),
            models.CheckConstraint(
                condition=models.Q(rate__gt=0),
                name="catalog_exchangerate_positive",
                violation_error_message=_("An exchange rate must be above zero."),
            ),
            models.CheckConstraint(
                condition=~models.Q(base=models.F("quote")), name="catalog_exchangerate_two_currencies"
            ),
        ]
