"""Sites and what they belong to: regions, legal entities, channels; suppliers; scopes."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Region(models.Model):
    """A group of sites that share price lists."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)

    def __str__(self) -> str:
        return self.name


class LegalEntity(models.Model):
    """The company that owns a site's stock."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=150)
    country = models.CharField(_("country"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """A way of selling; commission_fraction (0–1) of the net price goes to the platform."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    commission_fraction = models.DecimalField(_("commission"), max_digits=6, decimal_places=5, default=0)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(commission_fraction__gte=0, commission_fraction__lt=1),
                name="catalog_channel_commission_fraction",
                violation_error_message=_("A commission lies from 0 to below 1."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerGroup(models.Model):
    """Customers with prices of their own: members, staff, a large account.

    An ended group keeps its lists and its history; no new list and no new incentive is made for it.
    """

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    ended_at = models.DateTimeField(_("ended"), null=True)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class ControlProfile(models.Model):
    """A named set of control settings for sites and countries; a later issue fills it."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    settings = models.JSONField(default=dict)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A warehouse, store or online shop.

    timezone is an IANA name; opening_hours maps ISO weekday "1".."7" to [["09:00", "18:00"], …] local wall time.
    """

    class Kind(models.TextChoices):
        WAREHOUSE = "warehouse", _("Warehouse")
        STORE = "store", _("Store")
        ONLINE = "online", _("Online shop")

    class Operator(models.TextChoices):
        OWN = "own", _("Own")
        FRANCHISE = "franchise", _("Franchise")
        PLATFORM = "platform", _("Platform")

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, related_name="sites", verbose_name=_("region")
    )
    country = models.CharField(_("country"), max_length=2)
    timezone = models.CharField(_("time zone"), max_length=64)
    currency = models.CharField(_("currency"), max_length=3)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="sites")
    operator = models.CharField(_("operator"), max_length=9, choices=Operator.choices, default=Operator.OWN)
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="sites")
    control_profile = models.ForeignKey(
        ControlProfile, null=True, on_delete=models.PROTECT, related_name="sites"
    )
    opening_hours = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["warehouse", "store", "online"]),
                name="catalog_site_kind_known",
                violation_error_message=_("A site is a warehouse, a store or an online shop."),
            ),
            models.CheckConstraint(
                condition=models.Q(operator__in=["own", "franchise", "platform"]),
                name="catalog_site_operator_known",
                violation_error_message=_("A site is run by ourselves, a franchisee or a platform."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Supplier(models.Model):
    """Who goods are bought from; lead times in days."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=150)
    country = models.CharField(_("country"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    lead_time_days = models.DecimalField(_("lead time, days"), max_digits=6, decimal_places=2, default=7)
    lead_time_sd_days = models.DecimalField(
        _("lead time deviation, days"), max_digits=6, decimal_places=2, default=2
    )
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class Scope(models.Model):
    """What a user may see, for a time: one region, one site, or everything when both are empty.

    A user without a scope valid now sees no site.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="scopes")
    region = models.ForeignKey(Region, null=True, on_delete=models.CASCADE)
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE)
    valid_from = models.DateTimeField(db_default=Now())
    valid_until = models.DateTimeField(null=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(region__isnull=True) | models.Q(site__isnull=True),
                name="catalog_scope_region_or_site",
                violation_error_message=_("A scope names a region or a site, not both."),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="catalog_scope_range",
                violation_error_message=_("A scope must end after it begins."),
            ),
        ]
