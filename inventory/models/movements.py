"""Movements and the ledger entries they post."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.rules.lines import Line


class Movement(models.Model):
    """A stock document. Posted ones have entries that sum to zero; pending ones have only a draft.

    occurred_at: when the goods moved; recorded_at: when it was known here, the same instant as its entries'.
    reported_at: when they are said to have moved, where that lay in a closed period and `occurred_at` is the first open
    instant instead.
    destination: for whom goods in transit or customs are. reverses: the movement this one takes back.
    draft: the lines asked for, resolved to ids, until an approval places them (kept afterwards as what was asked).
    Rows are never deleted; only state, recorded_at, event and note of what was decided may change.
    """

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        ISSUE = "issue", _("Issue")
        SALE = "sale", _("Sale")
        RETURN = "return", _("Return")
        TRANSFER = "transfer", _("Transfer")
        ADJUSTMENT = "adjustment", _("Adjustment")
        SCRAP = "scrap", _("Scrap")
        PRODUCTION = "production", _("Production")
        VALUATION = "valuation", _("Valuation")

    class State(models.TextChoices):
        POSTED = "posted", _("Posted")
        PENDING = "pending", _("Pending")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    reference = models.CharField(_("reference"), max_length=64)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=9, choices=State.choices)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    reported_at = models.DateTimeField(_("reported at"), null=True)
    destination_id = models.BigIntegerField(null=True)
    reason = models.CharField(_("reason"), max_length=500, default="", blank=True)
    prepared_by_id = models.BigIntegerField(null=True)
    reverses_id = models.BigIntegerField(null=True)
    source = models.CharField(max_length=64, default="api")
    draft = models.JSONField(null=True)
    event_id = models.BigIntegerField()
    note = models.CharField(max_length=500, default="")
    #: The lines as posted, where lots were chosen for them; on the object that posting answers, never stored.
    taken: Sequence[Line] | None = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reverses_id"],
                condition=models.Q(reverses_id__isnull=False),
                name="inventory_movement_reversed_once",
                violation_error_message=_("This movement was reversed before."),
            ),
        ]
        indexes = [
            models.Index(fields=["reference"], name="inventory_movement_reference"),
            models.Index(
                fields=["id"], condition=models.Q(state="pending"), name="inventory_movement_pending"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Entry(models.Model):
    """One side of a movement's line at one location; append-only, partitioned by month of `recorded_at`.

    quantity is signed; counter_id is the other side. value is signed, in `currency`, six decimals. A quantity of zero
    carries only value: what a shortfall had been valued at against what it came to. state, owner_id: as in Balance.
    is_assumed: nobody named the lot; it was taken by first expiry.
    The table's key is (id, recorded_at); no foreign keys row by row: actions check them set-based.
    """

    id = models.BigIntegerField(primary_key=True)
    movement_id = models.BigIntegerField()
    line = models.IntegerField()
    location_id = models.BigIntegerField()
    counter_id = models.BigIntegerField()
    destination_id = models.BigIntegerField(null=True)
    product_id = models.BigIntegerField()
    lot = models.CharField(max_length=64, default="")
    state = models.CharField(max_length=10, default="available")
    owner_id = models.BigIntegerField(default=0)
    is_assumed = models.BooleanField(default=False)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit_cost = models.DecimalField(max_digits=38, decimal_places=6, null=True)
    value = models.DecimalField(max_digits=38, decimal_places=6)
    currency = models.CharField(max_length=3)
    occurred_at = models.DateTimeField()
    event_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "inventory_entry"
