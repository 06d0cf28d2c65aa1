"""Where products stand at a site: given, or learned from counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.http import Http404

from audit.actions import record
from catalog.access import access_site
from catalog.queries import products_by_sku
from inventory.actions.movements import check_right
from inventory.models import Shelf
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse


@dataclass(frozen=True, slots=True)
class Place:
    """A product's place: its zone and the bin in it, "" for none."""

    sku: str
    zone: str
    bin: str = ""


@transaction.atomic
def keep_shelves(*, actor: Actor, site_code: str, places: Sequence[Place], is_complete: bool = False) -> int:
    """Note where products stand at a site; returns how many places are new.

    is_complete: other places of the products named are forgotten.
    Raises Faults 403; 422 `unknown_site`, `no_lines`, `unknown_sku`.
    Locks: nothing. Records: shelves.kept. Allowed: counts.manage, the site in scope.
    """
    check_right(actor, "counts.manage")
    try:
        site = access_site(actor, site_code)
    except Http404 as unknown:
        raise refuse("unknown_site", f"There is no site “{site_code[:40]}”.", pointer="/site") from unknown
    if not places:
        raise refuse("no_lines", "Say where something stands.", pointer="/shelves")
    products = products_by_sku([place.sku for place in places])
    faults = [
        Fault(f"/shelves/{number}/sku", "unknown_sku", f"There is no product {place.sku!r}.")
        for number, place in enumerate(places)
        if place.sku not in products
    ]
    if faults:
        raise Faults(faults[:100])
    ids = [product.pk for product in products.values()]
    if is_complete:
        Shelf.objects.filter(site=site, product__in=ids).delete()
    before = Shelf.objects.filter(site=site, product__in=ids).count()
    Shelf.objects.bulk_create(
        [Shelf(site=site, product=products[place.sku], zone=place.zone, bin=place.bin) for place in places],
        ignore_conflicts=True,
    )
    made = Shelf.objects.filter(site=site, product__in=ids).count() - before
    record(
        actor=actor, kind="shelves.kept", subject=f"site:{site.pk}", site_ids=[site.pk],
        after={"places": len(places), "new": made, "complete": is_complete},
    )  # fmt: skip
    return made
