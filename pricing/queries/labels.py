"""Shelf labels: which prices of a site change at a moment, the runs made of it, and what is not on the shelf yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from catalog.models import Site
from lib.actors import Actor
from pricing.models import LabelLine, LabelRun
from pricing.queries.bulk_prices import PriceAsked, bulk_prices
from pricing.queries.derived_moves import INSTANT, derived_moves, lists_at, products_priced
from pricing.queries.list_book import Books
from pricing.queries.quotes import Quote, QuoteLine, quote_lines

EDGES = """
SELECT p.product_id, e.at FROM pricing_price p CROSS JOIN LATERAL (VALUES (lower(p.valid)), (upper(p.valid))) e (at)
 WHERE p.price_list_id = ANY(%(lists)s) AND upper_inf(p.known)
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant at which rows of a site's lists begin or end, or a list derives anew; products may be more than labels."""

    at: datetime
    products: int


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A product whose shelf price is another from the moment on; old and new as quotes of one base unit."""

    product_id: int
    barcode: str
    currency: str
    old: Decimal | None
    new: Quote


def moments(site: Site, since: datetime, until: datetime) -> list[Moment]:
    """When prices of a site may change after `since` and up to `until`, in order. 4 queries."""
    books = Books()
    lists = lists_at(site, books, since, until)
    found: dict[datetime, set[int]] = products_priced(derived_moves(lists, books, since, until))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT at, product_id FROM ({EDGES} AND e.at > %(since)s AND e.at <= %(until)s) edges",
            {"lists": sorted(lists), "since": since, "until": until},
        )
        for at, product_id in cursor.fetchall():
            found.setdefault(at, set()).add(product_id)
    return [Moment(at, len(products)) for at, products in sorted(found.items())]


def derived_moments(site: Site, since: datetime, until: datetime) -> list[datetime]:
    """Those of them at which a list derives in another way or keeps another rate. 2 queries."""
    books = Books()
    return sorted(derived_moves(lists_at(site, books, since, until), books, since, until))


def label_changes(site: Site, at: datetime, actor: Actor) -> list[LabelChange]:
    """Whose shelf price at `site` is not the same just before `at` and at it, by SKU. A fixed number of queries."""
    books = Books()
    lists = lists_at(site, books, at - INSTANT, at + INSTANT)
    moved = products_priced(derived_moves(lists, books, at - INSTANT, at)).get(at, set())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.sku, s.barcode FROM catalog_product s WHERE s.id = ANY(%(moved)s)"
            f" OR s.id IN (SELECT product_id FROM ({EDGES} AND e.at = %(at)s) edges) ORDER BY s.sku",
            {"lists": sorted(lists), "at": at, "moved": list(moved)},
        )
        products = cursor.fetchall()
    asked = [PriceAsked(pk, site.code) for pk, _sku, _barcode in products]
    before = bulk_prices(asked, actor=actor, at=at - INSTANT)
    after = bulk_prices(asked, actor=actor, at=at)
    changed = [
        (product, old.amount)
        for product, old, new in zip(products, before, after, strict=True)
        if old.amount != new.amount
    ]
    lines = [QuoteLine(sku, site.code) for (_pk, sku, _barcode), _old in changed]
    told = quote_lines(lines, actor=actor, at=at)
    return [
        LabelChange(pk, barcode, site.currency, old, new)
        for ((pk, _sku, barcode), old), new in zip(changed, told, strict=True)
    ]


def label_runs(visible: Collection[int] | None, site: str = "") -> QuerySet[LabelRun]:
    """The runs of visible sites (None = all) with `labels` and `open`, the newest moment first."""
    runs = LabelRun.objects.select_related("site").annotate(
        labels=Count("lines"), open=Count("lines", filter=Q(lines__confirmed_at__isnull=True))
    )
    if visible is not None:
        runs = runs.filter(site_id__in=visible)
    if site:
        runs = runs.filter(site__code=site)
    return runs.order_by("-effective_at", "-pk")


def runs_at(site_id: int, instants: Collection[datetime]) -> dict[datetime, int]:
    """Moment → run of a site, where there is one. 1 query."""
    found = LabelRun.objects.filter(site=site_id, effective_at__in=instants)
    return dict(found.values_list("effective_at", "pk"))


def run_lines(run_id: int) -> QuerySet[LabelLine]:
    """The lines of a run with their products, by SKU. 1 query when read."""
    return LabelLine.objects.filter(run=run_id).select_related("product").order_by("product__sku")


def open_labels(at: datetime, visible: Collection[int] | None = None) -> QuerySet[LabelLine]:
    """Labels whose moment has come and that nobody has scanned; a newer label of the same shelf takes the older's place."""
    newer = LabelLine.objects.filter(
        product=OuterRef("product"),
        run__site=OuterRef("run__site"),
        run__effective_at__gt=OuterRef("run__effective_at"),
        run__effective_at__lte=at,
    )
    lines = LabelLine.objects.filter(~Exists(newer), confirmed_at__isnull=True, run__effective_at__lte=at)
    if visible is not None:
        lines = lines.filter(run__site__in=visible)
    return lines.select_related("run__site", "product").order_by("run__effective_at", "run", "product__sku")


def open_by_run(at: datetime) -> list[dict[str, Any]]:
    """Runs with open labels as run, site, site_name, effective_at, labels. 1 query."""
    found = open_labels(at).order_by("run__effective_at", "run").values("run", "run__effective_at")
    named = found.annotate(labels=Count("pk")).values(
        "run", "run__effective_at", "run__site__code", "run__site__name", "labels"
    )
    return [dict(row) for row in named]
