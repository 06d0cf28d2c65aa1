"""Requests of the ways that speak HTTP: bounds from the settings, outcomes from what came back."""

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from django.conf import settings

from lib import clock
from lib.outbound import Answer, Bounds, OutboundError, Request, send

MAX_ANSWER_BYTES = 8 * 1024 * 1024
TOLD = 2_000
MAX_RETRY_AFTER_S = 24 * 3600
REFUSING = frozenset({400, 413, 415, 422})


def bounds(total_s: float = 20.0, max_bytes: int = MAX_ANSWER_BYTES) -> Bounds:
    """What every request is bound by; private addresses only where OUTBOUND_ALLOW_PRIVATE is set."""
    return Bounds(total_s=total_s, max_bytes=max_bytes, allow_private=settings.OUTBOUND_ALLOW_PRIVATE)


def ask(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Answer:
    """One request with the house's bounds. Raises OutboundError."""
    return send(Request(method, url, headers or {}, body), bounds())


def outcome_of(status: int) -> str:
    """delivered for 2xx; refused where this very batch is wrong (400, 413, 415, 422); again for all the rest.

    An address or a key that is wrong (401, 403, 404) concerns every batch: they wait until it is put right.
    """
    if 200 <= status < 300:
        return "delivered"
    return "refused" if status in REFUSING else "again"


def retry_after_s(answer: Answer) -> int | None:
    """The Retry-After header in seconds, at most a day; None where there is none that can be read."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return min(int(told[:9]), MAX_RETRY_AFTER_S)
    try:
        at = parsedate_to_datetime(told)
        return min(max(0, int((at - clock.now()).total_seconds())), MAX_RETRY_AFTER_S)
    except (ValueError, TypeError, IndexError):
        return None


def words_of(answer: Answer) -> str:
    """The first words of an answer, as text that may be stored and shown."""
    return answer.body[: TOLD * 4].decode("utf-8", "replace").replace("\x00", "\ufffd")[:TOLD]


def json_of(answer: Answer) -> Any:
    """The answer's JSON with decimals as strings, None where it is none."""
    try:
        return json.loads(answer.body, parse_float=str)
    except (ValueError, RecursionError):
        return None


__all__ = ["Answer", "OutboundError", "ask", "bounds", "json_of", "outcome_of", "retry_after_s", "words_of"]
