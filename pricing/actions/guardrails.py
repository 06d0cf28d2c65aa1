"""Guardrails: a new version of a rule for its scope."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from audit.actions import record
from catalog.models import Category
from catalog.rules.fields import Wrong
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.models import Guardrail, PriceChange, PriceList
from pricing.queries.guardrail_rules import guardrail_row
from pricing.rules.amounts import read_decimal

MOST = Decimal(100)
NO_RULE: dict[str, Any] = {"version": 0}


def checked_guardrail(row: Mapping[str, Any]) -> Guardrail:
    """The rule a row describes, not stored. 2 queries.

    row: rule, price_list (code, "" = all), category (path, "" = all), review_at and block_at (fractions, None = none),
    soft_reasons, is_active (true), note.
    Raises Faults 422 with every fault: unknown_rule, unknown_price_list, unknown_category, unknown_reason,
    house_wide, not_a_number, out_of_bounds (below 0 or above 100), limits_crossed, limit_required.
    """
    faults: list[Fault] = []
    rule = str(row.get("rule") or "")
    if rule not in Guardrail.Rule.values:
        faults.append(Fault("/rule", "unknown_rule", f"One of {', '.join(Guardrail.Rule.values)}."))
    code, path = str(row.get("price_list") or "").strip(), str(row.get("category") or "").strip()
    price_list = PriceList.objects.filter(code=code).first() if code else None
    category = Category.objects.filter(path=path).first() if path else None
    if code and price_list is None:
        faults.append(Fault("/price_list", "unknown_price_list", f"There is no price list “{code}”."))
    if path and category is None:
        faults.append(Fault("/category", "unknown_category", f"There is no category “{path}”."))
    if rule == Guardrail.Rule.APPROVAL_BAND and (code or path):
        faults.append(Fault("/rule", "house_wide", "The band of an approval is one for the whole house."))
    reasons = row.get("soft_reasons") or []
    if not isinstance(reasons, list) or not set(map(str, reasons)) <= set(PriceChange.ReasonCode.values):
        faults.append(Fault("/soft_reasons", "unknown_reason", "Kinds of reason, as a list."))
    review_at, block_at = (_fraction(row, name, faults) for name in ("review_at", "block_at"))
    is_active = row.get("is_active", True)
    if not isinstance(is_active, bool):
        faults.append(Fault("/is_active", "not_a_boolean", "Say true or false."))
    if not faults:
        faults += _limit_faults(rule, review_at, block_at, bool(is_active))
    if faults:
        raise Faults(faults)
    return Guardrail(
        rule=rule,
        price_list=price_list,
        category=category,
        review_at=review_at,
        block_at=block_at,
        soft_reasons=sorted(set(map(str, reasons))),
        is_active=is_active,
        note=str(row.get("note") or "")[:2000],
    )


def _fraction(row: Mapping[str, Any], name: str, faults: list[Fault]) -> Decimal | None:
    raw = row.get(name)
    if raw is None or raw == "":
        return None
    try:
        value = read_decimal(raw)
    except Wrong as wrong:
        faults.append(Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}"))
        return None
    if not 0 <= value <= MOST:
        faults.append(Fault(f"/{name}", "out_of_bounds", "A limit lies from 0 to 100; 0.15 is 15 %."))
        return None
    return round(value, 6)


def _limit_faults(
    rule: str, review_at: Decimal | None, block_at: Decimal | None, is_active: bool
) -> list[Fault]:
    if rule == Guardrail.Rule.BELOW_COST or not is_active:
        return []
    if review_at is None and block_at is None:
        return [Fault("/review_at", "limit_required", "Give the limit for review, for block, or both.")]
    if review_at is None or block_at is None:
        return []
    crossed = block_at > review_at if rule == Guardrail.Rule.MARGIN_FLOOR else block_at < review_at
    return (
        [Fault("/block_at", "limits_crossed", "What blocks must lie beyond what is reviewed.")]
        if crossed
        else []
    )


@transaction.atomic
def save_guardrail(*, actor: Actor, row: Mapping[str, Any]) -> Guardrail:
    """Put a new version of a rule in force for its scope; changes submitted from then on meet it.

    row: as `checked_guardrail` reads it, with reason and base_version (0 = the first of its scope).
    Raises Faults as `checked_guardrail`; 422 required (reason), unchanged; 409 changed_meanwhile; 403 not_allowed.
    Locks: the guardrails, one writer at a time. Records: guardrail.changed. Allowed: guardrails.manage.
    """
    access.require_right(actor, "guardrails.manage")
    new = checked_guardrail(row)
    reason = str(row.get("reason") or "").strip()
    if not reason:
        raise refuse("required", "Say why the rule changes.", pointer="/reason")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4714)")
    old = (
        Guardrail.objects.filter(rule=new.rule, price_list=new.price_list, category=new.category)
        .order_by("-version")
        .first()
    )
    current = old.version if old else 0
    if row.get("base_version", 0) != current:
        raise refuse("changed_meanwhile", f"Version {current} is in force by now.", status=409)
    told = {**guardrail_row(new), "version": current}
    if old is not None and told == guardrail_row(old):
        raise refuse("unchanged", "Nothing is different from the version in force.")
    new.version, new.created_by_id = current + 1, actor.id or None
    new.save(force_insert=True)
    where = "-".join(str(one) for one in (new.rule, new.price_list_id, new.category_id) if one)
    record(
        actor=actor,
        kind="guardrail.changed",
        subject=f"guardrail:{where}",
        reason=reason,
        before=guardrail_row(old) if old else NO_RULE,
        after=guardrail_row(new),
    )
    return new
