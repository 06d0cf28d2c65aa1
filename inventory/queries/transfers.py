"""Transfers as pages and REST show them, and what of them is late or stands in the way of a close."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from audit.actions import to_json
from catalog.models import Site
from inventory.models import Movement, Transfer, TransferLine, TransferMovement, TransferTemplate
from inventory.queries.documents import plain

OPEN_STATES = ("draft", "pending", "approved", "in_transit", "received")
SUBJECT = "transfer"


def subject_of(transfer: Transfer) -> str:
    """How approvals and the trail name it."""
    return f"{SUBJECT}:{transfer.pk}"


def visible_transfers(
    visible: Collection[int] | None, asked: dict[str, str] | None = None
) -> QuerySet[Transfer]:
    """Transfers from or to a site in scope, newest first, with sites and lines. 3 queries."""
    asked = asked or {}
    lines = TransferLine.objects.select_related("product").prefetch_related("parcels").order_by("number")
    found = (
        Transfer.objects.select_related("source", "destination", "template")
        .prefetch_related(Prefetch("lines", lines))
        .order_by("-pk")
    )
    if visible is not None:
        found = found.filter(Q(source_id__in=list(visible)) | Q(destination_id__in=list(visible)))
    for name in ("source", "destination"):
        if asked.get(name):
            found = found.filter(**{f"{name}__code": asked[name]})
    if asked.get("site"):
        found = found.filter(Q(source__code=asked["site"]) | Q(destination__code=asked["site"]))
    if asked.get("state") == "open":
        return found.filter(state__in=OPEN_STATES)
    return found.filter(state=asked["state"]) if asked.get("state") else found


def line_rows(transfer: Transfer) -> list[dict[str, Any]]:
    """Lines with the sums of their parcels and what is on its way; needs `lines` with products and parcels."""
    rows = []
    for line in transfer.lines.all():
        parcels = [
            {
                "lot": parcel.lot,
                **{name: getattr(parcel, name) for name in SETTLED},
                "shipped": parcel.shipped,
                "over": parcel.over,
                "outstanding": parcel.shipped - sum((getattr(parcel, name) for name in SETTLED), Decimal(0)),
            }
            for parcel in sorted(line.parcels.all(), key=lambda one: one.lot)
        ]
        sums = {
            name: sum((parcel[name] for parcel in parcels), Decimal(0))
            for name in (*SETTLED, "over", "outstanding")
        }
        rows.append(
            {
                "sku": line.product.sku,
                "name": line.product.name,
                "unit": line.product.unit,
                "lot": line.lot,
                "requested": line.requested,
                "shipped": line.shipped,
                "left": line.requested - line.shipped,
                "parcels": parcels,
                **sums,
            }
        )
    return rows


SETTLED = ("received", "damaged", "short", "refused")


def leaving_rows(transfer: Transfer, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What may leave now: a row for each line that is left, one more for each lot of it at the sender. 1 query.

    free: what lies there and is not promised, of that lot, or of all.
    """
    left = [row for row in rows if row["left"] > 0]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.sku, b.lot, sum(b.on_hand - b.reserved) FROM inventory_balance b"
            " JOIN catalog_product p ON p.id = b.product_id"
            " WHERE b.site_id = %s AND p.sku = ANY(%s) AND b.state = 'available' AND b.owner_id = 0"
            " GROUP BY 1, 2 HAVING sum(b.on_hand) > 0 ORDER BY 1, 2",
            [transfer.source_id, [row["sku"] for row in left]],
        )
        lots: dict[str, dict[str, Decimal]] = {}
        for sku, lot, free in cursor.fetchall():
            lots.setdefault(sku, {})[lot] = free
    made = []
    for row in left:
        there = lots.get(row["sku"], {})
        free = there.get(row["lot"], Decimal(0)) if row["lot"] else sum(there.values(), Decimal(0))
        made.append({**row, "free": free, "ships": row["left"], "is_lot": False})
        if not row["lot"]:
            made += [
                {**row, "lot": lot, "free": free, "ships": None, "is_lot": True}
                for lot, free in there.items()
                if lot
            ]
    return made


def transfer_body(transfer: Transfer) -> dict[str, Any]:
    """A transfer as REST shows it; of `visible_transfers`."""
    figures = ("requested", "shipped", *SETTLED, "over", "outstanding")
    return {
        "id": transfer.pk,
        "reference": str(transfer),
        "state": transfer.state,
        "source": transfer.source.code,
        "destination": transfer.destination.code,
        "reason": transfer.reason,
        "expected_on": transfer.expected_on.isoformat(),
        "prepared_by": transfer.prepared_by_name,
        "policy": transfer.policy,
        "note": transfer.note,
        "template": transfer.template_id,
        "review": transfer.review,
        "created_at": transfer.created_at.isoformat(),
        "shipped_at": transfer.shipped_at.isoformat() if transfer.shipped_at else None,
        "received_at": transfer.received_at.isoformat() if transfer.received_at else None,
        "lines": [
            {"sku": row["sku"], "lot": row["lot"], **{name: plain(row[name]) for name in figures}}
            for row in line_rows(transfer)
        ],
    }


