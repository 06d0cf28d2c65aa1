"""Write-offs as pages and REST show them, and what of them stands in the way of a close."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Prefetch, QuerySet
from django.db.models.functions import Coalesce

from audit.actions import to_json
from inventory.models import Movement, WriteOff, WriteOffLine, WriteOffReason
from inventory.queries.documents import plain
from inventory.queries.stock_lines import book_costs
from lib.money import round_money
from web.models import Attachment
from web.stored_files import attachments_of

KIND = "write_off"
OPEN_STATES = ("draft", "pending")
ZERO = Decimal(0)


def subject_of(write_off: WriteOff) -> str:
    """How approvals and the trail name it."""
    return f"{KIND}:{write_off.pk}"


def reasons(*, also_retired: bool = False) -> QuerySet[WriteOffReason]:
    """The reasons in the order people see them. 1 query."""
    found = WriteOffReason.objects.order_by("position", "code")
    return found if also_retired else found.filter(is_active=True)


def reason_body(reason: WriteOffReason) -> dict[str, Any]:
    """A reason as REST shows it."""
    names = (
        "code",
        "name",
        "name_zh",
        "posts_as",
        "account_hint",
        "needs_photo",
        "needs_comment",
        "is_active",
    )
    return {name: getattr(reason, name) for name in names}


def visible_write_offs(
    visible: Collection[int] | None, asked: dict[str, str] | None = None
) -> QuerySet[WriteOff]:
    """Write-offs of sites in scope, newest first, with site, reason and lines. 2 queries."""
    asked = asked or {}
    lines = WriteOffLine.objects.select_related("product").order_by("number")
    found = (
        WriteOff.objects.select_related("site", "reason")
        .prefetch_related(Prefetch("lines", lines))
        .order_by("-pk")
    )
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    for name, field in (("site", "site__code"), ("reason", "reason__code")):
        if asked.get(name):
            found = found.filter(**{field: asked[name]})
    if asked.get("state") == "open":
        return found.filter(state__in=OPEN_STATES)
    return found.filter(state=asked["state"]) if asked.get("state") else found


def counts_by_state(visible: Collection[int] | None) -> dict[str, int]:
    """How many write-offs in scope are in each state. 1 query."""
    found = WriteOff.objects.order_by()
    if visible is not None:
        found = found.filter(site_id__in=list(visible))
    return dict(found.values_list("state").annotate(count=Count("pk")))


def evidence_of(write_off: WriteOff) -> list[Attachment]:
    """Its photos and papers, oldest first. 1 query."""
    return attachments_of(KIND, [write_off.pk])


def line_rows(write_off: WriteOff) -> list[dict[str, Any]]:
    """Lines with their value: what left the books once posted, till then at the book's cost now. 1 query."""
    lines = list(write_off.lines.all())
    costs = book_costs(write_off.site_id, [line.product_id for line in lines])
    return [
        {
            "sku": line.product.sku,
            "name": line.product.name,
            "unit": line.product.unit,
            "lot": line.lot,
            "state": line.state,
            "quantity": line.quantity,
            "value": round_money(
                line.value if line.value is not None else line.quantity * costs.get(line.product_id, ZERO),
                write_off.site.currency,
            ),
        }
        for line in lines
    ]


def weight_of(write_off: WriteOff) -> tuple[Decimal, Decimal]:
    """Units and their value at the book's cost now, in the site's currency. 2 queries."""
    rows = line_rows(write_off)
    return sum((row["quantity"] for row in rows), ZERO), sum((row["value"] for row in rows), ZERO)


_WEIGHTS = """
SELECT l.write_off_id, count(*), sum(l.quantity), round(sum(coalesce(l.value, l.quantity * CASE WHEN b.pair_on_hand > 0
           THEN b.pair_value / b.pair_on_hand ELSE coalesce(b.last_cost, 0) END)), 6)
FROM inventory_writeoffline l JOIN inventory_writeoff w ON w.id = l.write_off_id
LEFT JOIN inventory_balance b ON b.site_id = w.site_id AND b.product_id = l.product_id AND b.lot = ''
    AND b.state = 'available' AND b.owner_id = 0
WHERE l.write_off_id = ANY(%s) GROUP BY 1
"""


def weights(write_off_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Write-off → its lines, units and value, posted or at the book's cost now. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_WEIGHTS, [sorted(write_off_ids)])
        return {
            number: {"lines": lines, "units": units, "value": value}
            for number, lines, units, value in cursor.fetchall()
        }


def write_off_body(write_off: WriteOff, *, with_costs: bool) -> dict[str, Any]:
    """A write-off as REST shows it, of `visible_write_offs`; values only to who may see costs. 2 queries."""
    return {
        "id": write_off.pk,
        "reference": str(write_off),
        "state": write_off.state,
        "site": write_off.site.code,
        "reason": write_off.reason.code,
        "account_hint": write_off.reason.account_hint,
        "comment": write_off.comment,
        "found_at": write_off.found_at.isoformat() if write_off.found_at else None,
        "prepared_by": write_off.prepared_by_name,
        "policy": write_off.policy,
        "note": write_off.note,
        "movement": write_off.movement_id,
        "currency": write_off.site.currency,
        "created_at": write_off.created_at.isoformat(),
        "lines": [
            {
                "sku": row["sku"],
                "lot": row["lot"],
                "state": row["state"],
                "quantity": plain(row["quantity"]),
                "value": plain(row["value"]) if with_costs else None,
            }
            for row in line_rows(write_off)
        ],
        "evidence": [evidence_body(one) for one in evidence_of(write_off)],
    }


def evidence_body(one: Attachment) -> dict[str, Any]:
    """An attachment as REST shows it."""
    return {
        "id": one.pk,
        "name": one.name,
        "media_type": one.file.media_type,
        "size": one.file.size,
        "sha256": one.file.sha256,
        "url": f"/files/{one.pk}/",
        "file": f"/api/v1/stock/evidence/{one.pk}/",
    }


def hash_of(write_off: WriteOff) -> str:
    """What an approval is bound to: site, reason, time, comment, lines and evidence. 2 queries."""
    lines = WriteOffLine.objects.filter(write_off=write_off).order_by("number")
    body = {
        "site": write_off.site_id,
        "reason": write_off.reason_id,
        "found_at": write_off.found_at.isoformat() if write_off.found_at else None,
        "comment": write_off.comment,
        "lines": [[line.product_id, line.lot, line.state, plain(line.quantity)] for line in lines],
        "evidence": [one.file.sha256 for one in evidence_of(write_off)],
    }
    return hashlib.sha256(to_json(body).encode()).hexdigest()


def open_write_offs_before(site_id: int, ends_at: datetime) -> list[WriteOff]:
    """Of the site, found (else begun) before `ends_at`, neither posted nor given up. 1 query."""
    since = Coalesce("found_at", "created_at")
    found = WriteOff.objects.filter(site_id=site_id, state__in=OPEN_STATES).annotate(since=since)
    return list(found.filter(since__lt=ends_at).order_by("pk"))


def taken_back() -> list[WriteOff]:
    """Posted write-offs whose movement was reversed on the movement's own page. 1 query."""
    reversals = Movement.objects.filter(reverses_id__isnull=False).values("reverses_id")
    found = WriteOff.objects.filter(state=WriteOff.State.POSTED, movement_id__in=reversals)
    return list(found.select_related("site", "reason").order_by("pk"))
