"""The forms of counts, read like the REST bodies."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from inventory.actions.counts import CountDraft
from inventory.actions.counts_planning import LIMITS, RuleDraft
from inventory.actions.counts_settling import Reasons
from inventory.transfers_forms import words
from lib.faults import Fault, Faults


def _list(text: str) -> tuple[str, ...]:
    """Words apart by blanks, commas or lines, each once, in their order."""
    return tuple(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))


def _day(data: QueryDict, name: str, faults: list[Fault]) -> date | None:
    given = words(data, name)
    if not given:
        return None
    try:
        return date.fromisoformat(given if len(given) > 7 else f"{given}-01")
    except ValueError:
        faults.append(Fault(f"/{name}", "invalid_date", "Give a day."))
        return None


def count_from(data: QueryDict) -> CountDraft:
    """The draft of a posted form. Raises Faults 422."""
    faults: list[Fault] = []
    is_stocktake = words(data, "kind") == "stocktake"
    draft = CountDraft(
        site=words(data, "site", 64),
        kind="stocktake" if is_stocktake else "cycle",
        skus=() if is_stocktake else _list(words(data, "skus", 60_000)),
        zones=() if is_stocktake else _list(words(data, "zones", 4_000)),
        category="" if is_stocktake else words(data, "category", 300),
        abc_class="" if is_stocktake else words(data, "abc_class", 1),
        is_blind="open" not in data,
        planned_on=_day(data, "planned_on", faults),
        month=_day(data, "month", faults) if is_stocktake else None,
        reason=words(data, "reason"),
    )
    if faults:
        raise Faults(faults)
    return draft


def reasons_from(data: QueryDict) -> Reasons:
    """Reason codes of a posted review: one a row, one for the rest."""
    pairs = zip(data.getlist("sku"), data.getlist("code"), strict=False)
    given = {sku.replace("\x00", ""): code.replace("\x00", "") for sku, code in pairs if code}
    return Reasons(given, words(data, "otherwise", 10), words(data, "note", 300))


def skus_from(data: QueryDict) -> list[str]:
    """The ticked products."""
    return [sku.replace("\x00", "") for sku in data.getlist("again")]


def _number(data: QueryDict, name: str, faults: list[Fault], default: str = "") -> Decimal | None:
    given = words(data, name, 30) or default
    if not given:
        return None
    try:
        number = Decimal(given)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= 10**9:
        faults.append(Fault(f"/{name}", "not_a_number", f"{given!r} is not a number."))
        return None
    return number


def rule_from(data: QueryDict) -> RuleDraft:
    """The rule of a posted form. Raises Faults 422."""
    faults: list[Fault] = []
    days, most = (_number(data, name, faults, "1") for name in ("every_days", "at_most"))
    draft = RuleDraft(
        name=words(data, "name", 120),
        kind=words(data, "kind", 8),
        site=words(data, "site", 64),
        abc_class=words(data, "abc_class", 1),
        every_days=min(int(days or 0), 3650),
        threshold=_number(data, "threshold", faults, "0") or Decimal(0),
        at_most=min(int(most or 0), 1001),
        is_active="active" in data,
    )
    if not draft.name:
        faults.append(Fault("/name", "required", "Give the rule a name."))
    if faults:
        raise Faults(faults)
    return draft


def tolerance_from(data: QueryDict) -> dict[str, Any]:
    """A tolerance of a posted form, percent as fractions, as `keep_tolerance` takes it. Raises Faults 422."""
    faults: list[Fault] = []
    limits = {name: _number(data, name, faults) for name in LIMITS}
    if faults:
        raise Faults(faults)
    for name in ("over", "under"):
        percent = limits[name]
        limits[name] = percent / 100 if percent is not None else None
    return {
        "site_code": words(data, "site", 64),
        "sku": words(data, "sku", 64),
        "abc_class": words(data, "abc_class", 1),
        "limits": limits,
    }
