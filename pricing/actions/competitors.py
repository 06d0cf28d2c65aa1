"""Competitors' prices: taking in what was seen, and saying which product a competitor's code means."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from audit.actions import record
from catalog.models import Product
from catalog.rules.barcodes import barcode_fault
from catalog.rules.fields import Wrong
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults
from lib.money import minor_unit
from pricing import access
from pricing.models import Competitor, CompetitorMatch, CompetitorPrice
from pricing.rules.amounts import read_amount

BATCH = 1000


@transaction.atomic
def record_competitor_prices(
    *, actor: Actor, rows: Sequence[Mapping[str, Any]], is_trial: bool = False
) -> int:
    """Store what was seen of competitors' prices, all rows or none; returns how many were new. A row seen twice is one.

    The competitors' rows are locked: imports and matches run one after another.

    row: competitor (code), code, sku, gtin (one of the three), amount, currency, observed_at (ISO 8601 with offset),
    is_tax_included (true), is_promotion (false), source. Matched by a person's word, then SKU, then GTIN; what matches
    nothing is kept without product.
    is_trial: only say what would be refused; nothing is stored.
    Raises Faults 403 not_allowed, 422 with every fault of every row: unknown_competitor, product_required,
    bad_barcode, not_a_number, too_precise, too_large, negative, not_positive, unknown_currency, bad_time, in_the_future.
    """
    access.require_right(actor, "prices.edit")
    competitors = {one.code: one for one in Competitor.objects.select_for_update(no_key=True).order_by("pk")}
    now, faults, read = clock.now(), list[Fault](), list[CompetitorPrice]()
    for index, row in enumerate(rows):
        try:
            read.append(_observation(row, competitors, now))
        except Wrong as wrong:
            faults.append(Fault(f"/rows/{index}", wrong.code, wrong.detail))
    if faults:
        raise Faults(faults)
    if is_trial:
        return 0
    _match(read)
    before = CompetitorPrice.objects.count()
    CompetitorPrice.objects.bulk_create(read, batch_size=BATCH, ignore_conflicts=True)
    new = CompetitorPrice.objects.count() - before
    record(
        actor=actor,
        kind="competitor_prices.recorded",
        subject="competitor_prices",
        after={"rows": len(read), "new": new},
    )
    return new


@transaction.atomic
def match_competitor_code(*, actor: Actor, competitor: Competitor, code: str, product: Product) -> int:
    """Say that `code` of `competitor` means `product`, from now on and for its rows without product; returns how many.

    Raises Faults 403 not_allowed.
    """
    access.require_right(actor, "prices.edit")
    Competitor.objects.select_for_update(no_key=True).get(pk=competitor.pk)
    CompetitorMatch.objects.update_or_create(competitor=competitor, code=code, defaults={"product": product})
    matched = CompetitorPrice.objects.filter(competitor=competitor, code=code, product=None).update(
        product=product
    )
    record(
        actor=actor,
        kind="competitor_code.matched",
        subject=f"competitor:{competitor.pk}",
        after={"code": code, "sku": product.sku, "rows": matched},
    )
    return matched


@transaction.atomic
def save_competitors(*, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> int:
    """Create competitors by code, or change their name and country; all rows or none; returns how many were new.

    row: code, name, country (ISO 3166-1 alpha-2, "" = anywhere).
    Raises Faults 403 not_allowed, 422 bad_code, bad_name, bad_country for every row.
    """
    access.require_right(actor, "prices.edit")
    faults, read = list[Fault](), list[Competitor]()
    for index, row in enumerate(rows):
        code, name, country = (str(row.get(key) or "").strip() for key in ("code", "name", "country"))
        if not 1 <= len(code) <= 32:
            faults.append(Fault(f"/rows/{index}/code", "bad_code", "A code has 1 to 32 characters."))
        if not 1 <= len(name) <= 200:
            faults.append(Fault(f"/rows/{index}/name", "bad_name", "A name has 1 to 200 characters."))
        if country and not (len(country) == 2 and country.isascii() and country.isupper()):
            faults.append(Fault(f"/rows/{index}/country", "bad_country", "A country is two capital letters."))
        read.append(Competitor(code=code, name=name, country=country))
    if faults:
        raise Faults(faults)
    before = Competitor.objects.count()
    Competitor.objects.bulk_create(
        {one.code: one for one in read}.values(),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "country"],
    )
    new = Competitor.objects.count() - before
    record(
        actor=actor,
        kind="competitors.saved",
        subject="competitors",
        after={"codes": sorted(one.code for one in read)[:50], "new": new},
    )
    return new


def match_by_codes(*, actor: Actor, competitor: str, code: str, sku: str) -> int:
    """`match_competitor_code` by codes. Raises Faults 422 unknown_competitor, unknown_sku, product_required."""
    one, product = Competitor.objects.filter(code=competitor).first(), Product.objects.filter(sku=sku).first()
    faults = []
    if one is None:
        faults.append(
            Fault("/competitor", "unknown_competitor", f"There is no competitor “{competitor[:40]}”.")
        )
    if product is None:
        faults.append(Fault("/sku", "unknown_sku", f"There is no product “{sku[:40]}”."))
    if not 1 <= len(code) <= 64:
        faults.append(
            Fault("/code", "product_required", "Give the competitor's code, at most 64 characters.")
        )
    if faults or one is None or product is None:
        raise Faults(faults)
    return match_competitor_code(actor=actor, competitor=one, code=code, product=product)


def _observation(
    row: Mapping[str, Any], competitors: Mapping[str, Competitor], now: datetime
) -> CompetitorPrice:
    """The row as an observation without product. Raises Wrong."""
    competitor = competitors.get(str(row.get("competitor") or ""))
    if competitor is None:
        raise Wrong("unknown_competitor", f"There is no competitor “{str(row.get('competitor'))[:40]}”.")
    code, sku, gtin = (str(row.get(name) or "").strip() for name in ("code", "sku", "gtin"))
    if not (code or sku or gtin) or max(len(code), len(sku)) > 64:
        raise Wrong("product_required", "Give a code, SKU or GTIN of at most 64 characters.")
    if gtin and (fault := barcode_fault(gtin)):
        raise Wrong("bad_barcode", fault)
    currency = str(row.get("currency") or "")
    return CompetitorPrice(
        competitor=competitor, code=code, sku=sku, gtin=gtin,
        amount=_amount(row.get("amount"), currency), currency=currency,
        is_tax_included=row.get("is_tax_included", True) is True,
        is_promotion=row.get("is_promotion", False) is True,
        source=str(row.get("source") or "")[:500],
        observed_at=_seen(row.get("observed_at"), now),
    )  # fmt: skip


def _amount(raw: Any, currency: str) -> Decimal:
    if len(currency) != 3 or not (currency.isascii() and currency.isupper()):
        raise Wrong("unknown_currency", "A currency is three capital letters.")
    amount = read_amount(raw, currency)
    if not amount:
        raise Wrong("not_positive", f"A price is above zero, with up to {minor_unit(currency)} decimals.")
    return amount


def _seen(raw: Any, now: datetime) -> datetime:
    try:
        seen = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    except ValueError:
        raise Wrong("bad_time", "A moment looks like 2026-11-24T09:00:00+00:00.") from None
    if seen.tzinfo is None:
        raise Wrong("bad_time", "The moment has no offset from UTC.")
    if seen > now:
        raise Wrong("in_the_future", "Nobody has seen this price yet.")
    return seen


def _match(read: Sequence[CompetitorPrice]) -> None:
    """Give the observations their product. 3 queries."""
    said = {
        (one.competitor_id, one.code): one.product_id
        for one in CompetitorMatch.objects.filter(code__in={row.code for row in read if row.code})
    }
    skus = dict(Product.objects.filter(sku__in={row.sku for row in read if row.sku}).values_list("sku", "pk"))
    gtins = dict(
        Product.objects.filter(barcode__in={row.gtin for row in read if row.gtin}).values_list(
            "barcode", "pk"
        )
    )
    for row in read:
        row.product_id = said.get((row.competitor_id, row.code)) or skus.get(row.sku) or gtins.get(row.gtin)
