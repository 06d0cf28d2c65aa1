"""Reading who decides for whom, and what one author had approved at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.permissions import permissions_of
from approvals.models import ApprovalRequest, AuthorLimit, Delegation
from approvals.rules import Standing, number_of
from lib.actors import Actor

APPROVED_AT_ONCE = Q(state=ApprovalRequest.State.APPROVED, permission="", policy_version__gt=0)


def live_delegations(at: datetime) -> QuerySet[Delegation]:
    """Those that hold at `at`. One query when read."""
    return Delegation.objects.filter(revoked_at=None, starts_at__lte=at, ends_at__gt=at).order_by("id")


def delegations_of(user_id: int, at: datetime) -> QuerySet[Delegation]:
    """What this person gave or was given and what is not over at `at`, soonest end first."""
    mine = Q(principal_id=user_id) | Q(delegate_id=user_id)
    return Delegation.objects.filter(mine, revoked_at=None, ends_at__gt=at).order_by("ends_at", "id")


def live_or_coming(at: datetime) -> QuerySet[Delegation]:
    """Everybody's that is not over at `at`, soonest end first."""
    return Delegation.objects.filter(revoked_at=None, ends_at__gt=at).order_by("ends_at", "id")


def standings_of(actor: Actor, at: datetime) -> list[tuple[Standing, frozenset[str]]]:
    """In whose right the actor may speak at `at`, their own first, each with the kinds it holds for (none: all).

    At most 2 queries. A principal who is not active, or may decide nothing, gives no right.
    """
    own = Standing(actor.id or 0, actor.permissions)
    given = list(live_delegations(at).filter(delegate_id=actor.id or 0))
    if not given:
        return [(own, frozenset())]
    roles = dict(
        User.objects.filter(pk__in=[one.principal_id for one in given], is_active=True).values_list(
            "pk", "role"
        )
    )
    found = [(own, frozenset[str]())]
    for one in given:
        rights = permissions_of(roles.get(one.principal_id, ""))
        if "approvals.decide" in rights:
            found.append((Standing(one.principal_id, rights, one.principal_id), frozenset(one.kinds)))
    return found


def author_facts(
    kind: str, author_id: int, facts: dict[str, Any], wanted: Iterable[str], since: datetime
) -> dict[str, Any]:
    """The facts about the author that `wanted` names, over the day from `since`. At most 2 queries.

    Values are of one currency when the facts name it (`currency`), else of whatever the kind counts in.

    author_daily_count and author_daily_value count what policy approved at once for this author that day, this request
    included; within_author_limit is False when a limit of theirs is passed or cannot be checked.
    """
    made: dict[str, Any] = {}
    asked = set(wanted)
    if asked & {"author_daily_count", "author_daily_value"}:
        found = ApprovalRequest.objects.filter(
            APPROVED_AT_ONCE, kind=kind, prepared_by_id=author_id, requested_at__gte=since,
            requested_at__lt=since + timedelta(days=1),
        )  # fmt: skip
        if currency := facts.get("currency"):
            found = found.filter(facts__currency=currency)
        rows = found.values_list("facts__value", flat=True)
        values = [abs(number_of(value) or Decimal(0)) for value in rows]
        own = number_of(facts.get("value"))
        made["author_daily_count"] = len(values) + 1
        if own is not None:
            made["author_daily_value"] = str(sum(values, Decimal(0)) + abs(own))
    if "within_author_limit" in asked:
        limits = AuthorLimit.objects.filter(user_id=author_id, kind=kind, ended_at=None)
        made["within_author_limit"] = all(_is_within(facts.get(one.fact), one.limit) for one in limits)
    return made


def _is_within(given: Any, limit: Decimal) -> bool:
    number = number_of(given)
    return number is not None and abs(number) <= limit


def author_limits() -> QuerySet[AuthorLimit]:
    """Limits in force, by person. One query."""
    return AuthorLimit.objects.filter(ended_at=None).order_by("user_name", "kind", "fact")
