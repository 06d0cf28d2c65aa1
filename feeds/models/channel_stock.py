"""How much of the stock each channel is shown."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Channel, Product, Site


class ChannelStockRule(models.Model):
    """What a channel may promise, for the goods and places it names; an empty part of the scope means every one.

    Of the rules that fit, the most particular counts whole: product, then the deepest category, then site, then channel.
    A rule that names channel and site also says that the channel sells from that site, be it its own or not.
    A rule is never edited: a new version is written and the old one ended. What the terms mean: feeds/rules/availability.py.
    """

    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("channel")
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("category"),
    )
    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    buffer_pieces = models.DecimalField(_("kept back, pieces"), max_digits=18, decimal_places=6, default=0)
    buffer_fraction = models.DecimalField(_("kept back, share"), max_digits=5, decimal_places=4, default=0)
    share_fraction = models.DecimalField(
        _("share of the channel"), max_digits=5, decimal_places=4, null=True, blank=True
    )
    cap = models.DecimalField(_("shows at most"), max_digits=18, decimal_places=6, null=True, blank=True)
    minimum = models.DecimalField(_("shows nothing below"), max_digits=18, decimal_places=6, default=0)
    priority = models.PositiveSmallIntegerField(_("served as number"), default=100)
    presale_fraction = models.DecimalField(
        _("presale, share of what is to come"), max_digits=5, decimal_places=4, default=0
    )
    presale_until = models.DateField(_("presale of what is expected until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, default="", blank=True)
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "site", "category", "product"],
                condition=models.Q(ended_at=None),
                nulls_distinct=False,
                name="feeds_channelstockrule_one_live",
                violation_error_message=_("There is a rule for this scope already."),
            ),
            models.CheckConstraint(
                condition=models.Q(category=None) | models.Q(product=None),
                name="feeds_channelstockrule_goods",
                violation_error_message=_("A rule names a category or a product, not both."),
            ),
            models.CheckConstraint(
                condition=models.Q(buffer_pieces__gte=0, minimum__gte=0)
                & (models.Q(cap=None) | models.Q(cap__gte=0)),
                name="feeds_channelstockrule_quantities",
                violation_error_message=_("Quantities are not below zero."),
            ),
            models.CheckConstraint(
                condition=models.Q(
                    buffer_fraction__gte=0,
                    buffer_fraction__lte=1,
                    presale_fraction__gte=0,
                    presale_fraction__lte=1,
                )
                & (models.Q(share_fraction=None) | models.Q(share_fraction__gte=0, share_fraction__lte=1)),
                name="feeds_channelstockrule_fractions",
                violation_error_message=_("Shares lie from 0 to 1."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["product"], condition=models.Q(ended_at=None), name="feeds_channelstockrule_live"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} v{self.version}"
