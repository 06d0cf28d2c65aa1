"""Products, their category tree and packs."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from lib.quantities import BASE_UNITS

UNITS = [(unit, unit) for unit in BASE_UNITS]


def _is_share(name: str) -> models.Q:
    return models.Q(**{f"{name}__isnull": True}) | models.Q(**{f"{name}__gte": 0, f"{name}__lte": 1})


class Category(models.Model):
    """A node of the category tree; `path` is the full way from the top, "A / B / C".

    costing_method: how its products' stock is valued, the nearest ancestor's where own_costing_method is empty; stored
    on each node so that one join answers. A product without category has the average.
    """

    class Costing(models.TextChoices):
        AVERAGE = "average", _("Moving average")
        FIFO = "fifo", _("First in, first out")
        STANDARD = "standard", _("Standard cost")

    path = models.CharField(_("path"), max_length=300, unique=True)
    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    own_costing_method = models.CharField(
        _("own costing method"), max_length=8, choices=Costing, default="", db_default="", blank=True
    )
    costing_method = models.CharField(
        _("costing method"), max_length=8, choices=Costing, default=Costing.AVERAGE, db_default="average"
    )

    def __str__(self) -> str:
        return self.path


class Product(models.Model):
    """What is sold and stocked, in one base unit.

    net_content with net_content_unit gives unit prices (per kg, l, piece); tax_class picks the rate by country.
    tracks_lots: stock is kept by lot, first expiry first. receipt_life_fraction, sale_life_fraction: the least share of
    the shelf life that must be left when goods arrive and when they are sold, 0–1; None: no rule.
    hs_code, origin_country: what a customs declaration proposes, "" where not known.
    """

    class Status(models.TextChoices):
        NEW = "new", _("New")
        ACTIVE = "active", _("Active")
        PHASING_OUT = "phasing_out", _("Phasing out")
        ENDED = "ended", _("Ended")

    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=300)
    category = models.ForeignKey(
        Category, null=True, on_delete=models.PROTECT, related_name="products", verbose_name=_("category")
    )
    unit = models.CharField(_("unit"), max_length=8, choices=UNITS, default="pcs")
    barcode = models.CharField(_("barcode"), max_length=14, default="", blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ACTIVE)
    tax_class = models.CharField(_("tax class"), max_length=32, default="standard")
    net_content = models.DecimalField(_("net content"), max_digits=18, decimal_places=6, null=True)
    net_content_unit = models.CharField(
        _("net content unit"), max_length=8, choices=UNITS, default="", blank=True
    )
    abc_class = models.CharField(_("ABC class"), max_length=1, default="", blank=True)
    tracks_lots = models.BooleanField(_("tracks lots"), default=False, db_default=False)
    shelf_life_days = models.PositiveIntegerField(_("shelf life, days"), null=True, blank=True)
    receipt_life_fraction = models.DecimalField(
        _("least life at receipt"), max_digits=4, decimal_places=3, null=True, blank=True
    )
    sale_life_fraction = models.DecimalField(
        _("least life at sale"), max_digits=4, decimal_places=3, null=True, blank=True
    )
    hs_code = models.CharField(_("HS code"), max_length=10, default="", db_default="", blank=True)
    origin_country = models.CharField(
        _("country of origin"), max_length=2, default="", db_default="", blank=True
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["barcode"],
                condition=~models.Q(barcode=""),
                name="catalog_product_barcode_once",
                violation_error_message=_("Another product has this barcode."),
            ),
            models.CheckConstraint(
                condition=models.Q(net_content__isnull=True) | models.Q(net_content__gt=0),
                name="catalog_product_net_content_positive",
                violation_error_message=_("Net content must be above zero."),
            ),
            models.CheckConstraint(
                condition=_is_share("receipt_life_fraction") & _is_share("sale_life_fraction"),
                name="catalog_product_life_fractions",
                violation_error_message=_("A share of the shelf life lies between 0 and 1."),
            ),
        ]
        indexes = [
            models.Index(fields=["category", "sku"], name="catalog_product_category"),
            GinIndex(fields=["sku"], opclasses=["gin_trgm_ops"], name="catalog_product_sku_trgm"),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="catalog_product_name_trgm"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class Pack(models.Model):
    """A multiple of a product's base unit, e.g. a box of 12."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="packs")
    unit = models.CharField(_("unit"), max_length=8, choices=UNITS)
    factor = models.DecimalField(_("factor"), max_digits=18, decimal_places=6)
    barcode = models.CharField(_("barcode"), max_length=14, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "unit", "factor"], name="catalog_pack_once"),
            models.CheckConstraint(condition=models.Q(factor__gt=0), name="catalog_pack_factor_positive"),
        ]
