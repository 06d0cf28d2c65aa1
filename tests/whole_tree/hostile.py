"""Asks every page whatever nobody should ask: the addresses come from the resolver, the names from the views themselves.

A view is asked once with a QueryDict that notes which names it reads; then each of these names gets values that a page
never sends. Every request runs in a savepoint that is rolled back, so that one does not change what the next one meets.
"""

import json
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import django.core.handlers.wsgi
import django.http
import django.http.multipartparser
import django.http.request
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.db import models, transaction
from django.http import HttpRequest, QueryDict
from django.test import Client
from django.urls import URLPattern
from django.utils.datastructures import MultiValueDict

#: What no page sends: too large, no number, no text, no date, another alphabet's digits, edges of PostgreSQL's types.
VALUES = (
    "9" * 400, "NaN", "1e400", "１２．５", "2026-13-45", "9223372036854775808", "-1", "[]", '{"a": 1}', "²",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "infinity", "1_0", "x" * 5000, "٣", "2026-W01-1", "1e-30",
    "9999-12-31", "0001-01-01", "12:99", "\r\n", "A" * 60, "99999999999999.999999", "-0", "😀", "2026-11-24T10:00", "0", "",
)  # fmt: skip
BODIES = (
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"[" * 500, b'{"a":' * 60 + b"1" + b"}" * 60, b"\x00", b"\xff", b"NaN",
    b'{"cells": 1}', b'{"cells": [1]}', b'{"cells": [{}], "draft": "x"}',
)  # fmt: skip
JSON_VALUES = (
    '"a\\u0000b"',
    "1e400",
    "NaN",
    '{"a": {"b": 1}}',
    "[null]",
    '"１２．５"',
    "null",
    "-1",
    '"\\ud800"',
    "9" * 30,
)
#: What the grid's scripts send, with one value that they never send.
JSON_NAMES = (
    "cells", "draft", "formula", "title", "reason", "reason_code", "is_advertised", "is_local", "effective_from",
    "effective_until",
)  # fmt: skip
#: What a form may carry so that the code behind its first checks is reached.
USUAL = {
    "action": "approve", "approve": "1", "confirm": "1", "country": "GB", "currency": "GBP", "base": "GBP", "quote": "EUR",
    "kind": "reference_price", "rule": "change_limit", "state": "pending", "unit": "pcs", "decimal_mark": ".",
    "effective_from": "", "effective_until": "", "price_list": "BASE", "site": "LON", "from_site": "LON", "to_site": "WEB",
    "sku": "A", "category": "", "channel": "", "role": "price_clerk", "language": "en", "format": "csv", "lists": "BASE",
    "reason": "because", "comment": "because", "name": "A name", "title": "A title", "username": "someone", "q": "A",
}  # fmt: skip
NOT_ASKED = {"sign_out", "set_language", "api-docs", "api-schema"}


class Noting(QueryDict):
    """A QueryDict that notes which names it was asked for."""

    names: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        Noting.names.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        Noting.names.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        Noting.names.add(key)
        return super().get(key, default)

    def getlist(self, key: str, default: Any = None) -> Any:
        Noting.names.add(key)
        return super().getlist(key, default)


class NotingFiles(MultiValueDict):  # type: ignore[type-arg]
    """Uploads of a form that note whether they were asked for."""

    names: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        NotingFiles.names.add(key)
        return super().get(key, default)

    def getlist(self, key: str, default: Any = None) -> Any:
        NotingFiles.names.add(key)
        return super().getlist(key, default)


def noting(patch: Callable[[Any, str, Any], None]) -> None:
    """From now on requests note what they are asked for (undone with the test)."""
    patch(django.core.handlers.wsgi, "QueryDict", Noting)
    patch(django.http.request, "QueryDict", Noting)
    patch(django.http, "QueryDict", Noting)  # of bodies in several parts
    patch(django.http.multipartparser, "MultiValueDict", NotingFiles)


@dataclass
class Asker:
    """Asks as one person and keeps what went wrong."""

    client: Client
    wrong: list[str] = field(default_factory=list)
    asked: int = 0
    _raised: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, data: Any = None, **more: Any) -> Any:
        """The answer; a 500 is noted. Nothing is kept."""
        self._raised.clear()
        cookies = copy(self.client.cookies)
        self.asked += 1
        got_request_exception.connect(self._note)
        with transaction.atomic():
            answer = getattr(self.client, method)(path, data, **more)
            transaction.set_rollback(True)
        got_request_exception.disconnect(self._note)
        self.client.cookies = cookies
        if answer.status_code >= 500:
            shown = (
                data if isinstance(data, bytes) else {k: str(v)[:40] for k, v in (data or {}).items() if v}
            )
            self.wrong.append(
                f"{method.upper()} {path} {shown!s:.900}: {' '.join(self._raised) or answer.status_code}"
            )
        return answer

    def _note(self, sender: Any, request: HttpRequest | None = None, **_more: Any) -> None:
        """The error with the last line of our own that it went through."""
        error = sys.exc_info()[1]
        frames = traceback.extract_tb(error.__traceback__ if error else None)
        own = [one for one in frames if "/site-packages/" not in one.filename] or frames
        self._raised.append(f"{error!r:.200} at {own[-1].filename}:{own[-1].lineno}" if own else repr(error))

    def names(self, method: str, path: str) -> list[str]:
        """What the view reads, found by asking: first with nothing, then with what it asked for last."""
        Noting.names, NotingFiles.names = set(), set()
        if self.ask(method, path, {}).status_code == 405:
            return []
        for _again in range(2):
            before = set(Noting.names)
            self.ask(method, path, {name: USUAL.get(name, "1") for name in before if printable(name)})
            if Noting.names == before:
                break
        return sorted(name for name in Noting.names if printable(name) and name != "csrfmiddlewaretoken")


