"""Correcting what is known of a lot, and how a product's lots are kept."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from audit.actions import record
from catalog.models import Product
from inventory.actions.movements import check_right
from inventory.models import Lot
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

RIGHT = "lots.edit"
MAX_LIFE_DAYS = 40_000


@transaction.atomic
def correct_lot(
    *, actor: Actor, lot_id: int, expires_on: date | None, produced_on: date | None, reason: str
) -> Lot:
    """Set what a lot's label says; from now on it counts, what was posted stands.

    Raises Faults 403; 404 `unknown_lot`; 422 `reason_required`, `expires_before_production`.
    Locks: the lot. Records: lot.corrected. Allowed: lots.edit.
    """
    check_right(actor, RIGHT)
    if not reason.strip():
        raise refuse("reason_required", "Say why it was wrong.", pointer="/reason")
    if expires_on is not None and produced_on is not None and expires_on < produced_on:
        detail = "A lot expires on the day it was produced or later."
        raise refuse("expires_before_production", detail, pointer="/expires_on")
    lot = Lot.objects.select_for_update(no_key=True).filter(pk=lot_id).first()
    if lot is None:
        raise refuse("unknown_lot", "There is no such lot.", status=404)
    before = {"expires_on": lot.expires_on, "produced_on": lot.produced_on}
    Lot.objects.filter(pk=lot.pk).update(expires_on=expires_on, produced_on=produced_on)
    record(
        actor=actor,
        kind="lot.corrected",
        subject=f"lot:{lot.pk}",
        reason=reason,
        before=before,
        after={"expires_on": expires_on, "produced_on": produced_on},
    )
    lot.refresh_from_db()
    return lot


@dataclass(frozen=True)
class LotRules:
    """How a product's lots are kept; fractions 0–1 of its life."""

    tracks_lots: bool
    shelf_life_days: int | None = None
    receipt_life_fraction: Decimal | None = None
    sale_life_fraction: Decimal | None = None


@transaction.atomic
def set_lot_rules(*, actor: Actor, sku: str, rules: LotRules) -> Product:
    """Say whether a product tracks lots, how long it lasts, and how much of that must be left.

    What lies there without a lot stays so until it is sold or counted.
    Raises Faults 403; 422 `unknown_sku`, `invalid_number`, `invalid_fraction`.
    Locks: the product. Records: product.lot_rules_set. Allowed: lots.edit.
    """
    check_right(actor, RIGHT)
    faults = []
    if rules.shelf_life_days is not None and not 0 < rules.shelf_life_days <= MAX_LIFE_DAYS:
        detail = f"A shelf life has 1 to {MAX_LIFE_DAYS} days."
        faults.append(Fault("/shelf_life_days", "invalid_number", detail))
    for name in ("receipt_life_fraction", "sale_life_fraction"):
        share = getattr(rules, name)
        if share is not None and not (share.is_finite() and 0 <= share <= 1):
            faults.append(Fault(f"/{name}", "invalid_fraction", "A share lies between 0 and 1."))
    product = Product.objects.select_for_update(no_key=True).filter(sku=sku).first()
    if product is None:
        faults.append(Fault("/sku", "unknown_sku", f"There is no product {sku!r}."))
    if faults or product is None:
        raise Faults(faults)
    before = lot_rules_body(product)
    for name in LotRules.__dataclass_fields__:
        setattr(product, name, getattr(rules, name))
    product.save(update_fields=list(LotRules.__dataclass_fields__))
    record(
        actor=actor,
        kind="product.lot_rules_set",
        subject=f"product:{product.pk}",
        before=before,
        after=lot_rules_body(product),
    )
    return product


def lot_rules_body(product: Product) -> dict[str, object]:
    """A product's rules of lots as REST shows them."""
    return {
        "sku": product.sku,
        "tracks_lots": product.tracks_lots,
        "shelf_life_days": product.shelf_life_days,
        **{
            name: None if getattr(product, name) is None else format(getattr(product, name).normalize(), "f")
            for name in ("receipt_life_fraction", "sale_life_fraction")
        },
    }
