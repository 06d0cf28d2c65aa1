"""Balances of real sites, and what went below zero."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product, Site


class StockState(models.TextChoices):
    """What may be done with goods: only what is available is sold or shipped."""

    AVAILABLE = "available", pgettext_lazy("stock", "Available")
    INSPECT = "inspect", _("To be inspected")
    QUARANTINE = "quarantine", _("Quarantine")
    BLOCKED = "blocked", _("Blocked")


class Balance(models.Model):
    """What a site holds of a product, lot, state and owner: always the sum of the entries, written in their transaction.

    state: available, or set aside (`inventory.rules.states`). owner_id: the supplier whose goods they are, 0 for our
    own; goods of others are counted, not valued.
    The row with lot "", available and our own exists for every (site, product) with any row and stands for the pair
    when it is locked; it also carries the totals of our own goods over all lots and states, transit figures, last
    average and whether the pair's stock lies in cost layers (is_layered). value: of this row's entries, in the site's currency; the average is taken over all our own rows. in_transit: on its way to this site, at in_transit_value.
    last_occurred_at: of the latest entry, so that a command before it is known to be backdated.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    lot = models.CharField(_("lot"), max_length=64, default="")
    state = models.CharField(
        _("state"), max_length=10, choices=StockState.choices, default=StockState.AVAILABLE
    )
    owner_id = models.BigIntegerField(default=0)
    on_hand = models.DecimalField(_("on hand"), max_digits=24, decimal_places=6, default=0)
    reserved = models.DecimalField(_("reserved"), max_digits=24, decimal_places=6, default=0)
    in_transit = models.DecimalField(_("in transit"), max_digits=24, decimal_places=6, default=0)
    value = models.DecimalField(_("value"), max_digits=38, decimal_places=6, default=0)
    in_transit_value = models.DecimalField(max_digits=38, decimal_places=6, default=0)
    pair_on_hand = models.DecimalField(max_digits=24, decimal_places=6, default=0)
    pair_value = models.DecimalField(max_digits=38, decimal_places=6, default=0)
    last_cost = models.DecimalField(max_digits=38, decimal_places=6, null=True)
    is_layered = models.BooleanField(default=False, db_default=False)
    last_occurred_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "product", "lot", "state", "owner_id"], name="inventory_balance_once"
            ),
        ]
        indexes = [
            models.Index(fields=["product", "site"], name="inventory_balance_product"),
            # What is set aside is little among a million balances; neither column changes, so updates stay in place.
            models.Index(
                fields=["site", "product"],
                condition=~models.Q(state="available"),
                name="inventory_balance_aside",
            ),
        ]


class NegativeCase(models.Model):
    """A fact took a balance below zero; open until stock is back at zero or above.

    lowest: the deepest the balance went, below zero.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SETTLED = "settled", _("Settled")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_constraint=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    lot = models.CharField(max_length=64, default="")
    owner_id = models.BigIntegerField(default=0)
    movement_id = models.BigIntegerField()
    lowest = models.DecimalField(max_digits=24, decimal_places=6)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)
    settled_by_movement_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "product", "lot", "owner_id"],
                condition=models.Q(state="open"),
                name="inventory_negativecase_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(lowest__lt=0), name="inventory_negativecase_below_zero"
            ),
        ]
