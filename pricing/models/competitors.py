"""Competitors, what was seen of their prices, and which product a competitor's code means."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Product


class Competitor(models.Model):
    """A shop whose prices are watched; country is where its prices hold (ISO 3166-1 alpha-2, empty = anywhere)."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(max_length=2, default="", blank=True)

    def __str__(self) -> str:
        return self.name


class CompetitorMatch(models.Model):
    """A person's word that a competitor's own code means a product; it outlives the rows it was given for."""

    competitor = models.ForeignKey(Competitor, on_delete=models.PROTECT, related_name="matches")
    code = models.CharField(max_length=64)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["competitor", "code"], name="pricing_competitormatch_once"),
        ]


class CompetitorPrice(models.Model):
    """A competitor's price as seen at a moment. Append-only; product alone may be filled in later, by matching.

    code is the competitor's own, sku and gtin as the row named them; one of the three is never empty.
    """

    competitor = models.ForeignKey(Competitor, on_delete=models.PROTECT, related_name="prices")
    product = models.ForeignKey(
        Product,
        null=True,
        on_delete=models.PROTECT,
        related_name="competitor_prices",
        verbose_name=_("product"),
    )
    code = models.CharField(max_length=64, default="", blank=True)
    sku = models.CharField(max_length=64, default="", blank=True)
    gtin = models.CharField(max_length=14, default="", blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    currency = models.CharField(max_length=3)
    is_tax_included = models.BooleanField(default=True)
    is_promotion = models.BooleanField(default=False)
    source = models.CharField(max_length=500, default="", blank=True)
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="pricing_competitorprice_above_zero"
            ),
            models.CheckConstraint(
                condition=~models.Q(code="", sku="", gtin=""), name="pricing_competitorprice_names_product"
            ),
            models.UniqueConstraint(
                fields=[
                    "competitor",
                    "code",
                    "sku",
                    "gtin",
                    "observed_at",
                    "currency",
                    "amount",
                    "is_promotion",
                ],
                name="pricing_competitorprice_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["product", "competitor", "-observed_at"], name="pricing_competitorprice_newest"
            ),
        ]
