"""Shelf labels: which prices of a site change at a moment, the runs made of it, and what is not on the shelf yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from catalog.models import Site
from lib.actors import Actor
from pricing.models import LabelLine, LabelRun
from pricing.queries.list_book import price_list_book
from pricing.queries.quotes import Quote, QuoteLine, quote_lines
from pricing.rules.resolution import Place, plan_for

INSTANT = timedelta(microseconds=1)
EDGES = """
SELECT p.product_id, e.at FROM pricing_price p CROSS JOIN LATERAL (VALUES (lower(p.valid)), (upper(p.valid))) e (at)
 WHERE p.price_list_id = ANY(%(lists)s) AND upper_inf(p.known)
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant at which price rows of a site's lists begin or end; products may be more than labels change."""

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


def lists_at(site: Site) -> list[int]:
    """The lists a customer without a group may be asked by at a site, parents of derived ones included. 1 query."""
    place = Place(site.pk, site.region_id, site.channel_id, None)
    return sorted(plan_for(price_list_book(), place).list_ids())


def moments(site: Site, since: datetime, until: datetime) -> list[Moment]:
    """When prices of a site may change after `since` and up to `until`, in order. 2 queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT at, count(DISTINCT product_id) FROM ({EDGES} AND e.at > %(since)s AND e.at <= %(until)s) edges"
            " GROUP BY at ORDER BY at",
            {"lists": lists_at(site), "since": since, "until": until},
        )
        return [Moment(*row) for row in cursor.fetchall()]


def label_changes(site: Site, at: datetime, actor: Actor) -> list[LabelChange]:
    """Whose shelf price at `site` is not the same just before `at` and at it, by SKU. A fixed number of queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.sku, s.id, s.barcode FROM catalog_product s"
            f" WHERE s.id IN (SELECT product_id FROM ({EDGES} AND e.at = %(at)s) edges) ORDER BY s.sku",
            {"lists": lists_at(site), "at": at},
        )
        products = cursor.fetchall()
    lines = [QuoteLine(sku, site.code) for sku, _pk, _barcode in products]
    before = quote_lines(lines, actor=actor, at=at - INSTANT)
    after = quote_lines(lines, actor=actor, at=at)
    return [
        LabelChange(pk, barcode, site.currency, old.amount, new)
        for (_sku, pk, barcode), old, new in zip(products, before, after, strict=True)
        if old.amount != new.amount
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
