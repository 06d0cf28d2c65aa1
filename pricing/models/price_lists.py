"""Price lists: for whom a price is meant, and how a derived one comes about."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, CustomerGroup, Region, Site


class PriceList(models.Model):
    """Prices in one currency for a part of the house.

    A list applies where its region, channel, site and customer group (each empty = any) agree with the question.
    With `parent` a product without a row of its own costs parent × exchange rate × (1 + float_fraction) + float_amount,
    kept from (1 + floor_fraction) to (1 + ceiling_fraction) of the converted parent, ended in `ends_in`. A row of its
    own overrides that; override_policy says what becomes of it when the parent's price changes. Within a kind lists
    for a customer group come first, then the higher `priority`; an `exclusive` promotion applies even above the other
    price.
    """

    class Kind(models.TextChoices):
        BASE = "base", _("Base")
        REGION = "region", _("Region")
        CHANNEL = "channel", _("Channel")
        SITE = "site", _("Site")
        PROMOTION = "promotion", _("Promotion")

    class OverridePolicy(models.TextChoices):
        KEEP = "keep", _("stays")
        FOLLOW = "follow", _("follows")
        ASK = "ask", _("asks")

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
    customer_group = models.ForeignKey(
        CustomerGroup, null=True, on_delete=models.PROTECT, verbose_name=_("customer group")
    )
    priority = models.IntegerField(_("priority"), default=0)
    float_fraction = models.DecimalField(_("float"), max_digits=9, decimal_places=6, null=True)
    float_amount = models.DecimalField(_("surcharge"), max_digits=20, decimal_places=6, null=True)
    floor_fraction = models.DecimalField(_("floor"), max_digits=9, decimal_places=6, null=True)
    ceiling_fraction = models.DecimalField(_("ceiling"), max_digits=9, decimal_places=6, null=True)
    ends_in = models.DecimalField(_("ends in"), max_digits=9, decimal_places=4, null=True)
    rate_max_age_days = models.PositiveSmallIntegerField(_("rate at most so many days old"), null=True)
    rate_dead_band = models.DecimalField(_("rate moves below"), max_digits=9, decimal_places=6, null=True)
    rate_step_limit = models.DecimalField(_("rate moves above"), max_digits=9, decimal_places=6, null=True)
    override_policy = models.CharField(
        _("own prices, when the parent's change"),
        max_length=6,
        choices=OverridePolicy.choices,
        db_default=OverridePolicy.KEEP,
    )
    tax_included = models.BooleanField(_("prices include tax"), default=True)
    exclusive = models.BooleanField(_("exclusive"), default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(rate_max_age_days__isnull=True) | models.Q(rate_max_age_days__range=(1, 366))
                )
                & (
                    models.Q(rate_dead_band__isnull=True)
                    | models.Q(rate_dead_band__gte=0, rate_dead_band__lt=1)
                )
                & (
                    models.Q(rate_step_limit__isnull=True)
                    | models.Q(rate_step_limit__gt=0, rate_step_limit__lt=1)
                ),
                name="pricing_pricelist_rate_policy",
                violation_error_message=_(
                    "A rate is 1 to 366 days old at most; its band and step lie from 0 to below 1."
                ),
            ),
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
                condition=models.Q(parent__isnull=False)
                | models.Q(
                    float_amount__isnull=True, floor_fraction__isnull=True, ceiling_fraction__isnull=True
                ),
                name="pricing_pricelist_derived",
                violation_error_message=_("A surcharge, a floor and a ceiling need a parent list."),
            ),
            models.CheckConstraint(
                condition=(models.Q(floor_fraction__isnull=True) | models.Q(floor_fraction__gt=-1))
                & (models.Q(ceiling_fraction__isnull=True) | models.Q(ceiling_fraction__gt=-1))
                & (
                    models.Q(floor_fraction__isnull=True)
                    | models.Q(ceiling_fraction__isnull=True)
                    | models.Q(floor_fraction__lte=models.F("ceiling_fraction"))
                ),
                name="pricing_pricelist_band",
                violation_error_message=_("A floor lies above −100 % and not above the ceiling."),
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

    @property
    def is_linked(self) -> bool:
        """Whether the list keeps a rate of its own instead of following the day's."""
        policy = (self.rate_max_age_days, self.rate_dead_band, self.rate_step_limit)
        return self.parent_id is not None and any(part is not None for part in policy)


class ListRate(models.Model):
    """The rate a linked list keeps from a day on (UTC), until the next row: append-only.

    1 of the parent's currency = `rate` of the list's. on: the day of the rate itself. A missing or too old rate of the
    day makes no row: the list stays at the last one.
    """

    class Reason(models.TextChoices):
        FIRST = "first", _("First rate")
        MOVED = "moved", _("Moved beyond the band")
        ACCEPTED = "accepted", _("Accepted by a person")

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="rates")
    rate = models.DecimalField(_("kept exchange rate"), max_digits=28, decimal_places=12)
    on = models.DateField(_("day of the rate"))
    path = models.CharField(max_length=40, default="")
    effective_on = models.DateField(_("kept from"))
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    recorded_at = models.DateTimeField(db_default=Now())
    event_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="pricing_listrate_above_zero"),
        ]
        indexes = [
            models.Index(fields=["price_list", "-effective_on", "-id"], name="pricing_listrate_newest"),
        ]
