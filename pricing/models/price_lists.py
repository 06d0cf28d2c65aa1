"""Price lists: for whom a price is meant, and how a derived one comes about."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, Region, Site


class PriceList(models.Model):
    """Prices in one currency for a part of the house.

    A list applies where its region, channel and site (each empty = any) agree with the question. With `parent` a
    product without a row of its own costs parent × exchange rate × (1 + float_fraction), ended in `ends_in`.
    Within a kind the higher `priority` comes first; an `exclusive` promotion applies even above the other price.
    """

    class Kind(models.TextChoices):
        BASE = "base", _("Base")
        REGION = "region", _("Region")
        CHANNEL = "channel", _("Channel")
        SITE = "site", _("Site")
        PROMOTION = "promotion", _("Promotion")

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    currency = models.CharField(_("currency"), max_length=3)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="children", verbose_name=_("derived from")
    )
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, verbose_name=_("region"))
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, verbose_name=_("channel"))
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, verbose_name=_("site"))
    priority = models.IntegerField(_("priority"), default=0)
    float_fraction = models.DecimalField(_("float"), max_digits=9, decimal_places=6, null=True)
    ends_in = models.DecimalField(_("ends in"), max_digits=9, decimal_places=4, null=True)
    tax_included = models.BooleanField(_("prices include tax"), default=True)
    exclusive = models.BooleanField(_("exclusive"), default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["base", "promotion"])
                | models.Q(kind="region", region__isnull=False)
                | models.Q(kind="channel", channel__isnull=False)
                | models.Q(kind="site", site__isnull=False),
                name="pricing_pricelist_scope",
                violation_error_message=_("A list of this kind must name its region, channel or site."),
            ),
            models.CheckConstraint(
                condition=models.Q(float_fraction__isnull=True)
                | models.Q(float_fraction__gt=-1, parent__isnull=False),
                name="pricing_pricelist_float",
                violation_error_message=_("A float needs a parent list and lies above −100 %."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_in__isnull=True) | models.Q(ends_in__gte=0, ends_in__lt=1000),
                name="pricing_pricelist_ends_in",
                violation_error_message=_("An ending lies from 0 to below 1000."),
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("id")),
                name="pricing_pricelist_not_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name
