"""Counts: what is counted, what was found where and when, how it compares with the book, and what was adjusted."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product, Site
from inventory.models.balances import StockState
from inventory.models.count_rules import CountRule
from lib.references import reference as numbered


class Count(models.Model):
    """A cycle count of some products of a site, or the stocktake of all of them for a month.

    planned → counting → submitted → (recount → submitted) → review → pending → closed, a stocktake by signing before it
    is closed; cancelled ends it before anything is adjusted. submitted: what was counted waits until the tills' streams
    are complete; review: someone gives reasons; pending: the adjustment waits for approval. Nothing is frozen meanwhile.
    is_blind: nobody sees the book before the comparison. covers_aside: goods set aside that nobody counted are missing.
    """

    class Kind(models.TextChoices):
        CYCLE = "cycle", _("Cycle count")
        STOCKTAKE = "stocktake", _("Stocktake")

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        COUNTING = "counting", _("Counting")
        SUBMITTED = "submitted", pgettext_lazy("count", "Submitted")
        RECOUNT = "recount", _("Recount")
        REVIEW = "review", pgettext_lazy("count", "Review")
        PENDING = "pending", pgettext_lazy("state", "Pending")
        SIGNING = "signing", _("To be signed")
        CLOSED = "closed", pgettext_lazy("state", "Closed")
        CANCELLED = "cancelled", pgettext_lazy("state", "Cancelled")

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.CYCLE)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PLANNED)
    is_blind = models.BooleanField(_("blind"), default=True)
    covers_aside = models.BooleanField(default=False)
    waits_for_tills = models.BooleanField(default=True)
    rule = models.ForeignKey(CountRule, null=True, on_delete=models.SET_NULL)
    month = models.DateField(_("month"), null=True)
    planned_on = models.DateField(_("planned for"))
    reason = models.CharField(_("reason"), max_length=500, default="", blank=True)
    note = models.CharField(max_length=500, default="")
    prepared_by_id = models.BigIntegerField(null=True)
    prepared_by_name = models.CharField(max_length=150, default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(null=True)
    settled_by_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    stock_signed_by_id = models.BigIntegerField(null=True)
    stock_signed_by_name = models.CharField(max_length=150, default="")
    stock_signed_at = models.DateTimeField(null=True)
    finance_signed_by_id = models.BigIntegerField(null=True)
    finance_signed_by_name = models.CharField(max_length=150, default="")
    finance_signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "planned", "counting", "submitted", "recount", "review", "pending", "signing", "closed",
                        "cancelled",
                    ]
                ),
                name="inventory_count_state",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="cycle", month__isnull=True)
                | models.Q(kind="stocktake", month__isnull=False),
                name="inventory_count_month",
                violation_error_message=_("A stocktake is of a month, a cycle count is not."),
            ),
            models.CheckConstraint(
                condition=models.Q(stock_signed_by_id__isnull=True)
                | ~models.Q(stock_signed_by_id=models.F("finance_signed_by_id")),
                name="inventory_count_two_signatures",
                violation_error_message=_("Stock and finance are signed by two people."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="stocktake", state="closed")
                | models.Q(stock_signed_at__isnull=False, finance_signed_at__isnull=False),
                name="inventory_count_signed",
                violation_error_message=_("A stocktake is closed when stock and finance have signed."),
            ),
            models.UniqueConstraint(
                fields=["site", "month"],
                condition=models.Q(kind="stocktake") & ~models.Q(state="cancelled"),
                name="inventory_count_one_stocktake",
                violation_error_message=_("This month has a stocktake already."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["site", "started_at"],
                condition=~models.Q(state__in=["closed", "cancelled"]),
                name="inventory_count_open",
            ),
        ]

    def __str__(self) -> str:
        prefix = "ST" if self.kind == self.Kind.STOCKTAKE else "CT"
        return numbered(prefix, self.created_at.year, self.pk)


class CountItem(models.Model):
    """A product that a count covers. is_open: until the count is over, and then no other count of the site covers it.

    round: 1, or 2 and more for a recount; only what was found in the latest round counts.
    outcome: after the comparison, what a later choice of products looks at. closed_at: when it was settled.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To count")
        COUNTED = "counted", _("Counted")
        FINAL = "final", _("Compared")
        SKIPPED = "skipped", _("Left out")

    class Outcome(models.TextChoices):
        NONE = "", _("Not compared")
        MATCHED = "matched", _("Matched")
        WITHIN = "within", _("Within tolerance")
        BEYOND = "beyond", _("Beyond tolerance")

    count = models.ForeignKey(Count, on_delete=models.CASCADE, related_name="items")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_index=False)
    is_open = models.BooleanField(default=True)
    is_unexpected = models.BooleanField(default=False)
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=7, choices=Outcome.choices, default=Outcome.NONE, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["count", "product"], name="inventory_countitem_once"),
            models.UniqueConstraint(
                fields=["site", "product"],
                condition=models.Q(is_open=True),
                name="inventory_countitem_one_open",
                violation_error_message=_("Another open count of the site covers this product."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "product", "-closed_at"],
                condition=models.Q(closed_at__isnull=False),
                name="inventory_countitem_last",
            ),
        ]


