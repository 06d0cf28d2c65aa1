"""`{% load trail %}`: events in words."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import ngettext_lazy

from audit.kinds import kind_words
from audit.subjects import subject_url, subject_words
from lib import clock

register = template.Library()
register.filter("kind_words", kind_words)
register.filter("subject_words", subject_words)
register.filter("subject_url", subject_url)

DETAIL_FIELDS = ("reference", "title", "summary", "username", "name", "format", "state", "role")


@register.filter
def detail_of(event: Any) -> str:
    """A few words of an event for a list: what it says of itself, else its policy, else its reason."""
    told = [str(event.after[name]) for name in DETAIL_FIELDS if event.after.get(name) not in (None, "")]
    for name, words in (
        ("lines", ngettext_lazy("%d line", "%d lines")),
        ("rows", ngettext_lazy("%d row", "%d rows")),
    ):
        count = event.after.get(name)
        if isinstance(count, int) and not isinstance(count, bool):
            told.append(str(words % count))
    return ", ".join(told[:2]) or event.policy or event.reason


@register.filter
def is_today(at: datetime) -> bool:
    """Whether an instant falls on the reader's day."""
    return timezone.localtime(at).date() == timezone.localtime(clock.now()).date()


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
