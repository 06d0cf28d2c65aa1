"""Goods that cross a border: what is declared, what lies at customs, what was cleared; and what may be imported at all."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Category, Product, Site
from lib.references import reference as numbered


class CustomsConsignment(models.Model):
    """Goods for a site that pass through customs, and how far they have come.

    draft → declared → held (as long as something is held) → cleared (all that was declared has arrived and is settled) →
    closed; cancelled ends it before anything arrived. arrived_at: when the first goods reached customs.
    declared_on: the day at the destination, by which import limits are counted. comes_from: what the arrival is taken from.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("state", "Draft")
        DECLARED = "declared", pgettext_lazy("state", "Declared")
        HELD = "held", pgettext_lazy("state", "Partly held")
        CLEARED = "cleared", pgettext_lazy("state", "Cleared")
        CLOSED = "closed", pgettext_lazy("state", "Closed")
        CANCELLED = "cancelled", pgettext_lazy("state", "Cancelled")

    class Regime(models.TextChoices):
        FREE = "free", _("Free circulation")
        BONDED = "bonded", _("Bonded")

    class From(models.TextChoices):
        SUPPLIER = "supplier", _("Supplier")
        TRANSIT = "transit", _("In transit")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    regime = models.CharField(_("regime"), max_length=6, choices=Regime.choices, default=Regime.FREE)
    comes_from = models.CharField(max_length=8, choices=From.choices, default=From.SUPPLIER)
    from_country = models.CharField(_("from country"), max_length=2)
    carrier = models.CharField(_("carrier"), max_length=120)
    waybill = models.CharField(_("waybill"), max_length=64, default="")
    currency = models.CharField(_("currency"), max_length=3)
    arrives_on = models.DateField(_("arrival expected on"))
    clears_on = models.DateField(_("clearance expected on"))
    note = models.CharField(max_length=500, default="")
    prepared_by_id = models.BigIntegerField(null=True)
    prepared_by_name = models.CharField(max_length=150, default="")
    created_at = models.DateTimeField(db_default=Now())
    declared_on = models.DateField(null=True)
    declared_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["draft", "declared", "held", "cleared", "closed", "cancelled"],
                    regime__in=["free", "bonded"],
                    comes_from__in=["supplier", "transit"],
                ),
                name="inventory_customs_known",
            ),
            models.CheckConstraint(
                condition=models.Q(clears_on__gte=models.F("arrives_on")),
                name="inventory_customs_dates",
                violation_error_message=_("Goods are cleared on the day they arrive or later."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "cancelled"]) | models.Q(declared_on__isnull=False),
                name="inventory_customs_declared",
            ),
        ]
        indexes = [
            models.Index(
                fields=["arrives_on"],
                condition=models.Q(state__in=["declared", "held", "cleared"]),
                name="inventory_customs_open",
            ),
            models.Index(fields=["declared_on"], name="inventory_customs_declared_on"),
        ]

    def __str__(self) -> str:
        return numbered("CU", self.created_at.year, self.pk)


class CustomsLine(models.Model):
    """A product (of one lot) of a consignment. lot: "" where none is known. value: of all that is declared.

    arrived: of what is declared, at customs or through it. Of that: cleared into the site, held by the authority with a
    reason, refused and sent back, destroyed; the rest waits to be cleared.
    """

    consignment = models.ForeignKey(CustomsConsignment, on_delete=models.CASCADE, related_name="lines")
    number = models.IntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    lot = models.CharField(_("lot"), max_length=64, default="")
    hs_code = models.CharField(_("HS code"), max_length=10)
    origin_country = models.CharField(_("country of origin"), max_length=2)
    value = models.DecimalField(_("customs value"), max_digits=20, decimal_places=6)
    declared = models.DecimalField(_("declared"), max_digits=18, decimal_places=6)
    arrived = models.DecimalField(_("arrived"), max_digits=18, decimal_places=6, default=0)
    cleared = models.DecimalField(_("cleared"), max_digits=18, decimal_places=6, default=0)
    held = models.DecimalField(_("held"), max_digits=18, decimal_places=6, default=0)
    refused = models.DecimalField(_("refused"), max_digits=18, decimal_places=6, default=0)
    destroyed = models.DecimalField(_("destroyed"), max_digits=18, decimal_places=6, default=0)
    hold_reason = models.CharField(max_length=500, default="")
    held_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consignment", "product", "lot"], name="inventory_customsline_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    declared__gt=0,
                    value__gte=0,
                    cleared__gte=0,
                    held__gte=0,
                    refused__gte=0,
                    destroyed__gte=0,
                    declared__gte=models.F("arrived"),
                    arrived__gte=models.F("cleared")
                    + models.F("held")
                    + models.F("refused")
                    + models.F("destroyed"),
                ),
                name="inventory_customsline_settled",
                violation_error_message=_("No more is cleared, held or gone than arrived and was declared."),
            ),
        ]


class CustomsMovement(models.Model):
    """A movement that a step posted. quantities: line id → quantity, to give back what is taken back or not approved."""

    class Step(models.TextChoices):
        ARRIVE = "arrive", _("Arrived at customs")
        CLEAR = "clear", pgettext_lazy("state", "Cleared")
        REFUSE = "refuse", _("Sent back")
        DESTROY = "destroy", _("Destroyed")

    consignment = models.ForeignKey(CustomsConsignment, on_delete=models.CASCADE, related_name="movements")
    movement_id = models.BigIntegerField(unique=True)
    step = models.CharField(max_length=8, choices=Step.choices)
    quantities = models.JSONField(default=dict)
    made_at = models.DateTimeField(db_default=Now())


class ImportLimit(models.Model):
    """What may be imported into a country: nothing, or so much in a period, of an HS code's beginning or a category.

    amount: units, or money in `currency`; None where it is forbidden. valid_to: the last day, None for open.
    Never edited: what has changed is ended and written anew.
    """

    class Kind(models.TextChoices):
        FORBIDDEN = "forbidden", _("Forbidden")
        QUANTITY = "quantity", _("Quantity")
        VALUE = "value", _("Value")

    class Period(models.TextChoices):
        CONSIGNMENT = "consignment", _("Each consignment")
        MONTH = "month", _("Each month")
        YEAR = "year", _("Each year")

    country = models.CharField(_("country"), max_length=2)
    hs_prefix = models.CharField(_("HS code"), max_length=10, default="")
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(_("currency"), max_length=3, default="")
    period = models.CharField(_("period"), max_length=11, choices=Period.choices, default=Period.CONSIGNMENT)
    source = models.CharField(_("source"), max_length=300)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True)
    made_by_name = models.CharField(max_length=150, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hs_prefix="", category__isnull=False)
                | ~models.Q(hs_prefix="") & models.Q(category__isnull=True),
                name="inventory_importlimit_one_scope",
                violation_error_message=_("A limit is for an HS code or for a category."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind="forbidden", amount__isnull=True, currency="")
                | models.Q(kind="quantity", amount__gt=0, currency="")
                | models.Q(kind="value", amount__gt=0) & ~models.Q(currency=""),
                name="inventory_importlimit_amount",
                violation_error_message=_(
                    "A limit has an amount, a value a currency, what is forbidden neither."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="inventory_importlimit_dates",
                violation_error_message=_("It ends on the day it begins or later."),
            ),
        ]
        indexes = [models.Index(fields=["country", "valid_from"], name="inventory_importlimit_country")]
