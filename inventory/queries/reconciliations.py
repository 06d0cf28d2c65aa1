"""Snapshots and reconciliations, for REST and pages."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Value
from django.db.models.functions import Abs, Coalesce

from inventory.models import Difference, Reconciliation, Snapshot
from inventory.queries.documents import plain
from inventory.rules.differences import UNEXPLAINED, accuracy


def visible_reconciliations(
    visible: Collection[int] | None, site: str = "", state: str = ""
) -> QuerySet[Reconciliation]:
    """Reconciliations of visible sites, newest first, with their sites."""
    found = Reconciliation.objects.select_related("site", "snapshot").order_by("-id")
    if visible is not None:
        found = found.filter(site__in=list(visible))
    if site:
        found = found.filter(site__code=site)
    return found.filter(state=state) if state else found


def visible_snapshots(visible: Collection[int] | None, site: str = "") -> QuerySet[Snapshot]:
    """Snapshots of visible sites, newest first, with their reconciliations."""
    found = Snapshot.objects.select_related("site", "reconciliation").order_by("-id")
    if visible is not None:
        found = found.filter(site__in=list(visible))
    return found.filter(site__code=site) if site else found


def snapshot_body(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as the REST contract shows it, without its lines. No query."""
    return {
        "id": snapshot.pk,
        "reconciliation": snapshot.reconciliation.pk,
        "site": snapshot.site.code,
        "taken_at": snapshot.taken_at.isoformat(),
        "complete": snapshot.complete,
        "line_count": snapshot.line_count,
    }


def reconciliation_body(found: Reconciliation) -> dict[str, Any]:
    """A reconciliation's head as the REST contract shows it. No query."""
    share = accuracy(found.matched, found.differing)
    return {
        "id": found.pk,
        "site": found.site.code,
        "snapshot": found.snapshot_id,
        "taken_at": found.taken_at.isoformat(),
        "state": found.state,
        "matched": found.matched,
        "differing": found.differing,
        "accuracy": None if share is None else f"{share:.6f}",
        "due_at": found.due_at.isoformat(),
    }


def difference_bodies(reconciliation_id: int) -> list[dict[str, Any]]:
    """All differences as the REST contract shows them, by SKU. 1 query."""
    rows = (
        Difference.objects.filter(reconciliation_id=reconciliation_id)
        .order_by("sku", "lot")
        .values_list("id", "sku", "lot", "book", "counted", "difference", "value", "class_code", "state")
    )
    return [
        {
            "id": number,
            "sku": sku,
            "lot": lot,
            "book": plain(book),
            "counted": plain(counted),
            "difference": plain(gap),
            "value": None if value is None else plain(value),
            "class": class_code,
            "state": state,
        }
        for number, sku, lot, book, counted, gap, value, class_code, state in rows.iterator(5000)
    ]


DIFFERENCES_SHOWN = 500
AGAIN_DAYS = 30
AGAIN_LEAST = 3


def differences_of(reconciliation_id: int, class_code: str = "", state: str = "") -> list[Difference]:
    """Differences for the page with their products, the largest value first, at most 500. 1 query."""
    found = Difference.objects.filter(reconciliation_id=reconciliation_id).select_related("product")
    if class_code:
        found = found.filter(class_code=class_code)
    if state:
        found = found.filter(state=state)
    at_stake = Abs(Coalesce("value", Value(Decimal(0))))
    return list(found.order_by(at_stake.desc(), "sku", "lot")[:DIFFERENCES_SHOWN])


def explained_ids(reconciliation_id: int) -> list[int]:
    """The open differences that something explains. 1 query."""
    return list(
        Difference.objects.filter(reconciliation_id=reconciliation_id, state=Difference.State.OPEN)
        .exclude(class_code__in=UNEXPLAINED)
        .values_list("pk", flat=True)
    )


def totals_of(reconciliation_id: int) -> list[tuple[str, str, int, Any, Any]]:
    """(class, state, count, value at stake, net value) of each class and state. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT class_code, state, count(*), coalesce(sum(abs(value)), 0), coalesce(sum(value), 0)"
            " FROM inventory_difference WHERE reconciliation_id = %s GROUP BY 1, 2",
            [reconciliation_id],
        )
        return cursor.fetchall()  # type: ignore[no-any-return]


def accuracy_trend(site_id: int, until: datetime) -> list[tuple[datetime, float]]:
    """(taken at, share matched) of the site's reconciliations in the 30 days before `until`, oldest first. 1 query."""
    rows = (
        Reconciliation.objects.filter(
            site_id=site_id, taken_at__gt=until - timedelta(days=AGAIN_DAYS), taken_at__lte=until
        )
        .order_by("taken_at")
        .values_list("taken_at", "matched", "differing")
    )
    return [(at, matched / (matched + differing)) for at, matched, differing in rows if matched + differing]


def again_and_again(site_id: int, until: datetime) -> list[tuple[str, str, int, int]]:
    """(SKU, name, differing counts, counts) of products that differed three times or more in 30 days. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH r AS (SELECT id FROM inventory_reconciliation WHERE site_id = %s AND taken_at > %s AND taken_at <= %s)"
            " SELECT d.sku, p.name, count(DISTINCT d.reconciliation_id), (SELECT count(*) FROM r)"
            " FROM inventory_difference d JOIN r ON r.id = d.reconciliation_id JOIN catalog_product p ON p.id = d.product_id"
            " GROUP BY 1, 2 HAVING count(DISTINCT d.reconciliation_id) >= %s ORDER BY 3 DESC, 1 LIMIT 8",
            [site_id, until - timedelta(days=AGAIN_DAYS), until, AGAIN_LEAST],
        )
        return cursor.fetchall()  # type: ignore[no-any-return]