def printable(name: str) -> bool:
    return name.isascii() and name.isprintable() and 0 < len(name) < 60


def addresses(path: str, pattern: URLPattern, most: int = 6) -> list[str]:
    """The addresses of a route with objects that exist, one of each state, or one that leads to nothing."""
    kinds = dict(
        re.findall(r"<(?:(\w+):)?(\w+)>", path)
        and [(n, k) for k, n in re.findall(r"<(?:(\w+):)?(\w+)>", path)]
    )
    found = ["/" + path]
    app = pattern.callback.__module__.partition(".")[0]
    for name, kind in kinds.items():
        values = ids_of(app, name) if kind == "int" else [words_of(name)]
        found = [re.sub(rf"<(?:\w+:)?{name}>", str(value), one) for one in found for value in values]
    return found[:most]


def words_of(name: str) -> str:
    return {"sku": "A", "code": "SALE", "form": "csv", "name": "products", "subject": "price_change:1"}.get(
        name, "none"
    )


def ids_of(app: str, name: str) -> list[int]:
    """Keys of the model that `change_id` speaks of: the newest of each state. The app's own models come first."""
    word = name.removesuffix("_id").replace("_", "")
    every = sorted(apps.get_models(), key=lambda one: (one._meta.app_label != app, len(one.__name__)))
    for model in every:
        if model.__name__.lower().endswith(word) and isinstance(
            model._meta.pk, (models.AutoField, models.BigIntegerField)
        ):
            return newest(model) or [1]
    return [1]


def newest(model: type[models.Model]) -> list[int]:
    rows = model._default_manager.order_by("-pk")
    if any(one.name == "state" for one in model._meta.fields):
        return list(
            rows.values("state")
            .annotate(newest=models.Max("pk"))
            .order_by("-newest")
            .values_list("newest", flat=True)
        )
    return list(rows.values_list("pk", flat=True)[:1])


def all_at_once(names: list[str], turns: int) -> Iterator[dict[str, Any]]:
    """Every name hostile, in another order each turn; every name twice."""
    step = len(VALUES) // turns
    for turn in range(turns if names else 0):
        yield {name: VALUES[(turn * step + place) % len(VALUES)] for place, name in enumerate(names)}
    if names:
        yield {name: ["1", "2", "３"] for name in names}


def one_by_one(names: list[str], each: int = 1) -> Iterator[dict[str, Any]]:
    """One name hostile, the others usual; the values go round, so that over all names every one comes up.

    A NUL is refused for every page at once (web.middleware), so that it does not stand among the values.
    """
    usual = {name: USUAL.get(name, "1") for name in names}
    for place in range(len(names) * each):
        yield {**usual, names[place // each]: VALUES[place * 7 % len(VALUES)]}
    if names:
        yield {names[0]: "a\x00b"}


def bodies() -> Iterator[bytes]:
    """Bodies for views that read JSON."""
    yield from BODIES
    cell = {"price_list": "BASE", "sku": "A", "typed": "4.00"}
    usual = {"cells": [cell], "title": "A", "reason": "B", "draft": 1}
    for name in JSON_NAMES:
        others = json.dumps({key: value for key, value in usual.items() if key != name})[:-1]
        for value in JSON_VALUES:
            yield f"{others}, {json.dumps(name)}: {value}}}".encode()
    for name in cell:
        for value in JSON_VALUES:
            yield (json.dumps({**usual, "cells": [{**cell, name: "@@"}]}).replace('"@@"', value).encode())


def with_files(names: list[str], files: set[str]) -> Iterator[dict[str, Any]]:
    """Uploads that are no sheet."""
    for body in (
        b"",
        b"\x00" * 10,
        b"PK\x03\x04" + b"\xff" * 50,
        "sku,amount\nA,１２\n".encode("gbk"),
        b"a" * 5000,
    ):
        usual: dict[str, Any] = {name: USUAL.get(name, "1") for name in names}
        yield usual | {name: SimpleUploadedFile("x.csv", body) for name in files}
        yield usual | {name: SimpleUploadedFile("x\x00.xlsx", body) for name in files}
