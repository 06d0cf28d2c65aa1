"""What a customer may take off a price, or a third party adds to it: coupons, discounts, subsidies."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Channel, CustomerGroup, Product, Region, Site
from pricing.models.price_lists import PriceList


class Incentive(models.Model):
    """Something that meets a price at the till. Never edited: stop it and write another.

    fraction or amount (with tax; a subsidy's is net of tax), at most `cap` and from a basket of `threshold` on, all in
    `currency`. Whoever is not named bears it: own share = 1 − platform_fraction − supplier_fraction. Of one
    stacking_group a customer takes at most one; "" meets all; an exclusive one stands alone. Times: from ≤ t < until.
    """

    class Kind(models.TextChoices):
        COUPON = "coupon", _("Coupon")
        THRESHOLD = "threshold", _("Threshold discount")
        MEMBER = "member", _("Member discount")
        PLATFORM = "platform_subsidy", _("Platform subsidy")
        SUPPLIER = "supplier_subsidy", _("Supplier subsidy")

    SUBSIDIES = frozenset({"platform_subsidy", "supplier_subsidy"})

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    fraction = models.DecimalField(_("fraction"), max_digits=6, decimal_places=5, null=True)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(_("currency"), max_length=3, default="", blank=True)
    threshold = models.DecimalField(_("from a basket of"), max_digits=20, decimal_places=6, null=True)
    cap = models.DecimalField(_("at most"), max_digits=20, decimal_places=6, null=True)
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    customer_group = models.ForeignKey(CustomerGroup, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="+")
    price_list = models.ForeignKey(PriceList, null=True, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateTimeField(_("from"))
    valid_until = models.DateTimeField(_("until"), null=True)
    platform_fraction = models.DecimalField(
        _("borne by the platform"), max_digits=6, decimal_places=5, default=0
    )
    supplier_fraction = models.DecimalField(
        _("borne by the supplier"), max_digits=6, decimal_places=5, default=0
    )
    stacking_group = models.CharField(_("stacking group"), max_length=32, default="", blank=True)
    is_exclusive = models.BooleanField(_("stands alone"), default=False)
    created_at = models.DateTimeField(db_default=Now())
    created_by_name = models.CharField(max_length=200, default="", blank=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by_name = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fraction__isnull=True, amount__gt=0)
                | models.Q(amount__isnull=True, fraction__gt=0, fraction__lte=1),
                name="pricing_incentive_fraction_or_amount",
                violation_error_message=_("Give an amount or a fraction, above zero."),
            ),
            models.CheckConstraint(
                condition=models.Q(platform_fraction__gte=0, supplier_fraction__gte=0)
                & models.Q(platform_fraction__lte=1 - models.F("supplier_fraction")),
                name="pricing_incentive_shares",
                violation_error_message=_("The shares of others are at most the whole."),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="pricing_incentive_window",
                violation_error_message=_("The end lies after the start."),
            ),
        ]

    def __str__(self) -> str:
        return self.code
