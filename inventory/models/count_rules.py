"""What is set up before anything is counted: places, rules of what to count, tolerances, and how far tills have come."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Site

ABC = ["", "A", "B", "C"]


class Shelf(models.Model):
    """A place of a site where a product stands: the zone that is counted as one, and the bin in it ("" for none).

    A product may stand in several places; a count of it covers all of them. Learned from counts, or given.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE)
    zone = models.CharField(_("zone"), max_length=32)
    bin = models.CharField(_("bin"), max_length=32, default="", blank=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "product", "zone", "bin"], name="inventory_shelf_once"),
            models.CheckConstraint(
                condition=~models.Q(zone=""),
                name="inventory_shelf_zone",
                violation_error_message=_("Name the zone."),
            ),
        ]
        indexes = [models.Index(fields=["site", "zone"], name="inventory_shelf_zone_idx")]


class CountRule(models.Model):
    """What is put on the list of a cycle count at a site (every site when empty), by a job each day.

    periodic: not counted for every_days; turnover: value that left since the last count above `threshold` (the site's
    currency); accuracy: of the last counts fewer than `threshold` (0–1) matched; zero: the book reached zero since it was
    last counted; negative: the book is below zero. abc_class: "" for every class; a product without class counts as C.
    at_most: products a count.
    """

    class Kind(models.TextChoices):
        PERIODIC = "periodic", _("Not counted for a while")
        TURNOVER = "turnover", _("Much was sold")
        ACCURACY = "accuracy", _("Missed before")
        ZERO = "zero", _("Book reached zero")
        NEGATIVE = "negative", _("Book below zero")

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    abc_class = models.CharField(_("ABC class"), max_length=1, default="", blank=True)
    every_days = models.PositiveSmallIntegerField(_("every … days"), default=30)
    threshold = models.DecimalField(_("threshold"), max_digits=18, decimal_places=6, default=0)
    at_most = models.PositiveSmallIntegerField(_("products a count"), default=40)
    is_active = models.BooleanField(_("active"), default=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["periodic", "turnover", "accuracy", "zero", "negative"]),
                name="inventory_countrule_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(abc_class__in=ABC),
                name="inventory_countrule_class",
                violation_error_message=_("The classes are A, B and C."),
            ),
            models.CheckConstraint(
                condition=models.Q(every_days__gte=1, threshold__gte=0, at_most__gte=1, at_most__lte=1000),
                name="inventory_countrule_figures",
                violation_error_message=_(
                    "Days and products are above zero, at most 1,000 products a count."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CountTolerance(models.Model):
    """How far a count may differ without a recount: for one product, a class, or everything (the header).

    over, under: fractions of the book (0.02 is 2 %); value_over, value_under: in the site's currency. Empty: no limit of
    its own, the next wider level says. Quantity limits are looked up at product, class, header; value limits at class,
    header. A site's own row goes before that of every site.
    """

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, null=True, on_delete=models.CASCADE)
    abc_class = models.CharField(_("ABC class"), max_length=1, default="", blank=True)
    over = models.DecimalField(_("more than the book"), max_digits=9, decimal_places=6, null=True)
    under = models.DecimalField(_("less than the book"), max_digits=9, decimal_places=6, null=True)
    value_over = models.DecimalField(_("value above"), max_digits=18, decimal_places=2, null=True)
    value_under = models.DecimalField(_("value below"), max_digits=18, decimal_places=2, null=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "product", "abc_class"],
                name="inventory_counttolerance_once",
                nulls_distinct=False,
                violation_error_message=_("There is a tolerance of this level already."),
            ),
            models.CheckConstraint(
                condition=models.Q(product__isnull=True) | models.Q(abc_class=""),
                name="inventory_counttolerance_level",
                violation_error_message=_("A tolerance is of a product, of a class or of everything."),
            ),
            models.CheckConstraint(
                condition=models.Q(abc_class__in=ABC),
                name="inventory_counttolerance_class",
                violation_error_message=_("The classes are A, B and C."),
            ),
            models.CheckConstraint(
                condition=(models.Q(over__isnull=True) | models.Q(over__gte=0))
                & (models.Q(under__isnull=True) | models.Q(under__gte=0))
                & (models.Q(value_over__isnull=True) | models.Q(value_over__gte=0))
                & (models.Q(value_under__isnull=True) | models.Q(value_under__gte=0)),
                name="inventory_counttolerance_figures",
                violation_error_message=_("A tolerance is not below zero."),
            ),
        ]


class Stream(models.Model):
    """A stream of sales or movements and how far it is complete; kept by feeds, which stand above.

    complete_to: everything that happened until then is in the ledger; empty: nothing has come yet. site: the only one it
    tells of, when it is of one site.
    """

    name = models.CharField(max_length=130, primary_key=True)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, related_name="+")
    complete_to = models.DateTimeField(null=True)