class CountScan(models.Model):
    """What one person found of a product in one place at one moment; append-only.

    Of one round, place, lot and state the latest scan holds: a count sets, it never adds. Different places sum.
    line_id: given by the phone, so that a line sent twice is kept once. scanned_at: the moment on our clock;
    phone_at: what the phone's clock said, skew_s: how far that was behind ours when it sent the line.
    """

    class Way(models.TextChoices):
        TYPED = "typed", _("Typed")
        SCANNER = "scanner", _("Scanner")
        CAMERA = "camera", _("Camera")
        ZERO = "zero", _("Counted as none")

    count = models.ForeignKey(Count, on_delete=models.PROTECT, related_name="scans")
    item = models.ForeignKey(CountItem, on_delete=models.PROTECT, related_name="scans")
    line_id = models.UUIDField(unique=True)
    round = models.PositiveSmallIntegerField()
    zone = models.CharField(_("zone"), max_length=32, default="", blank=True)
    bin = models.CharField(_("bin"), max_length=32, default="", blank=True)
    lot = models.CharField(_("lot"), max_length=64, default="", blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=StockState.choices, default=StockState.AVAILABLE
    )
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    way = models.CharField(max_length=7, choices=Way.choices, default=Way.TYPED)
    scanned_at = models.DateTimeField()
    phone_at = models.DateTimeField(null=True)
    skew_s = models.IntegerField(default=0)
    received_at = models.DateTimeField(db_default=Now())
    counted_by_id = models.BigIntegerField(null=True)
    counted_by_name = models.CharField(max_length=150, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gte=0),
                name="inventory_countscan_not_negative",
                violation_error_message=_("A count is not below zero."),
            ),
        ]


class CountResult(models.Model):
    """A product's lot and state as counted against the book at the moment of its own scans.

    book_low, book_high: where the scans of several places lie apart in time, what the book could be for a flawless count
    while goods moved; else both are the book. book: the one of them nearest to what was counted.
    difference = counted − book; value = difference × unit cost, in the site's currency.
    """

    item = models.ForeignKey(CountItem, on_delete=models.CASCADE, related_name="results")
    lot = models.CharField(_("lot"), max_length=64, default="", blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=StockState.choices, default=StockState.AVAILABLE
    )
    round = models.PositiveSmallIntegerField(default=1)
    counted = models.DecimalField(max_digits=24, decimal_places=6)
    book = models.DecimalField(max_digits=24, decimal_places=6)
    book_low = models.DecimalField(max_digits=24, decimal_places=6)
    book_high = models.DecimalField(max_digits=24, decimal_places=6)
    difference = models.DecimalField(max_digits=24, decimal_places=6)
    unit_cost = models.DecimalField(max_digits=38, decimal_places=6, null=True)
    value = models.DecimalField(max_digits=38, decimal_places=6, null=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    is_complete = models.BooleanField(default=False)
    is_beyond = models.BooleanField(default=False)
    reason_code = models.CharField(max_length=10, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "lot", "state"], name="inventory_countresult_once"),
            models.CheckConstraint(
                condition=models.Q(difference=models.F("counted") - models.F("book")),
                name="inventory_countresult_difference",
            ),
        ]


class CountReason(models.TextChoices):
    """Why a count differs."""

    UNKNOWN = "unknown", _("Not known")
    THEFT = "theft", pgettext_lazy("count reason", "Theft")
    DAMAGE = "damage", pgettext_lazy("count reason", "Damaged, thrown away")
    RECEIPT = "receipt", pgettext_lazy("count reason", "Receipt entered wrongly")
    SALE = "sale", pgettext_lazy("count reason", "Sold under another product")
    MISPLACED = "misplaced", pgettext_lazy("count reason", "Found in another place")
    COUNT = "count", pgettext_lazy("count reason", "Earlier count was wrong")
    UNIT = "unit", pgettext_lazy("count reason", "Carton taken for a piece")
    LOT = "lot", pgettext_lazy("count reason", "Sold from another lot")
    WITHIN = "within", pgettext_lazy("count reason", "Within tolerance")


class CountAdjustment(models.Model):
    """The movement that a count asked for, with what it takes of each result. A refused one is void and asked anew.

    At most one that is not void: what was counted is adjusted once.
    """

    count = models.ForeignKey(Count, on_delete=models.PROTECT, related_name="adjustments")
    movement_id = models.BigIntegerField(unique=True)
    differences = models.JSONField(default=dict)
    is_void = models.BooleanField(default=False)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["count"],
                condition=models.Q(is_void=False),
                name="inventory_countadjustment_once",
                violation_error_message=_("The count was adjusted already."),
            ),
        ]
