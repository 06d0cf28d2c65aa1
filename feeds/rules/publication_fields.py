"""What a person or a caller may say of a publication, and every fault of it. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lib.faults import Fault
from lib.outbound import OutboundError, checked_url

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
MAX_SETTINGS = 10_000
PURPOSE = re.compile(r"[a-z][a-z0-9-]{1,29}")


@dataclass(frozen=True)
class PublicationDraft:
    """As asked for: codes, not ids; "" where none. settings: see SETTINGS, and what the way asks for beside them."""

    name: str
    title: str
    what: str
    way: str
    channel: str = ""
    site: str = ""
    endpoint: str = ""
    settings: Mapping[str, Any] | None = None
    is_active: bool = True


def _whole(low: int, high: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if is_whole and low <= value <= high else f"must be a whole number from {low} to {high}"

    return check


def _truth(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _form(value: Any) -> str:
    return "" if value in ("csv", "xlsx", "jsonl") else "must be csv, xlsx or jsonl"


#: Settings that every way knows; those a platform asks for beside them are its own business.
SETTINGS: Mapping[str, Callable[[Any], str]] = {
    "batch_items": _whole(1, 200_000),
    "pause_after": _whole(1, 1000),
    "read_back_every_s": _whole(60, 86_400),
    "read_items": _whole(1, 10_000),
    "format": _form,
    "complete": _truth,
}


def faults_of(
    draft: PublicationDraft, kinds: frozenset[str], ways: Mapping[str, bool], allow_private: bool
) -> list[Fault]:
    """Every fault of the draft; ways: name → whether it needs an endpoint."""
    found = []
    if not NAME.fullmatch(draft.name) or draft.name == "new":
        found.append(Fault("/name", "invalid_name", "A name is 1 to 60 small letters, digits and hyphens."))
    if len(draft.title) > 120:
        found.append(Fault("/title", "too_long", "A title has at most 120 characters."))
    if draft.what not in kinds:
        found.append(Fault("/what", "unknown_kind", f"Publish one of {', '.join(sorted(kinds))}."))
    if draft.way not in ways:
        found.append(Fault("/way", "unknown_way", f"A way is one of {', '.join(sorted(ways))}."))
    elif ways[draft.way] and not draft.endpoint:
        found.append(Fault("/endpoint", "required", "This way needs an address to send to."))
    for name, address in (("/endpoint", draft.endpoint), ("/settings/readings_url", _readings_url(draft))):
        if address and (fault := _address_fault(name, address, allow_private)):
            found.append(fault)
    return found + _settings_faults(draft.settings)


def _readings_url(draft: PublicationDraft) -> str:
    return str((draft.settings or {}).get("readings_url") or "") if isinstance(draft.settings, dict) else ""


def _address_fault(pointer: str, address: str, allow_private: bool) -> Fault | None:
    if len(address) > 500:
        return Fault(pointer, "too_long", "An address has at most 500 characters.")
    try:
        checked_url(address, allow_private)
    except OutboundError as error:
        return Fault(pointer, error.code, f"{error.detail[:1].upper()}{error.detail[1:]}.")
    return None


def _settings_faults(settings: Any) -> list[Fault]:
    if settings is None:
        return []
    if not isinstance(settings, dict):
        return [Fault("/settings", "not_an_object", "Settings are an object.")]
    if len(json.dumps(settings)) > MAX_SETTINGS:
        return [Fault("/settings", "too_large", "Settings have at most 10,000 characters.")]
    found = []
    for name, value in settings.items():
        if any(word in name.lower() for word in ("secret", "token", "password")):
            found.append(
                Fault(f"/settings/{name}", "secret", "Secrets are keys of the publication, not settings.")
            )
        elif name in SETTINGS and (wrong := SETTINGS[name](value)):
            found.append(Fault(f"/settings/{name}", "invalid_setting", f"{name} {wrong}."))
    return found
