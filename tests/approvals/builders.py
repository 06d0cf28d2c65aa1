"""Plain builders for approvals."""

from typing import Any

from accounts.models import User
from accounts.permissions import permissions_of
from approvals.actions import open_request
from approvals.models import ApprovalRequest
from lib.actors import Actor

ROUTINE_PRICE_FACTS: dict[str, Any] = {
    "lines": 2,
    "max_change_fraction": "0.03",
    "min_margin_fraction": "0.41",
    "has_findings_above_note": False,
    "unknown_cost": False,
    "restores_days": None,
    "first_price": False,
    "reason_code": "regular",
}


def a_user(username: str = "amy", role: str = "price_clerk") -> User:
    return User.objects.create_user(username=username, role=role)


def actor_of(user: User) -> Actor:
    return user.as_actor(channel="api")


def a_person(number: int, role: str) -> Actor:
    """A person without a row: approvals keeps plain ids."""
    return Actor(
        kind="user", id=number, name=f"person {number}", permissions=permissions_of(role), channel="page"
    )


def a_request(
    actor: Actor, *, subject: str = "price_change:1", kind: str = "price_change", **facts: Any
) -> ApprovalRequest:
    """A pending request by default: one line moves by 9 %."""
    given = {**ROUTINE_PRICE_FACTS, "max_change_fraction": "0.09", **facts}
    return open_request(
        actor=actor,
        kind=kind,
        subject=subject,
        title="PC-2026-0001 Kitchen",
        summary="2 lines",
        url="/prices/changes/1/",
        facts=given,
        content_hash="a" * 64,
    )
