"""The form of a publication: from what a person typed to a draft, and back."""

import json
from collections.abc import Mapping
from typing import Any

from feeds.models import Publication
from feeds.queries.contents import PROVIDERS
from feeds.rules.publication_fields import PublicationDraft
from feeds.senders import LABELS, WAYS
from lib.faults import refuse

KINDS = [(code, label) for code, label in Publication.What.choices if code in PROVIDERS]
NUMBERS = ("batch_items", "pause_after", "read_back_every_s")


def way_choices() -> list[tuple[str, Any]]:
    """(code, word) of every way."""
    return [(code, LABELS.get(code, code)) for code in WAYS]


def purposes_of(publication: Publication) -> list[str]:
    """What secrets the way asks for."""
    way = WAYS.get(publication.way)
    return list(way.needs_secrets) if way else []


def new_form() -> dict[str, Any]:
    """What a new form begins with."""
    return {"what": "prices", "way": "webhook", "is_active": "on"}


def form_of(publication: Publication) -> dict[str, Any]:
    """A publication as its form shows it; settings that have no field of their own stand together as JSON."""
    settings = dict(publication.settings)
    own = {name: settings.pop(name, "") for name in (*NUMBERS, "format")}
    complete = "on" if settings.pop("complete", False) else ""
    return {
        "name": publication.name,
        "title": publication.title,
        "what": publication.what,
        "way": publication.way,
        "channel": publication.channel.code if publication.channel else "",
        "site": publication.site.code if publication.site else "",
        "endpoint": publication.endpoint,
        "is_active": "on" if publication.is_active else "",
        **own,
        "complete": complete,
        "more": json.dumps(settings, indent=1, ensure_ascii=False) if settings else "",
    }


def draft_from(typed: Mapping[str, Any]) -> PublicationDraft:
    """What was typed as a draft. Raises Faults 422 `invalid_json`: the further settings cannot be read."""
    settings = _more(str(typed.get("more", "")))
    for name in NUMBERS:
        if text := str(typed.get(name, "")).strip():
            settings[name] = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
    if typed.get("format"):
        settings["format"] = typed["format"]
    if typed.get("complete"):
        settings["complete"] = True
    named = {
        name: str(typed.get(name, "")).strip()
        for name in ("name", "title", "what", "way", "channel", "site", "endpoint")
    }
    return PublicationDraft(**named, settings=settings, is_active=bool(typed.get("is_active")))


def _more(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse("invalid_json", "The further settings are no JSON object.", pointer="/more") from error
    if not isinstance(told, dict):
        raise refuse("invalid_json", "The further settings are no JSON object.", pointer="/more")
    return told
