"""`{% load trail %}`: events in words."""

import json
from collections.abc import Mapping
from typing import Any

from django import template

from audit.kinds import kind_words
from audit.subjects import subject_url, subject_words

register = template.Library()
register.filter("kind_words", kind_words)
register.filter("subject_words", subject_words)
register.filter("subject_url", subject_url)

DETAIL_FIELDS = (
    "reference",
    "title",
    "summary",
    "username",
    "name",
    "format",
    "state",
    "lines",
    "rows",
    "role",
)


@register.filter
def detail_of(event: Any) -> str:
    """A few words of an event for a list: its policy, else what it says of itself, else its reason."""
    told = [str(event.after[name]) for name in DETAIL_FIELDS if event.after.get(name) not in (None, "")]
    return ", ".join(told[:2]) or event.policy or event.reason


@register.filter
def as_words(values: Mapping[str, Any]) -> dict[str, str | None]:
    """The fields of a before or after as one reads them: nested ones as JSON, nothing as None."""
    return {
        key: None
        if value is None
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
        for key, value in values.items()
    }


@register.filter
def short_hash(text: str) -> str:
    """ "7c1e … 44d2" of a hex hash."""
    return f"{text[:4]} … {text[-4:]}" if text else ""
