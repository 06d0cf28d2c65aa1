"""What is typed or sent of a channel stock rule, checked and in its types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.rules import fields
from catalog.rules.fields import Wrong
from feeds.rules.availability import Terms
from lib.faults import Fault

SCOPE = ("channel", "site", "category", "sku")
MAX_REASON = 300


@dataclass(frozen=True)
class RuleDraft:
    """A rule as asked for. Scope: codes, path and SKU, "" = every one. replaces: the version it takes the place of."""

    scope: Mapping[str, str]
    terms: Terms
    reason: str = ""
    replaces: int | None = None


def _quantity(value: Any) -> Decimal:
    number: Decimal = fields.decimal(12, 6)(value)
    if number < 0:
        raise Wrong("below_zero", "must not be below zero")
    return number


def _fraction(value: Any) -> Decimal:
    number: Decimal = fields.decimal(1, 4)(value)
    if not 0 <= number <= 1:
        raise Wrong("not_a_fraction", "must lie from 0 to 1")
    return number


def _priority(value: Any) -> int:
    number: Decimal = fields.decimal(4, 0)(value)
    if not 1 <= number <= 9999:
        raise Wrong("not_a_rank", "must lie from 1 to 9999")
    return int(number)


CHECKS: dict[str, Callable[[Any], Any]] = {
    "buffer_pieces": _quantity,
    "buffer_fraction": _fraction,
    "share_fraction": _fraction,
    "cap": _quantity,
    "minimum": _quantity,
    "priority": _priority,
    "presale_fraction": _fraction,
    "presale_until": fields.day,
}


def draft_of(asked: Mapping[str, Any]) -> tuple[RuleDraft, list[Fault]]:
    """The draft and every fault of shape; what is left out or empty has its default."""
    faults: list[Fault] = []
    taken: dict[str, Any] = {}
    for name, check in {**{name: fields.text(300) for name in SCOPE}, **CHECKS}.items():
        if asked.get(name) in (None, ""):
            continue
        try:
            taken[name] = check(asked[name])
        except Wrong as wrong:
            faults.append(Fault(f"/{name}", wrong.code, f"{name} {wrong.detail}."))
    if taken.get("category") and taken.get("sku"):
        faults.append(Fault("/sku", "one_scope", "A rule names a category or a product, not both."))
    reason = asked.get("reason") or ""
    if not isinstance(reason, str) or len(reason) > MAX_REASON:
        faults.append(Fault("/reason", "too_long", f"reason has more than {MAX_REASON} characters."))
        reason = ""
    replaces = asked.get("replaces")
    if replaces not in (None, "") and not str(replaces).isdecimal():
        faults.append(Fault("/replaces", "not_a_number", "replaces must be the id of a rule."))
        replaces = None
    terms = Terms(**{name: taken[name] for name in CHECKS if name in taken})
    scope = {name: taken.get(name, "") for name in SCOPE}
    return RuleDraft(
        scope, terms, reason.strip(), int(replaces) if replaces not in (None, "") else None
    ), faults
