"""What the movement entry page shows of a product as soon as it is scanned or typed."""

from typing import Any

from django.db import connection

from catalog.models import Product, Site
from catalog.queries.bills import has_bundle, units_of
from catalog.rules.packs import METRIC, pack_name
from inventory.queries.barcodes import Scan, read
from inventory.queries.documents import plain


def entry_line(code: str, site: Site | None) -> dict[str, Any]:
    """The product of a scanned barcode or typed SKU with its packs and what lies at `site`. At most 8 queries.

    Raises Faults 404 `unknown_barcode`, 422 `invalid_barcode`, `no_barcode_rule`.
    """
    typed = code.strip().replace("\x00", "")
    product = Product.objects.filter(sku__iexact=typed).order_by("sku").first() if typed else None
    scan = None if product is not None else read(typed, site=site)
    found = product or scan.product  # type: ignore[union-attr]
    body = {"sku": found.sku, "name": found.name, **_told(scan), **_units(found), **_stock(found, site)}
    body["is_bundle"] = has_bundle([found.sku])
    return body


def _told(scan: Scan | None) -> dict[str, Any]:
    """What the code said beside the product; a pack's code counts packs."""
    if scan is None:
        return {
            "quantity": "1",
            "given": "",
            "lot": "",
            "expires_on": None,
            "is_recalled": False,
            "is_expired": False,
        }
    packs = scan.pack is not None and scan.quantity is not None
    quantity = scan.quantity / scan.pack.factor if packs else scan.quantity  # type: ignore[union-attr, operator]
    return {
        "quantity": None if quantity is None else plain(quantity),
        "given": pack_name(scan.pack.unit, scan.pack.factor) if packs else "",  # type: ignore[union-attr]
        "lot": scan.lot,
        "expires_on": scan.expires_on.isoformat() if scan.expires_on else None,
        "is_recalled": scan.is_recalled,
        "is_expired": scan.is_expired,
    }


def _units(product: Product) -> dict[str, Any]:
    """The base unit and what else a quantity may be given in: name → base units in one."""
    base, packs = units_of([product.sku])[product.sku]
    others = {pack_name(unit, factor): plain(factor) for unit, factor in packs}
    others |= {asked: plain(factor) for (asked, into), factor in METRIC.items() if into == base}
    return {"unit": base, "units": others, "tracks_lots": product.tracks_lots}


def _stock(product: Product, site: Site | None) -> dict[str, Any]:
    """On hand by state, what is free, and the lots by first expiry, of our own goods at `site`. 1 query."""
    if site is None:
        return {"states": {}, "reserved": "0", "lots": []}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.state, b.lot, sum(b.on_hand), sum(b.reserved), t.expires_on FROM inventory_balance b"
            " LEFT JOIN inventory_lot t ON t.product_id = b.product_id AND t.code = b.lot"
            " WHERE b.site_id = %s AND b.product_id = %s AND b.owner_id = 0 GROUP BY 1, 2, 5"
            " ORDER BY t.expires_on NULLS LAST, 2",
            [site.pk, product.pk],
        )
        rows = cursor.fetchall()
    states: dict[str, Any] = {}
    for state, _lot, on_hand, *_rest in rows:
        states[state] = states.get(state, 0) + on_hand
    return {
        "states": {state: plain(on_hand) for state, on_hand in states.items()},
        "reserved": plain(sum((row[3] for row in rows), 0)),
        "lots": [
            {"lot": lot, "state": state, "on_hand": plain(on_hand), "expires_on": on and on.isoformat()}
            for state, lot, on_hand, _r, on in rows
            if lot and on_hand
        ],
    }