def hash_of(transfer: Transfer) -> str:
    """What an approval is bound to: sites, day and lines."""
    lines = TransferLine.objects.filter(transfer=transfer).order_by("number")
    body = {
        "source": transfer.source_id,
        "destination": transfer.destination_id,
        "expected_on": transfer.expected_on.isoformat(),
        "reason": transfer.reason,
        "lines": [[line.product_id, line.lot, plain(line.requested)] for line in lines],
    }
    return hashlib.sha256(to_json(body).encode()).hexdigest()


def weight_of(transfer: Transfer) -> tuple[Decimal, Decimal]:
    """Units asked for and their value at the sender's average, in the sender's currency. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT sum(l.requested), round(coalesce(sum(l.requested * CASE WHEN b.pair_on_hand > 0
                       THEN b.pair_value / b.pair_on_hand ELSE coalesce(b.last_cost, 0) END), 0), 2)
            FROM inventory_transferline l
            LEFT JOIN inventory_balance b ON b.site_id = %s AND b.product_id = l.product_id AND b.lot = ''
                AND b.state = 'available' AND b.owner_id = 0
            WHERE l.transfer_id = %s""",
            [transfer.source_id, transfer.pk],
        )
        units, value = cursor.fetchone()
    return units or Decimal(0), value


def movements_of(transfer: Transfer) -> list[dict[str, Any]]:
    """What its steps posted, oldest first, with the movement's state. 2 queries."""
    steps = list(TransferMovement.objects.filter(transfer=transfer).order_by("pk"))
    movements = Movement.objects.in_bulk([step.movement_id for step in steps])
    return [{"step": step, "movement": movements.get(step.movement_id)} for step in steps]


def overdue_transfers(at: datetime) -> list[Transfer]:
    """Approved or on their way although their day has passed at the destination. 1 query."""
    found = (
        Transfer.objects.select_related("source", "destination")
        .filter(state__in=["approved", "in_transit"], expected_on__lte=at.date())
        .order_by("expected_on", "pk")
    )
    return [transfer for transfer in found if transfer.due_at <= at]


def unreviewed_transfers() -> list[Transfer]:
    """Released in an emergency and not reviewed yet. 1 query."""
    found = Transfer.objects.select_related("source", "destination", "template")
    return list(found.filter(released_by_id__isnull=False, reviewed_at__isnull=True).order_by("pk"))


def open_before(site_id: int, ends_at: datetime) -> list[Transfer]:
    """Submitted before `ends_at`, from or to the site, and not finished. 1 query."""
    found = Transfer.objects.filter(Q(source=site_id) | Q(destination=site_id), submitted_at__lt=ends_at)
    return list(found.filter(state__in=["pending", "approved", "in_transit", "received"]).order_by("pk"))


def counts_by_state(visible: Collection[int] | None) -> dict[str, int]:
    """How many transfers in scope are in each state. 1 query."""
    found = Transfer.objects.order_by()
    if visible is not None:
        found = found.filter(Q(source_id__in=list(visible)) | Q(destination_id__in=list(visible)))
    return dict(found.values_list("state").annotate(count=Count("pk")))


def visible_templates(visible: Collection[int] | None) -> QuerySet[TransferTemplate]:
    """Templates in use from or to a site in scope, by name, with the units they move. 2 queries."""
    found = (
        TransferTemplate.objects.filter(retired_at__isnull=True)
        .select_related("source", "destination")
        .prefetch_related("lines__product")
        .annotate(units=Sum("lines__quantity"), line_count=Count("lines"))
        .order_by("-pk")
    )
    if visible is not None:
        found = found.filter(Q(source_id__in=list(visible)) | Q(destination_id__in=list(visible)))
    return found


def template_body(template: TransferTemplate) -> dict[str, Any]:
    """A template as REST shows it."""
    return {
        "id": template.pk,
        "name": template.name,
        "reason": template.reason,
        "source": template.source.code,
        "destination": template.destination.code,
        "transit_days": template.transit_days,
        "prepared_by": template.prepared_by_name,
        "lines": [
            {"sku": line.product.sku, "quantity": plain(line.quantity)}
            for line in sorted(template.lines.all(), key=lambda one: one.pk)
        ],
    }


def transfers_by_reference(references: Collection[str]) -> dict[str, tuple[int, str]]:
    """Reference → (id, code of the destination) of the transfers there are. 1 query."""
    numbers = {int(end) for one in references if (end := one.rpartition("-")[2]).isdigit() and len(end) < 19}
    found = Transfer.objects.filter(pk__in=numbers).select_related("destination")
    named = {str(transfer): (transfer.pk, transfer.destination.code) for transfer in found}
    return {reference: named[reference] for reference in references if reference in named}


def all_sites() -> QuerySet[Site]:
    """Every site, whoever may see it: goods are asked for across scopes. 1 query."""
    return Site.objects.order_by("name", "code")
