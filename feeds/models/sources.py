"""Who delivers: an ERP, a warehouse system, a till, a shop."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Site


class Source(models.Model):
    """A system that delivers through one or more feeds, under keys of its own (two live ones at most).

    site: set for a system of one site (a till, a small warehouse). owner: who works what its deliveries leave in
    quarantine.
    """

    class Kind(models.TextChoices):
        ERP = "erp", _("ERP")
        WMS = "wms", _("Warehouse system")
        TILL = "till", _("Till")
        SHOP = "shop", _("Shop")
        PLATFORM = "platform", _("Platform")
        BANK = "bank", _("Bank")
        OTHER = "other", _("Other source")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.OTHER)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.code
