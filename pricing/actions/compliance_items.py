"""Items of the compliance checklist: what a new version may say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from accounts.permissions import ALL
from catalog.models import Category, ControlProfile
from catalog.rules.iso import COUNTRIES
from lib.faults import Fault, Faults, refuse
from pricing.models import ComplianceItem, PriceChange
from pricing.queries.market import UNSTORABLE

MOST = 4000


def checked_text(name: str, raw: Any, most: int = MOST) -> str:
    """Text that must not be empty. Raises Faults 422 `required`, `control_characters`, `too_long`."""
    text = raw.strip() if isinstance(raw, str) else ""
    if not text:
        raise refuse("required", f"Give {name}: it goes into the trail.", pointer=f"/{name}")
    if UNSTORABLE.search(text):
        raise refuse("control_characters", "There is a zero character in it.", pointer=f"/{name}")
    if len(text) > most:
        raise refuse("too_long", f"At most {most} characters.", pointer=f"/{name}")
    return text


def checked_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the version a row describes. 2 queries at most.

    row: code, title, title_zh, countries, profile and category ("" = every), reason_codes, only_promotions,
    only_first_prices, is_mandatory, checked_by, signer, source, source_on, is_active (true).
    Raises Faults 422 with every fault: required, too_long, control_characters, not_a_list, not_a_boolean, unknown_country,
    unknown_profile, unknown_category, unknown_reason, unknown_check, unknown_permission, not_a_date.
    """
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    lengths = {"code": 64, "title": 300, "title_zh": 300, "source": MOST}
    for name, most in lengths.items():
        if name == "title_zh" and not row.get(name):
            values[name] = ""
            continue
        try:
            values[name] = checked_text(name, row.get(name), most)
        except Faults as refused:
            faults += refused.faults
    values["countries"] = _codes(row, "countries", COUNTRIES, "unknown_country", faults)
    reasons = PriceChange.ReasonCode.values
    values["reason_codes"] = _codes(row, "reason_codes", reasons, "unknown_reason", faults)
    for name, default in (
        ("only_promotions", False), ("only_first_prices", False), ("is_mandatory", False), ("is_active", True),
    ):  # fmt: skip
        values[name] = row.get(name, default)
        if not isinstance(values[name], bool):
            faults.append(Fault(f"/{name}", "not_a_boolean", "Say true or false."))
    values |= _places(row, faults) | _signing(row, faults)
    try:
        values["source_on"] = date.fromisoformat(str(row.get("source_on")))
    except ValueError:
        faults.append(Fault("/source_on", "not_a_date", "Give the date of the source as YYYY-MM-DD."))
    if faults:
        raise Faults(faults)
    return values


def _codes(row: Mapping[str, Any], name: str, known: Any, code: str, faults: list[Fault]) -> list[str]:
    raw = row.get(name) or []
    if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
        faults.append(Fault(f"/{name}", "not_a_list", "Give a list of codes."))
        return []
    faults += [Fault(f"/{name}", code, f"“{one}” is not known.") for one in raw if one not in known]
    return sorted(set(raw))


def _places(row: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    asked = {name: str(row.get(name) or "") for name in ("profile", "category")}
    asked = {name: UNSTORABLE.sub("?", text) for name, text in asked.items()}
    profile = ControlProfile.objects.filter(code=asked["profile"]).first() if asked["profile"] else None
    category = Category.objects.filter(path=asked["category"]).first() if asked["category"] else None
    if asked["profile"] and profile is None:
        faults.append(Fault("/profile", "unknown_profile", "There is no such profile."))
    if asked["category"] and category is None:
        faults.append(Fault("/category", "unknown_category", "There is no such category."))
    return {"profile": profile, "category": category}


def _signing(row: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    check, signer = str(row.get("checked_by") or ""), str(row.get("signer") or "")
    if check not in ComplianceItem.Check.values:
        faults.append(
            Fault("/checked_by", "unknown_check", f"One of {', '.join(ComplianceItem.Check.values)}.")
        )
    if check == ComplianceItem.Check.PERSON and signer not in ALL:
        faults.append(Fault("/signer", "unknown_permission", "Name the permission of the person who signs."))
    return {"checked_by": check, "signer": signer if check == ComplianceItem.Check.PERSON else ""}
