"""Guardrails as they are written."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from catalog.models import ControlProfile
from pricing.models import Guardrail


def guardrails(rule: str = "") -> QuerySet[Guardrail]:
    """Every version by id, with list, category, profile and writer."""
    found = Guardrail.objects.select_related("price_list", "category", "profile", "created_by").order_by("id")
    return found.filter(rule=rule) if rule else found


def scope_of(one: Guardrail) -> tuple[str, int, int, str, int]:
    """What makes versions those of one rule."""
    return one.rule, one.price_list_id or 0, one.category_id or 0, one.status, one.profile_id or 0


def guardrails_in_force() -> list[Guardrail]:
    """The newest version in force of each scope, switched off or not; 1 query."""
    newest = {scope_of(one): one for one in guardrails() if one.state == Guardrail.State.IN_FORCE}
    return [newest[key] for key in sorted(newest)]


def control_profiles() -> list[tuple[str, str]]:
    """Code and name of every control profile; 1 query."""
    return list(ControlProfile.objects.order_by("code").values_list("code", "name"))


def guardrails_pending() -> list[Guardrail]:
    """Versions that wait for approval, oldest first; 1 query."""
    return list(guardrails().filter(state=Guardrail.State.PENDING))


def guardrail_row(one: Guardrail) -> dict[str, Any]:
    """A rule with the fields it is written with."""
    return {
        "id": one.pk,
        "rule": one.rule,
        "state": one.state,
        "price_list": one.price_list.code if one.price_list else "",
        "category": one.category.path if one.category else "",
        "status": one.status,
        "profile": one.profile.code if one.profile else "",
        "options": one.options,
        "version": one.version,
        "review_at": _text(one.review_at),
        "block_at": _text(one.block_at),
        "soft_reasons": sorted(one.soft_reasons),
        "is_active": one.is_active,
        "note": one.note,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
