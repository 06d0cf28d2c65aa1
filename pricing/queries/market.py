"""What quotes and guardrails look at beside the prices: lists, places, taxes, rates."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from catalog.access import visible_sites
from catalog.models import Channel, CustomerGroup, Pack
from catalog.queries import Rate as CatalogRate
from catalog.queries import exchange_rates
from lib.actors import Actor
from pricing.rules.resolution import Book, Place, Rate, RateProblem, Row

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: product → list → rows, as `fetch_rows` answers.
ProductRows = dict[int, dict[int, list[Row]]]


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A site as the resolver sees it."""

    id: int
    code: str
    region_id: int
    channel_id: int | None
    country: str
    currency: str
    operator: str = "own"

    def place(self, channel_id: int | None, customer_group_id: int | None = None) -> Place:
        return Place(self.id, self.region_id, channel_id, customer_group_id)


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product as the resolver sees it."""

    id: int
    sku: str
    tax_class: str
    net_content: Decimal | None
    net_content_unit: str
    unit: str = "pcs"


def site_facts(actor: Actor) -> dict[str, SiteFacts]:
    """The sites in the actor's scope, by code; at most 2 queries."""
    rows = visible_sites(actor).values_list(
        "id", "code", "region_id", "channel_id", "country", "currency", "operator"
    )
    return {row[1]: SiteFacts(*row) for row in rows}


def channels() -> dict[str, tuple[int, Decimal]]:
    """Channel code → (id, commission 0–1); 1 query."""
    return {
        code: (pk, commission)
        for pk, code, commission in Channel.objects.values_list("id", "code", "commission_fraction")
    }


def customer_groups() -> dict[str, int]:
    """Customer group code → id; 1 query."""
    return dict(CustomerGroup.objects.values_list("code", "id"))


def pack_factors(product_ids: Collection[int]) -> dict[int, list[tuple[str, Decimal]]]:
    """Product → its packs as (unit, base units in it), small ones first; 1 query."""
    found: dict[int, list[tuple[str, Decimal]]] = {}
    packs = Pack.objects.filter(product_id__in=product_ids).order_by("factor", "unit")
    for product_id, unit, factor in packs.values_list("product_id", "unit", "factor"):
        found.setdefault(product_id, []).append((unit, factor))
    return found


def product_facts(skus: Collection[str]) -> dict[str, ProductFacts]:
    """The products of `skus` that exist, by SKU; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, sku, tax_class, net_content, net_content_unit, unit FROM catalog_product WHERE sku = ANY(%s)",
            [[sku for sku in set(skus) if is_storable(sku)]],
        )
        return {row[1]: ProductFacts(*row) for row in cursor.fetchall()}


def is_storable(text: str) -> bool:
    """False for text no database row can hold: a zero byte, half a surrogate pair."""
    return not UNSTORABLE.search(text)


def fetch_rows(
    product_ids: Collection[int], list_ids: Collection[int], at: datetime, known_at: datetime | None = None
) -> ProductRows:
    """The rows of these products and lists valid at `at`, as known at `known_at` (None = now); 1 query."""
    known = "upper_inf(known)" if known_at is None else "known @> %(known_at)s::timestamptz"
    rows: ProductRows = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, price_list_id, min_quantity, amount, price_change_id, lower(valid)"
            " FROM pricing_price WHERE product_id = ANY(%(products)s) AND price_list_id = ANY(%(lists)s)"
            f" AND valid @> %(at)s::timestamptz AND {known}",
            {"products": list(product_ids), "lists": list(list_ids), "at": at, "known_at": known_at},
        )
        for product_id, list_id, minimum, amount, change_id, begins in cursor.fetchall():
            row = Row(minimum, amount, change_id, begins)
            lists = rows.get(product_id)
            if lists is None:
                rows[product_id] = {list_id: [row]}
            elif list_id in lists:
                lists[list_id].append(row)
            else:
                lists[list_id] = [row]
    return rows


def kept_rates(on: date) -> dict[int, Rate]:
    """Price list → the rate it keeps on a day (UTC), which counts while it is linked; lists that never kept one are
    absent. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT DISTINCT ON (price_list_id) price_list_id, rate, "on", path FROM pricing_listrate'
            " WHERE effective_on <= %s ORDER BY price_list_id, effective_on DESC, id DESC",
            [on],
        )
        return {row[0]: Rate(row[1], row[2], row[3]) for row in cursor.fetchall()}


def kept_since(until: date) -> list[tuple[int, date, Rate]]:
    """(price list, first day, the rate it keeps from then on) up to a day, in order of time. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT price_list_id, effective_on, rate, "on", path FROM pricing_listrate WHERE effective_on <= %s'
            " ORDER BY effective_on, id",
            [until],
        )
        return [(row[0], row[1], Rate(row[2], row[3], row[4])) for row in cursor.fetchall()]


class RateBoard:
    """Exchange rates of one day; every pair that may be needed is read at once, each answered or refused.

    kept: by list, the rate a linked list keeps on that day. 2 queries, none without pairs.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], on: date) -> None:
        wanted = {pair for pair in pairs if pair[0] != pair[1]}
        self._rates = exchange_rates(wanted, on) if wanted else {}
        self.kept: dict[int, Rate] = kept_rates(on) if wanted else {}

    def __call__(self, base: str, quote: str) -> Rate:
        """The rate. Raises RateProblem: missing or stale."""
        found = self._rates.get((base, quote))
        if found is None:
            raise RateProblem("missing_exchange_rate", f"There is no exchange rate from {base} to {quote}.")
        if not isinstance(found, CatalogRate):
            raise RateProblem(found.code, str(found))
        return Rate(found.rate, found.on, f"{base}→{quote} {found.path}")


def derivation_pairs(book: Book) -> set[tuple[str, str]]:
    """The currency pairs that derived lists convert between."""
    return {
        (book[facts.parent_id].currency, facts.currency)
        for facts in book.values()
        if facts.parent_id is not None
    }
