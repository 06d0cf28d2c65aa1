"""What a scanned code means: product, lot, expiry, quantity, price.

`read` is the one interface for whatever scans (movement entry, counts, REST `barcodes/`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from catalog.models import Pack, Product, Site
from inventory.models import BarcodeRule, Lot
from inventory.queries.documents import plain
from lib import clock, gs1
from lib.faults import refuse

_GRAMS = Decimal(1000)
#: ISO 4217 numbers of the currencies met here.
_CURRENCIES = {
    "036": "AUD", "124": "CAD", "156": "CNY", "203": "CZK", "208": "DKK", "344": "HKD", "348": "HUF", "392": "JPY",
    "578": "NOK", "702": "SGD", "752": "SEK", "756": "CHF", "826": "GBP", "840": "USD", "946": "RON", "978": "EUR",
    "985": "PLN",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scan:
    """A code as read. quantity: in the product's base unit, None when the code tells only a price.

    kind: gtin, element_string or restricted. price: what the label says the customer pays for it, in `currency` ("" when
    the code does not tell which). expires_on: of the code, else of the known lot. is_expired: on the site's local day.
    """

    code: str
    kind: str
    product: Product
    quantity: Decimal | None
    pack: Pack | None = None
    lot: str = ""
    expires_on: date | None = None
    produced_on: date | None = None
    price: Decimal | None = None
    currency: str = ""
    weight_kg: Decimal | None = None
    serial: str = ""
    is_known_lot: bool = False
    is_recalled: bool = False
    is_expired: bool = False


def read(code: str, *, site: Site | None = None, at: datetime | None = None) -> Scan:
    """The scanned `code` at `site` (its country's rules, its local day, its currency). At most 4 queries.

    Raises Faults 422 `invalid_barcode` (what is wrong is in the detail), `no_barcode_rule`; 404 `unknown_barcode`.
    """
    text = code.strip().replace("\x00", "")
    day = (at or clock.now()).astimezone(ZoneInfo(site.timezone if site else "UTC")).date()
    try:
        if not text or len(text) > gs1.MAX_LENGTH:
            raise gs1.BadCode("wrong_length", f"A code has 1 to {gs1.MAX_LENGTH} characters.")
        if gs1.is_element_string(text):
            return _with_lot(_of_elements(text, day, site), day)
        found = _product_of(text)
        if found is not None:
            product, pack = found
            return Scan(text, "gtin", product, pack.factor if pack else Decimal(1), pack)
        if gs1.is_restricted(text):
            return _restricted(text, site)
        _refuse_wrong_number(text)
    except gs1.BadCode as bad:
        raise refuse("invalid_barcode", str(bad), pointer="/code") from bad
    raise refuse("unknown_barcode", f"No product has the code {text!r}.", status=404, pointer="/code")


def scan_body(scan: Scan) -> dict[str, Any]:
    """A scan as REST answers it; what the code does not tell is null. No query."""
    number = {
        name: None if value is None else plain(value)
        for name, value in (("quantity", scan.quantity), ("price", scan.price), ("weight_kg", scan.weight_kg))
    }
    return {
        "code": scan.code,
        "kind": scan.kind,
        "sku": scan.product.sku,
        "name": scan.product.name,
        "unit": scan.product.unit,
        "tracks_lots": scan.product.tracks_lots,
        **number,
        "pack": None if scan.pack is None else {"unit": scan.pack.unit, "factor": plain(scan.pack.factor)},
        "lot": scan.lot,
        "expires_on": scan.expires_on and scan.expires_on.isoformat(),
        "produced_on": scan.produced_on and scan.produced_on.isoformat(),
        "currency": scan.currency,
        "serial": scan.serial,
        "is_known_lot": scan.is_known_lot,
        "is_recalled": scan.is_recalled,
        "is_expired": scan.is_expired,
    }


def _refuse_wrong_number(text: str) -> None:
    """Tell a mistyped number from one nobody has."""
    if text.isascii() and text.isdigit() and len(text) in gs1.GTIN_LENGTHS and not gs1.is_gtin(text):
        raise gs1.BadCode("wrong_check_digit", "The check digit is wrong.")


def _spellings(number: str) -> list[str]:
    """One GTIN as catalogues write it: with and without leading zeros; anything else as it is."""
    if not gs1.is_gtin(number):
        return [number]
    bare = number.lstrip("0")
    return sorted({number, *(bare.zfill(length) for length in gs1.GTIN_LENGTHS if len(bare) <= length)})


def _product_of(number: str) -> tuple[Product, Pack | None] | None:
    """The product, or the pack, with this code. 1 query, one more for a pack."""
    spelled = _spellings(number)
    product = Product.objects.filter(barcode__in=spelled).order_by("pk").first()
    if product is not None:
        return product, None
    pack = Pack.objects.select_related("product").filter(barcode__in=spelled).order_by("pk").first()
    return (pack.product, pack) if pack is not None else None


def _of_elements(text: str, day: date, site: Site | None) -> Scan:
    found = gs1.elements(text)
    dates = gs1.element_dates(found, day)
    number = found.get("01") or found.get("02")
    if number is None:
        raise gs1.BadCode("no_product", "The code names no product: (01) or (02) is missing.")
    match = _product_of(number)
    if match is None:
        raise refuse("unknown_barcode", f"No product has the code {number}.", status=404, pointer="/code")
    product, pack = match
    weight = gs1.measured(found, "310")
    price = next(
        (
            one
            for one in (gs1.measured(found, family) for family in ("392", "393", "390", "391"))
            if one is not None
        ),
        None,
    )
    return Scan(
        text,
        "element_string",
        product,
        _quantity(product, pack, found, weight),
        pack,
        lot=found.get("10", ""),
        expires_on=dates.get("17") or dates.get("16") or dates.get("15"),
        produced_on=dates.get("11") or dates.get("13"),
        price=price,
        currency=_currency(found, site) if price is not None else "",
        weight_kg=weight,
        serial=found.get("21", ""),
    )


def _quantity(product: Product, pack: Pack | None, found: dict[str, str], weight: Decimal | None) -> Decimal:
    count = Decimal(found.get("37") or found.get("30") or 1)
    litres = gs1.measured(found, "315")
    measured = {
        "kg": weight,
        "g": weight and weight * _GRAMS,
        "l": litres,
        "ml": litres and litres * _GRAMS,
        "m": gs1.measured(found, "311"),
    }.get(product.unit)
    if measured is not None:
        return measured
    return count * (pack.factor if pack else 1)


def _currency(found: dict[str, str], site: Site | None) -> str:
    """The currency that the code names, else the site's; "" when nobody tells."""
    for identifier, data in found.items():
        if len(identifier) == 4 and identifier[:3] in ("391", "393"):
            return _CURRENCIES.get(data[:3], "")
    return site.currency if site is not None else ""


def _with_lot(scan: Scan, day: date) -> Scan:
    """What is known of the lot beside what the code says. 1 query where there is a lot."""
    known = Lot.objects.filter(product=scan.product, code=scan.lot).first() if scan.lot else None
    expires_on = scan.expires_on or (known.expires_on if known else None)
    fields = {name: getattr(scan, name) for name in Scan.__slots__}
    return Scan(
        **fields
        | {
            "expires_on": expires_on,
            "produced_on": scan.produced_on or (known.produced_on if known else None),
            "is_known_lot": known is not None,
            "is_recalled": known is not None and known.is_recalled,
            "is_expired": expires_on is not None and expires_on < day,
        }
    )


def _restricted(text: str, site: Site | None) -> Scan:
    """A number with weight, price or pieces in it, by the first rule that fits: the country's own before those for all."""
    rules = barcode_rules_at(site)
    digits = text.zfill(13)
    rule = next((one for one in rules if gs1.Mask(one.pattern, one.decimals).fits(digits)), None)
    if rule is None:
        where = f" at {site.code}" if site else ""
        raise refuse(
            "no_barcode_rule",
            f"No rule tells what {text} holds{where}; add one for the country.",
            pointer="/code",
        )
    told = gs1.embedded(text, gs1.Mask(rule.pattern, rule.decimals))
    product = _item(told, rule.pattern)
    if product is None:
        raise refuse(
            "unknown_barcode", f"No product has the item number {told.item}.", status=404, pointer="/code"
        )
    measure = rule.measure
    weight = told.measure if measure == BarcodeRule.Measure.WEIGHT else None
    price = told.measure if measure == BarcodeRule.Measure.PRICE else None
    return Scan(
        text,
        "restricted",
        product,
        _measured_quantity(product, measure, told.measure),
        price=price,
        currency=site.currency if site is not None and price is not None else "",
        weight_kg=weight,
    )


def _measured_quantity(product: Product, measure: str, value: Decimal | None) -> Decimal | None:
    if measure == BarcodeRule.Measure.PRICE:
        return None
    if measure == BarcodeRule.Measure.WEIGHT and value is not None:
        return value * _GRAMS if product.unit == "g" else value if product.unit == "kg" else Decimal(1)
    return value if value is not None else Decimal(1)


def _item(told: gs1.Embedded, pattern: str) -> Product | None:
    """The product whose barcode is the number without its measure, or the prefix with the item, or the item alone."""
    prefix = pattern[: pattern.index("I")]
    spellings = [told.plain, prefix + told.item, told.item]
    found = {one.barcode: one for one in Product.objects.filter(barcode__in=spellings)}
    return next((found[one] for one in spellings if one in found), None)


def barcode_rules_at(site: Site | None) -> list[BarcodeRule]:
    """The rules that hold at a site, its country's first; without a site those for all. 1 query."""
    countries = ["", site.country] if site is not None else [""]
    found = BarcodeRule.objects.filter(retired_at__isnull=True, country__in=countries)
    return sorted(found, key=lambda rule: (not rule.country, -_fixed_digits(rule.pattern), rule.pk))


def barcode_rules(country: str = "") -> QuerySet[BarcodeRule]:
    """The rules, the retired ones too, newest first. 1 query."""
    found = BarcodeRule.objects.order_by("-id")
    return found.filter(country=country) if country else found


def barcode_rule_body(rule: BarcodeRule) -> dict[str, Any]:
    """A rule as REST shows it. No query."""
    return {
        "id": rule.pk,
        "country": rule.country,
        "pattern": rule.pattern,
        "measure": rule.measure,
        "decimals": rule.decimals,
        "source": rule.source,
        "made_at": rule.made_at.isoformat(),
        "retired_at": rule.retired_at and rule.retired_at.isoformat(),
    }


def _fixed_digits(pattern: str) -> int:
    return sum(mark.isdigit() for mark in pattern)
