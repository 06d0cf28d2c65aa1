"""Reading price changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, QuerySet, Value, When
from django.http import Http404

from catalog.queries.products import plain
from lib.actors import Actor
from lib.money import minor_unit
from pricing.messages import finding_message
from pricing.models import Finding, PriceChange, PriceChangeLine


@dataclass(frozen=True)
class ChangeSummary:
    """Figures of one change. mean_change_fraction is over lines that had a price before."""

    lines: int
    products: int
    lists: int
    mean_change_fraction: Decimal | None
    blocks: int
    reviews: int
    notes: int


def price_changes(state: str = "") -> QuerySet[PriceChange]:
    """Changes, newest first, with people and roll-backs; 1 query."""
    found = PriceChange.objects.select_related(
        "prepared_by", "decided_by", "rolls_back", "rolled_back_by", "template"
    ).order_by("-id")
    return found.filter(state=state) if state else found


def price_change(change_id: int) -> PriceChange:
    """One change. Raises Http404. 1 query."""
    found = price_changes().filter(pk=change_id).first()
    if found is None:
        raise Http404(change_id)
    return found


def lines_of(change_id: int) -> QuerySet[PriceChangeLine]:
    """Its lines in order, with product and list; 1 query."""
    return (
        PriceChangeLine.objects.filter(change_id=change_id)
        .select_related("product", "price_list")
        .order_by("position", "id")
    )


def findings_of(change_id: int) -> QuerySet[Finding]:
    """Its findings, blocks first, with line, product and list; 1 query."""
    order = Case(
        When(severity="block", then=Value(0)), When(severity="review", then=Value(1)), default=Value(2)
    )
    return (
        Finding.objects.filter(change_id=change_id)
        .select_related("line", "line__product", "line__price_list")
        .order_by(order, "line__position", "id")
    )


def newest_draft_of(actor: Actor) -> PriceChange | None:
    """The draft this person touched last; 1 query."""
    return (
        PriceChange.objects.filter(state=PriceChange.State.DRAFT, prepared_by_id=actor.id)
        .order_by("-edited_at", "-id")
        .first()
    )


def summary_of(change_id: int) -> ChangeSummary:
    """2 queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT product_id), count(DISTINCT price_list_id), avg(change_fraction)"
            " FROM pricing_pricechangeline WHERE change_id = %s",
            [change_id],
        )
        lines, products, lists, mean = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FILTER (WHERE severity = 'block'), count(*) FILTER (WHERE severity = 'review'),"
            " count(*) FILTER (WHERE severity = 'note') FROM pricing_finding WHERE change_id = %s",
            [change_id],
        )
        return ChangeSummary(lines, products, lists, mean, *cursor.fetchone())


def money_text(amount: Decimal | None, currency: str) -> str | None:
    """An amount with exactly its currency's digits, as text."""
    return None if amount is None else format(amount, f".{minor_unit(currency)}f")


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as the contract gives them; read them with line and product."""
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "sku": one.line.product.sku if one.line else None,
            "price_list": one.line.price_list.code if one.line else None,
            "message": finding_message(one.code, one.params),
        }
        for one in findings
    ]


def line_items(lines: Iterable[PriceChangeLine]) -> list[dict[str, Any]]:
    """Lines as the contract gives them; read them with product and list."""
    return [
        {
            "price_list": line.price_list.code,
            "sku": line.product.sku,
            "min_quantity": plain(line.min_quantity),
            "amount": money_text(line.amount, line.currency),
            "currency": line.currency,
            "old_amount": money_text(line.old_amount, line.currency),
            "change_fraction": None if line.change_fraction is None else plain(line.change_fraction),
            "margin_fraction": None if line.margin_fraction is None else plain(line.margin_fraction),
            "valid_from": _time(line.valid_from),
            "valid_until": _time(line.valid_until),
            "origin": line.origin,
        }
        for line in lines
    ]


def change_head(change: PriceChange) -> dict[str, Any]:
    """A change without lines and findings, as lists give it."""
    by_policy = change.decided_by_kind == "policy"
    rolled_back_by = getattr(change, "rolled_back_by", None)
    return {
        "id": change.pk,
        "reference": change.reference,
        "state": change.state,
        "title": change.title,
        "reason": change.reason,
        "reason_code": change.reason_code,
        "effective_from": _time(change.effective_from),
        "effective_until": _time(change.effective_until),
        "local_from": change.local_from or None,
        "local_until": change.local_until or None,
        "is_advertised": change.is_advertised,
        "line_count": change.line_count,
        "prepared_by": change.prepared_by.username if change.prepared_by else change.prepared_by_name,
        "decided_by": "policy"
        if by_policy
        else (change.decided_by.username if change.decided_by else change.decided_by_name or None),
        "policy_version": change.policy_version or None,
        "created_at": _time(change.created_at),
        "submitted_at": _time(change.submitted_at),
        "decided_at": _time(change.decided_at),
        "placed_at": _time(change.placed_at),
        "applied_at": _time(change.applied_at),
        "lapsed_reason": change.lapsed_reason or None,
        "rolls_back": change.rolls_back_id,
        "rolled_back_by": rolled_back_by.pk if rolled_back_by else None,
        "template": change.template_id,
        "per_customer": change.template.per_customer if change.template else None,
        "total_units": change.template.total_units if change.template else None,
    }


def change_item(change: PriceChange) -> dict[str, Any]:
    """A change as the contract gives it; 2 queries."""
    return {
        **change_head(change),
        "lines": line_items(lines_of(change.pk)),
        "findings": finding_rows(findings_of(change.pk)),
    }


#: Lists leave out the lines of changes with more.
MOST_LINES = 1000


def change_items(changes: list[PriceChange]) -> list[dict[str, Any]]:
    """A page of changes with lines and findings (without those of changes over 1,000 lines); 2 queries."""
    short = [change.pk for change in changes if change.line_count <= MOST_LINES]
    lines: dict[int, list[PriceChangeLine]] = {pk: [] for pk in short}
    for line in (
        PriceChangeLine.objects.filter(change_id__in=short)
        .select_related("product", "price_list")
        .order_by("change_id", "position", "id")
    ):
        lines[line.change_id].append(line)
    findings: dict[int, list[Finding]] = {pk: [] for pk in short}
    for finding in Finding.objects.filter(change_id__in=short).select_related(
        "line", "line__product", "line__price_list"
    ):
        findings[finding.change_id].append(finding)
    return [
        {
            **change_head(change),
            "lines": line_items(lines[change.pk]) if change.pk in lines else None,
            "findings": finding_rows(findings.get(change.pk, [])),
        }
        for change in changes
    ]


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
