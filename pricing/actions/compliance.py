"""The compliance checklist: a person signs an item of a change; items change as new versions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.permissions import ALL
from audit.actions import record
from catalog.models import Category, ControlProfile
from catalog.rules.iso import COUNTRIES
from lib import actors
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from pricing import access
from pricing.actions.settling import subject_of
from pricing.models import ComplianceItem, ComplianceSignature, PriceChange
from pricing.queries.compliance import checklist, item_row, items_in_force, signed_hash, store_missing
from pricing.queries.market import UNSTORABLE

MOST = 4000
NO_ITEM: dict[str, Any] = {"version": 0}
State = PriceChange.State


@transaction.atomic
def sign_item(
    *, actor: Actor, change_id: int, item: str, evidence: str, expected_hash: str = ""
) -> ComplianceSignature:
    """Sign an item of a change's checklist for its lines as they stand, with what proves it (text or a link).

    expected_hash: the change as the person saw it, "" for as it is.
    Raises Faults 422 required, control_characters, unknown_item (none of this change that a person signs); 403
    not_allowed, own_change; 409 wrong_state, content_changed, already_signed; Http404.
    Locks: the change. Records: compliance.signed. Allowed: the permission the item names, never the preparer.
    """
    evidence = checked_text("evidence", evidence)
    change = access.locked_change(change_id)
    access.require_state(change, State.DRAFT, State.PENDING)
    found = next(
        (one for one in checklist(change) if one.item.code == item and one.item.signer),
        None,
    )
    if found is None:
        raise refuse("unknown_item", "No person signs such an item of this change.", pointer="/item")
    access.require_right(actor, found.item.signer)
    if actor.kind == "user" and change.prepared_by_id in (actor.id, actor.on_behalf_of_id or actor.id):
        raise refuse("own_change", "Nobody signs for a change they prepared.", status=403)
    hashed = signed_hash(change.pk)
    if expected_hash and expected_hash != hashed:
        raise refuse("content_changed", "The change was edited meanwhile: look at it again.", status=409)
    if found.signature is not None:
        raise refuse("already_signed", f"Signed already by {found.signature.signed_by_name}.", status=409)
    made = ComplianceSignature.objects.create(
        change=change,
        item=found.item,
        content_hash=hashed,
        evidence=evidence,
        signed_by_id=actor.id if actor.kind == "user" else None,
        signed_by_name=actor.name,
    )
    store_missing(change)
    record(
        actor=actor,
        kind="compliance.signed",
        subject=subject_of(change),
        reason=evidence,
        after={"item": item, "version": found.item.version, "lines": found.lines, "content_hash": hashed},
    )
    return made


def settle_signatures(change: PriceChange) -> None:
    """Void the signatures that were given for other lines or another window. Records: compliance.voided. 2 queries."""
    given = ComplianceSignature.objects.filter(change=change, voided_at__isnull=True)
    if not given.exists():
        return
    outdated = list(given.exclude(content_hash=signed_hash(change.pk)).select_related("item"))
    if not outdated:
        return
    ComplianceSignature.objects.filter(pk__in=[one.pk for one in outdated]).update(voided_at=Now())
    record(
        actor=actors.system("pricing.compliance"),
        kind="compliance.voided",
        subject=subject_of(change),
        reason="The change was edited after it was signed.",
        before={"signed": {one.item.code: one.signed_by_name for one in outdated}},
        after={"signed": {}},
    )


@transaction.atomic
def save_item(*, actor: Actor, row: Mapping[str, Any]) -> ComplianceItem:
    """Put a new version of an item in force; changes that wait for a decision meet it there.

    row: code, title, title_zh, countries, profile and category ("" = every), reason_codes, only_promotions,
    only_first_prices, is_mandatory, checked_by, signer, source, source_on, is_active (true), reason, base_version.
    Raises Faults 422 with every fault: required, control_characters, not_a_list, not_a_boolean, unknown_country,
    unknown_profile, unknown_category, unknown_reason, unknown_check, unknown_permission, not_a_date; 409
    changed_meanwhile; 403 not_allowed.
    Locks: the items, one writer at a time. Records: compliance_item.changed. Allowed: policies.manage.
    """
    access.require_right(actor, "policies.manage")
    values = _checked(row)
    reason = checked_text("reason", row.get("reason"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4715)")
    old = next((one for one in items_in_force() if one.code == values["code"]), None)
    current = old.version if old else 0
    if row.get("base_version", 0) != current:
        raise refuse("changed_meanwhile", f"Version {current} is in force by now.", status=409)
    new = ComplianceItem.objects.create(**values, version=current + 1, created_by_name=actor.name)
    record(
        actor=actor,
        kind="compliance_item.changed",
        subject=f"compliance_item:{new.code}",
        reason=reason,
        before=item_row(old) if old else NO_ITEM,
        after=item_row(new),
    )
    return new


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


def _checked(row: Mapping[str, Any]) -> dict[str, Any]:
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
