"""Counts as pages and REST show them. While a blind count runs nothing here tells of the book."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count as Number
from django.db.models import Min, Q, QuerySet

from catalog.models import Site
from inventory.models import Count, CountAdjustment, CountItem, CountResult, CountScan, Movement, Stream
from inventory.queries.documents import plain
from inventory.rules.counts import HIDDEN, OPEN_STATES, UNSETTLED
from lib.actors import Actor

SUBJECT = "count"


def subject_of(count: Count) -> str:
    """How the trail names it."""
    return f"{SUBJECT}:{count.pk}"


def visible_counts(visible: Collection[int] | None, asked: dict[str, str] | None = None) -> QuerySet[Count]:
    """Counts of sites in scope, newest first. 1 query. asked: site, kind, state ("open" for what is not over)."""
    asked = asked or {}
    found = Count.objects.select_related("site", "rule").order_by("-pk")
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    if asked.get("site"):
        found = found.filter(site__code=asked["site"])
    if asked.get("kind"):
        found = found.filter(kind=asked["kind"])
    if asked.get("state") == "open":
        return found.filter(state__in=OPEN_STATES)
    return found.filter(state=asked["state"]) if asked.get("state") else found


def is_hidden(count: Count) -> bool:
    """Whether nobody may see the book or a difference now."""
    return count.is_blind and count.state in HIDDEN


def figures_of(counts: Collection[Count]) -> dict[int, dict[str, int]]:
    """Count → products, counted, left of it. 1 query."""
    rows = (
        CountItem.objects.filter(count__in=[count.pk for count in counts])
        .exclude(state=CountItem.State.SKIPPED)
        .values("count_id")
        .annotate(products=Number("pk"), left=Number("pk", filter=Q(state=CountItem.State.OPEN)))
    )
    found = {row["count_id"]: row for row in rows}
    empty = {"products": 0, "left": 0}
    return {
        count.pk: {
            "products": (row := found.get(count.pk, empty))["products"],
            "left": row["left"],
            "counted": row["products"] - row["left"],
        }
        for count in counts
    }


def count_body(count: Count, figures: dict[str, int] | None = None) -> dict[str, Any]:
    """A count as REST shows it; needs `site`. 1 query without `figures`."""
    figures = figures or figures_of([count])[count.pk]
    times = ("created_at", "started_at", "submitted_at", "ended_at", "stock_signed_at", "finance_signed_at")
    return {
        "id": count.pk,
        "reference": str(count),
        "site": count.site.code,
        "kind": count.kind,
        "state": count.state,
        "blind": count.is_blind,
        "month": f"{count.month:%Y-%m}" if count.month else None,
        "planned_on": count.planned_on.isoformat(),
        "rule": count.rule.name if count.rule else "",
        "reason": count.reason,
        "note": count.note,
        "prepared_by": count.prepared_by_name,
        **figures,
        **{name: at.isoformat() if (at := getattr(count, name)) else None for name in times},
        "stock_signed_by": count.stock_signed_by_name,
        "finance_signed_by": count.finance_signed_by_name,
    }


def items_of(count: Count, state: str = "") -> QuerySet[CountItem]:
    """The products of a count by SKU. 1 query."""
    found = CountItem.objects.filter(count=count).select_related("product").order_by("product__sku", "pk")
    return found.filter(state=state) if state else found


def item_body(item: CountItem) -> dict[str, Any]:
    """A product of a count: nothing of the book; needs `product`."""
    return {
        "id": item.pk,
        "sku": item.product.sku,
        "name": item.product.name,
        "unit": item.product.unit,
        "round": item.round,
        "state": item.state,
        "unexpected": item.is_unexpected,
    }


def scans_of(count: Count) -> QuerySet[CountScan]:
    """Every scan, newest last. 1 query."""
    return CountScan.objects.filter(count=count).select_related("item__product").order_by("pk")


def scan_body(scan: CountScan) -> dict[str, Any]:
    return {
        "id": str(scan.line_id),
        "sku": scan.item.product.sku,
        "round": scan.round,
        "zone": scan.zone,
        "bin": scan.bin,
        "lot": scan.lot,
        "state": scan.state,
        "quantity": plain(scan.quantity),
        "way": scan.way,
        "scanned_at": scan.scanned_at.isoformat(),
        "received_at": scan.received_at.isoformat(),
        "skew_s": scan.skew_s,
        "counted_by": scan.counted_by_name,
    }


def results_of(count: Count, asked: str = "") -> QuerySet[CountResult]:
    """What was compared, by value at stake. asked: "differing", "beyond". 1 query."""
    found = (
        CountResult.objects.filter(item__count=count)
        .exclude(item__state=CountItem.State.SKIPPED)
        .select_related("item__product__category")
    )
    if asked == "differing":
        found = found.exclude(difference=0)
    if asked == "beyond":
        found = found.filter(is_beyond=True)
    return found.order_by("item__product__sku", "lot", "state", "pk")


def result_body(result: CountResult) -> dict[str, Any]:
    names = ("counted", "book", "book_low", "book_high", "difference")
    return {
        "sku": result.item.product.sku,
        "name": result.item.product.name,
        "lot": result.lot,
        "state": result.state,
        "round": result.round,
        **{name: plain(getattr(result, name)) for name in names},
        "value": plain(result.value) if result.value is not None else None,
        "scanned_at": result.last_at.isoformat(),
        "complete": result.is_complete,
        "beyond": result.is_beyond,
        "reason": result.reason_code,
    }


def complete_to(site_id: int) -> datetime | None:
    """The instant until which every stream of tills that may tell of the site is complete; None without streams: nothing
    is waited for. 1 query.

    The beginning of time when one of them has brought nothing yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(coalesce(complete_to, '-infinity'::timestamptz)) = '-infinity', min(complete_to)"
            " FROM inventory_stream WHERE site_id = %s OR site_id IS NULL",
            [site_id],
        )
        streams, is_unknown, until = cursor.fetchone()
    if not streams:
        return None
    return NEVER if is_unknown else until


NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def streams(site_id: int) -> list[Stream]:
    """Streams that may tell of the site, the one furthest behind first. 1 query."""
    return list(Stream.objects.filter(Q(site=site_id) | Q(site=None)).order_by("complete_to", "name"))


def summary_of(count: Count) -> dict[str, Any]:
    """The variance of a count: lines, units and values over and under, accuracy. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), count(*) FILTER (WHERE r.difference = 0), count(*) FILTER (WHERE r.is_beyond),
                   coalesce(sum(r.difference) FILTER (WHERE r.difference > 0), 0),
                   coalesce(sum(r.difference) FILTER (WHERE r.difference < 0), 0),
                   coalesce(round(sum(r.value) FILTER (WHERE r.value > 0), 2), 0),
                   coalesce(round(sum(r.value) FILTER (WHERE r.value < 0), 2), 0),
                   coalesce(round(sum(r.value), 2), 0), count(*) FILTER (WHERE NOT r.is_complete),
                   coalesce(round(sum(r.book * r.unit_cost), 2), 0)
            FROM inventory_countresult r JOIN inventory_countitem i ON i.id = r.item_id
            WHERE i.count_id = %s AND i.state <> 'skipped'""",
            [count.pk],
        )
        names = (
            "lines", "matched", "beyond", "units_over", "units_under", "value_over", "value_under", "value", "waiting",
            "book_value",
        )  # fmt: skip
        found = dict(zip(names, cursor.fetchone(), strict=True))
    found["accuracy"] = Decimal(found["matched"]) / found["lines"] if found["lines"] else None
    return found


def by_category(count: Count) -> list[dict[str, Any]]:
    """The variance by category, the largest loss first. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(c.path, ''), count(*), count(*) FILTER (WHERE r.difference <> 0), sum(r.difference),
                   coalesce(round(sum(r.value), 2), 0), coalesce(round(sum(abs(r.value)), 2), 0)
            FROM inventory_countresult r JOIN inventory_countitem i ON i.id = r.item_id
            JOIN catalog_product p ON p.id = i.product_id LEFT JOIN catalog_category c ON c.id = p.category_id
            WHERE i.count_id = %s AND i.state <> 'skipped' GROUP BY 1 ORDER BY 6 DESC, 1""",
            [count.pk],
        )
        names = ("category", "lines", "differing", "units", "value", "moved_value")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def by_zone(count: Count) -> list[dict[str, Any]]:
    """Progress by zone: known places of the count's products and how many have a scan of the latest round. 1 query.

    Zone "" holds what stands nowhere that is known.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(h.zone, ''), count(*), count(*) FILTER (WHERE EXISTS (
                       SELECT FROM inventory_countscan s WHERE s.item_id = i.id AND s.round = i.round
                           AND (h.zone IS NULL OR s.zone = '' OR s.zone = h.zone AND (h.bin = '' OR s.bin = h.bin))))
            FROM inventory_countitem i
            LEFT JOIN inventory_shelf h ON h.site_id = i.site_id AND h.product_id = i.product_id
            WHERE i.count_id = %s AND i.state <> 'skipped' GROUP BY 1 ORDER BY 1""",
            [count.pk],
        )
        return [
            {"zone": zone, "places": places, "counted": done, "left": places - done}
            for zone, places, done in cursor.fetchall()
        ]


def counters_of(count: Count) -> list[dict[str, Any]]:
    """Who counted how many lines, and since when. 1 query."""
    rows = CountScan.objects.filter(count=count).values("counted_by_name")
    found = rows.annotate(lines=Number("pk"), first_at=Min("scanned_at")).order_by("-lines")
    return [dict(row) for row in found]


def adjustments_of(count: Count) -> list[dict[str, Any]]:
    """What the count asked for, oldest first, with the movement. 2 queries."""
    found = list(CountAdjustment.objects.filter(count=count).order_by("pk"))
    movements = Movement.objects.in_bulk([one.movement_id for one in found])
    return [{"adjustment": one, "movement": movements.get(one.movement_id)} for one in found]


def counts_before(site_id: int, ends_at: datetime, month: date) -> list[Count]:
    """Counts that stand in the way of closing a month: begun before its end and not settled; its stocktake, or one of a
    month before, until it is signed. 1 query."""
    found = Count.objects.filter(site=site_id).filter(
        Q(state__in=UNSETTLED, started_at__lt=ends_at)
        | Q(kind=Count.Kind.STOCKTAKE, month__lte=month, state__in=OPEN_STATES)
    )
    return list(found.order_by("pk"))


def counts_waiting_for(actor: Actor, sites: QuerySet[Site], limit: int) -> list[Count]:
    """What `actor` can go on with: to count again, to give reasons, to sign; the oldest first. At most 1 query."""
    wanted = Q()
    if actor.may("counts.count"):
        wanted |= Q(state=Count.State.RECOUNT)
    if actor.may("counts.settle"):
        wanted |= Q(state=Count.State.REVIEW)
    for side, other in (("stock", "finance"), ("finance", "stock")):
        if actor.may(f"counts.sign_{side}"):
            unsigned = Q(state=Count.State.SIGNING, **{f"{side}_signed_at__isnull": True})
            wanted |= unsigned & ~Q(
                **{f"{other}_signed_by_id": actor.id}, **{f"{other}_signed_at__isnull": False}
            )
    if not wanted:
        return []
    found = Count.objects.select_related("site").filter(wanted, site__in=sites).order_by("pk")
    return list(found[:limit])
