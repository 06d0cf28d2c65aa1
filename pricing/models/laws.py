"""What the law of a country asks of prices: data with its source and date, versioned, never edited."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Product
from pricing.models.price_lists import PriceList


class LawRule(models.Model):
    """One version of one rule of a country, for a category with what lies below it or for everything.

    The highest version of a (country, kind, category) counts; is_active false switches it off from that version on.
    options: for a reference price as `rules.laws.ReferenceRule` reads them; amount and currency: the limit of a
    controlled price, tax included, per unit of the product. A resale_price rule says whether what franchisees ask may be
    set or only recommended; without a rule it is only recommended. A below_cost rule forbids (or, for a category, permits)
    prices that do not cover the cost; options.exempt_reasons are the kinds of reason that the law lets pass.
    """

    class Kind(models.TextChoices):
        REFERENCE = "reference_price", _("Reference price of a reduction")
        CEILING = "price_ceiling", _("Controlled price: at most")
        FLOOR = "price_floor", _("Controlled price: at least")
        RESALE = "resale_price", _("Prices of franchisees")
        BELOW_COST = "below_cost", _("Below cost")

    class Method(models.TextChoices):
        LOWEST = "lowest_of_days", _("Lowest price of the days before")
        PAID = "lowest_paid", _("Stated basis, else lowest price paid, else last price paid")
        GENUINE = "genuine_price", _("Genuine, recent price asked for long enough")
        BEFORE = "price_before", _("Price just before")
        NONE = "none", _("None asked for")
        RECOMMENDED = "recommended", _("May only be recommended")
        BINDING = "binding", _("May be set")
        FORBIDDEN = "forbidden", _("Forbidden")
        PERMITTED = "permitted", _("Permitted")

    #: Which methods a kind may name; a kind that is not here has an amount.
    METHODS: ClassVar[dict[str, tuple[str, ...]]] = {
        "reference_price": ("lowest_of_days", "lowest_paid", "genuine_price", "price_before", "none"),
        "resale_price": ("recommended", "binding"),
        "below_cost": ("forbidden", "permitted"),
    }

    country = models.CharField(_("country"), max_length=2)
    kind = models.CharField(_("rule"), max_length=16, choices=Kind.choices)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, verbose_name=_("category"))
    version = models.PositiveIntegerField(_("version"), default=1)
    method = models.CharField(_("method"), max_length=16, choices=Method.choices, default="", blank=True)
    options = models.JSONField(_("options"), default=dict)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(_("currency"), max_length=3, default="", blank=True)
    source = models.TextField(_("source"))
    source_on = models.DateField(_("as of"))
    note = models.TextField(_("note"), default="", blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by_name = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "kind", "category", "version"],
                nulls_distinct=False,
                name="pricing_lawrule_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(source=""),
                name="pricing_lawrule_source",
                violation_error_message=_("A rule of law names its source."),
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(kind__in=["reference_price", "resale_price", "below_cost"])
                    & ~models.Q(method="")
                    & models.Q(amount__isnull=True)
                )
                | (
                    models.Q(kind__in=["price_ceiling", "price_floor"])
                    & models.Q(method="", amount__gte=0)
                    & ~models.Q(currency="")
                ),
                name="pricing_lawrule_shape",
                violation_error_message=_("A reference price has a method, a controlled price an amount."),
            ),
        ]


class StatedBasis(models.Model):
    """The basis of comparison that a promotion list states for a product, with what proves it; the newest counts.

    amount is tax included, in `currency`. Where the law takes the stated basis (China) it is the reference price.
    """

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, verbose_name=_("price list"))
    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"))
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6)
    currency = models.CharField(_("currency"), max_length=3)
    basis = models.TextField(_("basis"))
    evidence = models.TextField(_("evidence"))
    stated_at = models.DateTimeField(db_default=Now())
    stated_by_name = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0) & ~models.Q(evidence="") & ~models.Q(basis=""),
                name="pricing_statedbasis_proven",
                violation_error_message=_("A stated basis names an amount, the basis and its evidence."),
            ),
        ]
        indexes = [models.Index(fields=["product", "price_list", "-id"], name="pricing_statedbasis_newest")]
