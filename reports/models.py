"""Daily figures per site."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Site


class Figure(models.Model):
    """One figure of one site on one local day, kept as numerator and denominator so that sites add up.

    net_sales and stock_value are money in the site's currency (denominator 1); gross_margin is gross profit over the net
    sales whose cost is known, both money; availability and stock_accuracy are counts over counts.
    """

    class Name(models.TextChoices):
        NET_SALES = "net_sales", _("Net sales")
        GROSS_MARGIN = "gross_margin", _("Gross margin")
        AVAILABILITY = "availability", _("On-shelf availability")
        STOCK_ACCURACY = "stock_accuracy", _("Stock accuracy")
        STOCK_VALUE = "stock_value", _("Stock value at cost")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, db_index=False)
    on = models.DateField()
    name = models.CharField(max_length=16, choices=Name.choices)
    numerator = models.DecimalField(max_digits=24, decimal_places=6)
    denominator = models.DecimalField(max_digits=24, decimal_places=6, default=1)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "on", "site"], name="reports_figure_once"),
            models.CheckConstraint(
                condition=models.Q(denominator__gt=0),
                name="reports_figure_denominator_positive",
                violation_error_message=_("A figure over nothing is no figure."),
            ),
        ]
