"""Guardrails: what a new version of a rule for a scope may say."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from catalog.models import Category, ControlProfile, Product
from catalog.rules.fields import Wrong
from lib.faults import Fault, Faults
from pricing.models import Guardrail, PriceChange, PriceList
from pricing.rules.amounts import read_decimal
from pricing.rules.bounds import BASES, modulus_of
from pricing.rules.costs import REVIEWED
from pricing.rules.findings import BLOCK, NOTE, REVIEW

MOST = Decimal(100)
ONLY_LAW = gettext_noop(
    "Clearance, expiry, damage and end of season are reviewed: only a rule of law blocks them."
)
Rule = Guardrail.Rule
#: Rules whose limits are in their options or in other data.
WITHOUT_LIMITS = frozenset({Rule.BELOW_COST, Rule.BAND, Rule.MAP, Rule.MSRP, Rule.ENDING, Rule.STEP})
#: Rules that read options, and which.
OPTIONS: dict[str, tuple[str, ...]] = {
    Rule.BAND: ("basis", "currency", "floor", "ceiling", "severity"),
    Rule.MAP: ("severity",),
    Rule.MSRP: ("severity",),
    Rule.ENDING: ("currency", "endings", "severity"),
    Rule.STEP: ("currency", "step", "severity"),
}


def checked_guardrail(row: Mapping[str, Any]) -> Guardrail:
    """The rule a row describes, not stored. 3 queries.

    row: rule, price_list (code, "" = all), category (path, "" = all), status (life-cycle state, "" = all), profile (code,
    "" = all), review_at and block_at (fractions, None = none), options, soft_reasons, is_active (true), note.
    Raises Faults 422 with every fault: unknown_rule, unknown_price_list, unknown_category, unknown_status,
    unknown_profile, unknown_reason, law_only, house_wide, not_a_number, out_of_bounds (below 0 or above 100), limits_crossed,
    limit_required, invalid_option.
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
    status, profile = _state_and_profile(row, faults)
    if rule == Guardrail.Rule.APPROVAL_BAND and (code or path or status or profile):
        faults.append(Fault("/rule", "house_wide", "The band of an approval is one for the whole house."))
    reasons = row.get("soft_reasons") or []
    if not isinstance(reasons, list) or not set(map(str, reasons)) <= set(PriceChange.ReasonCode.values):
        faults.append(Fault("/soft_reasons", "unknown_reason", "Kinds of reason, as a list."))
    elif rule == Guardrail.Rule.BELOW_COST and not set(map(str, reasons)) >= REVIEWED:
        faults.append(Fault("/soft_reasons", "law_only", ONLY_LAW))
    review_at, block_at = (_fraction(row, name, faults) for name in ("review_at", "block_at"))
    is_active = row.get("is_active", True)
    if not isinstance(is_active, bool):
        faults.append(Fault("/is_active", "not_a_boolean", "Say true or false."))
    options = _options(rule, row.get("options") or {}, faults, bool(is_active))
    if not faults:
        faults += _limit_faults(rule, review_at, block_at, bool(is_active))
    if faults:
        raise Faults(faults)
    return Guardrail(
        rule=rule,
        price_list=price_list,
        category=category,
        status=status,
        profile=profile,
        options=options,
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
    if rule in WITHOUT_LIMITS or not is_active:
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


def _state_and_profile(row: Mapping[str, Any], faults: list[Fault]) -> tuple[str, ControlProfile | None]:
    status, code = str(row.get("status") or "").strip(), str(row.get("profile") or "").strip()
    if status and status not in Product.Status.values:
        faults.append(Fault("/status", "unknown_status", f"One of {', '.join(Product.Status.values)}."))
    profile = ControlProfile.objects.filter(code=code).first() if code else None
    if code and profile is None:
        faults.append(Fault("/profile", "unknown_profile", f"There is no profile “{code}”."))
    return status, profile


def _options(rule: str, given: Any, faults: list[Fault], is_active: bool) -> dict[str, Any]:
    """The options a rule reads, decimals as plain text; empty ones are left out."""
    if not isinstance(given, Mapping) or set(map(str, given)) - set(OPTIONS.get(rule, ())):
        names = ", ".join(OPTIONS.get(rule, ())) or "none"
        faults.append(Fault("/options", "invalid_option", f"The options of this rule: {names}."))
        return {}
    kept: dict[str, Any] = {}
    for name, raw in given.items():
        if raw in (None, "", []):
            continue
        value = _option(name, raw)
        if value is None:
            faults.append(Fault(f"/options/{name}", "invalid_option", "This option cannot be read."))
        else:
            kept[name] = value
    if is_active and not faults:
        faults += _needed(rule, kept)
    return kept


def _option(name: str, raw: Any) -> Any:
    """The option as it is stored; None when it cannot be read."""
    if name == "endings":
        parts = raw if isinstance(raw, list) else str(raw).replace(",", " ").split()
        read = [_plain(part) for part in parts[:20]]
        fits = all(one is not None and 0 <= Decimal(one) < modulus_of(one) for one in read)
        return read if fits else None
    if name == "basis":
        return raw if raw in BASES else None
    if name == "severity":
        return raw if raw in (BLOCK, REVIEW, NOTE) else None
    if name == "currency":
        text = str(raw)
        return text if len(text) == 3 and text.isascii() and text.isupper() else None
    return _plain(raw)


def _plain(raw: Any) -> str | None:
    try:
        value = read_decimal(raw)
    except Wrong:
        return None
    return format(value, "f") if abs(value) < Decimal("1e12") else None


def _needed(rule: str, options: Mapping[str, Any]) -> list[Fault]:
    """Faults where a rule has nothing to hold an amount against."""
    if rule == Rule.BAND:
        return _band_faults(options)
    if rule == Rule.ENDING and not options.get("endings"):
        return [Fault("/options/endings", "limit_required", "Give at least one ending, such as 0.99.")]
    if rule == Rule.STEP and not Decimal(options.get("step", "0")) > 0:
        return [Fault("/options/step", "limit_required", "Give the step, such as 0.05.")]
    return []


def _band_faults(options: Mapping[str, Any]) -> list[Fault]:
    floor, ceiling = options.get("floor"), options.get("ceiling")
    if floor is None and ceiling is None:
        return [Fault("/options/floor", "limit_required", "Give the floor, the ceiling, or both.")]
    if options.get("basis") != "base" and not options.get("currency"):
        return [Fault("/options/currency", "limit_required", "A band in amounts names its currency.")]
    if floor is not None and ceiling is not None and Decimal(floor) > Decimal(ceiling):
        return [Fault("/options/ceiling", "limits_crossed", "The ceiling lies below the floor.")]
    return []
