"""Saying what a product is made of, where stock has a say: a bundle has none of its own."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from catalog.actions.bills import BillDraft, save_bill
from catalog.models import BillOfMaterials
from catalog.rules.bills import BUNDLE
from inventory.actions.movements import check_right
from lib import clock
from lib.actors import Actor
from lib.faults import refuse

RIGHT = "bills.edit"
#: What was said just now, by a clock that goes a little behind, is not said of the past.
SLACK = timedelta(minutes=5)


@transaction.atomic
def set_bill(*, actor: Actor, draft: BillDraft) -> BillOfMaterials:
    """Save a version of a product's bill of materials; from its moment on, bundles are sold by their components.

    Raises Faults 403; 422 those of `catalog.actions.bills.save_bill`, `bundle_has_stock` (count, sell or move what there
    is first), `changes_past` (a bundle's later version may not begin before now: what was sold was taken apart already).
    Locks: bills, one after another, then the product's balances. Records: bill.saved. Allowed: bills.edit.
    """
    check_right(actor, RIGHT)
    made = save_bill(actor=actor, draft=draft)
    if made.kind == BUNDLE:
        _refuse_stock(made)
    _refuse_past(made, clock.now())
    return made


def _refuse_stock(made: BillOfMaterials) -> None:
    """A product that lies or is expected somewhere cannot become a bundle. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.code FROM (SELECT * FROM inventory_balance WHERE product_id = %s ORDER BY site_id, lot, state,"
            " owner_id FOR UPDATE) b JOIN catalog_site s ON s.id = b.site_id"
            " WHERE b.on_hand <> 0 OR b.in_transit <> 0 ORDER BY 1",
            [made.product_id],
        )
        codes = list(dict.fromkeys(row[0] for row in cursor.fetchall()))
    if codes:
        detail = f"{made.product.sku} has stock at {', '.join(codes[:5])}; a bundle has none of its own."
        raise refuse("bundle_has_stock", detail, pointer="/kind")


def _refuse_past(made: BillOfMaterials, now: datetime) -> None:
    is_first = not BillOfMaterials.objects.filter(product_id=made.product_id).exclude(pk=made.pk).exists()
    if not is_first and made.valid_from < now - SLACK:
        detail = "A version that changes an earlier one begins now or later; what has moved stays as it was."
        raise refuse("changes_past", detail, pointer="/valid_from")
