"""Rules of law and stated bases of comparison: written by people, with their source, as new versions."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from audit.actions import record
from catalog.models import Category, Product
from catalog.rules.fields import Wrong
from catalog.rules.iso import COUNTRIES, CURRENCIES
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.models import LawRule, PriceChange, PriceList, StatedBasis
from pricing.queries.laws import law_row
from pricing.rules.amounts import read_amount
from pricing.rules.costs import cost_option_problems
from pricing.rules.laws import option_problems

NO_RULE: dict[str, Any] = {"version": 0}
REASONS = frozenset(PriceChange.ReasonCode.values)


@transaction.atomic
def save_law_rule(*, actor: Actor, row: Mapping[str, Any]) -> LawRule:
    """Put a new version of a country's rule in force.

    row: country, kind, category (path, "" = all), method and options or amount and currency, source, source_on, note,
    is_active (true), reason, base_version (0 = the first).
    Raises Faults 422 with every fault: required, unknown_country, unknown_kind, unknown_method, unknown_category,
    unknown_currency, invalid_option, not_a_date and those of amounts; 409 changed_meanwhile; 403 not_allowed.
    Locks: the rules of law, one writer at a time. Records: law_rule.changed. Allowed: guardrails.manage.
    """
    access.require_right(actor, "guardrails.manage")
    values = _checked(row)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4713)")
    old = (
        LawRule.objects.filter(
            country=values["country"], kind=values["kind"], category_id=values["category_id"]
        )
        .order_by("-version")
        .first()
    )
    current = old.version if old else 0
    if row.get("base_version", 0) != current:
        raise refuse("changed_meanwhile", f"Version {current} is in force by now.", status=409)
    new = LawRule.objects.create(
        **values, version=current + 1, created_by_id=actor.id or None, created_by_name=actor.name
    )
    record(
        actor=actor,
        kind="law_rule.changed",
        subject=f"law_rule:{new.country}-{new.kind}",
        reason=str(row["reason"]),
        before=law_row(old) if old else NO_RULE,
        after=law_row(new),
    )
    return new


def _checked(row: Mapping[str, Any]) -> dict[str, Any]:
    faults: list[Fault] = []
    text = {
        name: str(row.get(name) or "").strip() for name in ("country", "kind", "category", "source", "reason")
    }
    for name in ("source", "reason"):
        if not text[name]:
            faults.append(Fault(f"/{name}", "required", "A rule of law needs a source and a reason."))
    if text["country"] not in COUNTRIES:
        faults.append(Fault("/country", "unknown_country", "There is no such country."))
    if text["kind"] not in LawRule.Kind.values:
        faults.append(Fault("/kind", "unknown_kind", f"One of {', '.join(LawRule.Kind.values)}."))
    category = Category.objects.filter(path=text["category"]).first() if text["category"] else None
    if text["category"] and category is None:
        faults.append(Fault("/category", "unknown_category", "There is no such category."))
    source_on = _date(row.get("source_on"), faults)
    own = _how(row, text["kind"], faults)
    is_active = row.get("is_active", True)
    if not isinstance(is_active, bool):
        faults.append(Fault("/is_active", "not_a_boolean", "Say true or false."))
    if faults:
        raise Faults(faults)
    return {
        "country": text["country"],
        "kind": text["kind"],
        "category_id": category.pk if category else None,
        "source": text["source"],
        "source_on": source_on,
        "note": str(row.get("note") or ""),
        "is_active": is_active,
        **own,
    }


def _date(value: Any, faults: list[Fault]) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        faults.append(Fault("/source_on", "not_a_date", "Give the date of the source as YYYY-MM-DD."))
        return None


def _how(row: Mapping[str, Any], kind: str, faults: list[Fault]) -> dict[str, Any]:
    """What a rule of this kind says: a method with its options, or an amount."""
    if kind == LawRule.Kind.BELOW_COST:
        return _method(row, kind, faults, lambda given: cost_option_problems(given, REASONS))
    if kind in LawRule.METHODS:
        return _method(row, kind, faults, option_problems)
    return _limit(row, faults)


def _method(
    row: Mapping[str, Any], kind: str, faults: list[Fault], problems: Callable[[dict[str, Any]], list[str]]
) -> dict[str, Any]:
    known = LawRule.METHODS[kind]
    method, options = str(row.get("method") or ""), row.get("options") or {}
    if method not in known:
        faults.append(Fault("/method", "unknown_method", f"One of {', '.join(known)}."))
    if not isinstance(options, dict):
        faults.append(Fault("/options", "invalid_option", "Options are an object."))
        options = {}
    faults += [
        Fault(f"/options/{name}", "invalid_option", f"“{name}” is no option or out of bounds.")
        for name in problems(options)
    ]
    return {"method": method, "options": options, "amount": None, "currency": ""}


def _amount(raw: Any, currency: str, faults: list[Fault]) -> Decimal | None:
    try:
        return read_amount(raw, currency)
    except Wrong as wrong:
        faults.append(Fault("/amount", wrong.code, f"amount {wrong.detail}"))
        return None


def _limit(row: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    currency = str(row.get("currency") or "")
    if currency not in CURRENCIES:
        faults.append(Fault("/currency", "unknown_currency", "There is no such currency."))
        return {"amount": None, "currency": ""}
    return {
        "method": "",
        "options": {},
        "amount": _amount(row.get("amount"), currency, faults),
        "currency": currency,
    }


@transaction.atomic
def state_basis(
    *, actor: Actor, price_list: str, sku: str, amount: Any, basis: str, evidence: str
) -> StatedBasis:
    """State what the reductions of a promotion list are compared with for a product, tax included, and what proves it.

    Raises Faults 422: unknown_price_list, unknown_sku, required, and those of amounts; 403 not_allowed.
    Locks: nothing; the newest statement counts. Records: stated_basis.made. Allowed: guardrails.manage.
    """
    access.require_right(actor, "guardrails.manage")
    faults: list[Fault] = []
    found_list = PriceList.objects.filter(code=price_list).first()
    product = Product.objects.filter(sku=sku).first()
    if found_list is None:
        faults.append(Fault("/price_list", "unknown_price_list", f"There is no price list “{price_list}”."))
    if product is None:
        faults.append(Fault("/sku", "unknown_sku", f"There is no product “{sku}”."))
    for name, text in (("basis", basis), ("evidence", evidence)):
        if not text.strip():
            faults.append(
                Fault(f"/{name}", "required", "A stated basis must be provable: name basis and evidence.")
            )
    value = _amount(amount, found_list.currency if found_list else "EUR", faults)
    if faults or found_list is None or product is None or value is None:
        raise Faults(faults)
    made = StatedBasis.objects.create(
        price_list=found_list,
        product=product,
        amount=value,
        currency=found_list.currency,
        basis=basis.strip(),
        evidence=evidence.strip(),
        stated_by_name=actor.name,
    )
    record(
        actor=actor,
        kind="stated_basis.made",
        subject=f"product:{sku}",
        reason=basis.strip(),
        after={
            "price_list": price_list,
            "amount": value,
            "currency": made.currency,
            "evidence": made.evidence,
        },
    )
    return made
