"""Disputes and comparisons: lists, counts by age and money, one with its steps."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Count, Model, QuerySet, Sum
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import ROLES
from finance.models import Comparison, Dispute, DisputeStep, Matching, Tolerance
from inventory.queries.documents import plain

M = TypeVar("M", bound=Model)
#: Upper ends of the ages of open disputes, in days; the last is open.
AGES = (3, 7, 30)
KIND = "dispute"


def in_scope(rows: QuerySet[M], visible: Collection[int] | None) -> QuerySet[M]:
    """Rows of these sites; None: all, also those of no site."""
    return rows if visible is None else rows.filter(site_id__in=list(visible))


def disputes_of() -> QuerySet[Dispute]:
    """Disputes with their site."""
    return Dispute.objects.select_related("site")


def overdue_disputes(at: datetime) -> QuerySet[Dispute]:
    """Disputes not ended over their deadline, the oldest first."""
    return Dispute.objects.filter(state__in=Dispute.OPEN_STATES, due_at__lt=at).order_by("pk")


def overdue_title(one: Dispute) -> Any:
    """What alerts and patrol say of a dispute over its deadline, in the reader's language later. No query."""
    return format_lazy(
        _("Dispute {reference} with {partner} is overdue: {amount} {currency} at stake"),
        reference=str(one),
        partner=one.partner,
        amount=f"{one.amount:.2f}",
        currency=one.currency,
    )


def filtered_disputes(rows: QuerySet[Dispute], asked: Mapping[str, str]) -> QuerySet[Dispute]:
    """By state ("live" for those not ended), matching, class, partner, owner ("nobody", "mine" with owner_id)."""
    state = asked.get("state", "")
    if state == "live":
        rows = rows.filter(state__in=Dispute.OPEN_STATES)
    elif state:
        rows = rows.filter(state=state)
    for name, field in (("matching", "matching"), ("class", "difference_class"), ("partner", "partner")):
        if asked.get(name):
            rows = rows.filter(**{field: asked[name]})
    if asked.get("owner") == "nobody":
        rows = rows.filter(owner_id__isnull=True)
    elif asked.get("owner", "").isdecimal():
        rows = rows.filter(owner_id=int(asked["owner"][:18]))
    return rows


def filtered_comparisons(rows: QuerySet[Comparison], asked: Mapping[str, str]) -> QuerySet[Comparison]:
    """By matching, state, class, partner, document, key."""
    fields = {
        "matching": "matching", "state": "state", "class": "difference_class", "partner": "partner",
        "document": "document", "key": "key",
    }  # fmt: skip
    wanted = {field: asked[name] for name, field in fields.items() if asked.get(name)}
    return rows.filter(**wanted) if wanted else rows


def workers() -> list[tuple[str, str]]:
    """(user name, name) of who may work disputes. 1 query."""
    roles = [role for role, codes in ROLES.items() if "disputes.work" in codes]
    found = User.objects.filter(is_active=True, role__in=roles).order_by("display_name", "username")
    return [(one.username, one.display_name or one.username) for one in found]


def lines_of(dispute: Dispute) -> QuerySet[Comparison]:
    """Its comparisons, the dearest first."""
    return Comparison.objects.filter(dispute=dispute).select_related("site").order_by("-stake", "id")


def steps_of(dispute: Dispute) -> list[DisputeStep]:
    """What was done, oldest first. 1 query."""
    return list(DisputeStep.objects.filter(dispute=dispute).order_by("id"))


def ages(rows: QuerySet[Dispute], now: datetime) -> list[dict[str, Any]]:
    """Live disputes by age and currency: count and money at stake. 1 query."""
    found: dict[tuple[int, str], list[Any]] = {}
    live = rows.filter(state__in=Dispute.OPEN_STATES)
    for opened_at, currency, amount in live.values_list("opened_at", "currency", "amount"):
        place = next(
            (at for at, days in enumerate(AGES) if now - opened_at <= timedelta(days=days)), len(AGES)
        )
        cell = found.setdefault((place, currency), [0, Decimal(0)])
        cell[0] += 1
        cell[1] += amount
    return [
        {"age": place, "currency": currency, "count": cell[0], "amount": cell[1]}
        for (place, currency), cell in sorted(found.items())
    ]


def states_by_matching(rows: QuerySet[Comparison], since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Matching → counts by state of what arrived in the window, with the share matched by machine. 1 query."""
    counts: dict[str, dict[str, int]] = {str(one): {} for one in Matching.values}
    found = rows.filter(arrived_at__gte=since, arrived_at__lt=until).values("matching", "state")
    for row in found.annotate(n=Count("id")).order_by():
        counts[row["matching"]][row["state"]] = row["n"]
    answer = []
    for matching, states in counts.items():
        judged = sum(number for state, number in states.items() if state != "waiting")
        answer.append(
            {
                "matching": matching,
                "label": Matching(matching).label,
                "keys": sum(states.values()),
                "matched": states.get("matched", 0),
                "waiting": states.get("waiting", 0),
                "differs": states.get("differs", 0),
                "settled": states.get("settled", 0),
                "fraction": states.get("matched", 0) / judged if judged else None,
            }
        )
    return answer


def classes_of(rows: QuerySet[Dispute]) -> list[dict[str, Any]]:
    """Live disputes by class and currency: count and money. 1 query."""
    live = rows.filter(state__in=Dispute.OPEN_STATES).order_by().values("difference_class", "currency")
    summed = live.annotate(count=Count("id"), amount=Sum("amount")).order_by("-amount")
    return [dict(row) for row in summed]


def tolerances() -> list[Tolerance]:
    """What is let pass, by matching. 1 query."""
    return list(Tolerance.objects.order_by("matching"))


def tolerance_body(one: Tolerance) -> dict[str, Any]:
    """As REST shows it."""
    return {
        "matching": one.matching,
        "amount": plain(one.amount),
        "fraction": plain(one.fraction),
        "quantity_fraction": plain(one.quantity_fraction),
        "days": one.days,
        "due_days": one.due_days,
    }


def dispute_body(one: Dispute) -> dict[str, Any]:
    """As REST shows it; needs site."""
    return {
        "id": one.pk,
        "reference": str(one),
        "matching": one.matching,
        "class": one.difference_class,
        "partner": one.partner,
        "document": one.document,
        "site": one.site.code if one.site else None,
        "currency": one.currency,
        "amount": plain(one.amount),
        "recovered": None if one.recovered is None else plain(one.recovered),
        "lines": one.line_count,
        "owner": one.owner_name,
        "due_at": one.due_at.isoformat(),
        "state": one.state,
        "claim_reference": one.claim_reference,
        "note": one.note,
        "opened_at": one.opened_at.isoformat(),
        "closed_at": one.closed_at.isoformat() if one.closed_at else None,
    }


def comparison_body(one: Comparison) -> dict[str, Any]:
    """As REST shows it; needs site."""
    return {
        "id": one.pk,
        "matching": one.matching,
        "partner": one.partner,
        "document": one.document,
        "key": one.key,
        "site": one.site.code if one.site else None,
        "currency": one.currency,
        "ours": None if one.ours is None else plain(one.ours),
        "theirs": None if one.theirs is None else plain(one.theirs),
        "stake": plain(one.stake),
        "class": one.difference_class,
        "state": one.state,
        "detail": one.detail,
        "arrived_at": one.arrived_at.isoformat(),
        "matched_at": one.matched_at.isoformat() if one.matched_at else None,
        "dispute": one.dispute_id,
    }
