"""Every address stands in the permission table: role × route → who may come in."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from accounts.permissions import ROLES
from config.environment import BASE_DIR
from config.urls import WITH_PAGES, WITH_REST

#: Readable without signing in (CONTRACT.md), each for a reason.
OPEN = {
    "healthz": "probes",
    "readyz": "probes",
    "api-docs": "the description of the interface",
    "api-schema": "the description of the interface",
    "sign_in": "the way in",
    "sign_in_code": "the way in",
    "sign_out": "the way out",
    "set_language": "before signing in, too",
    "set_theme": "before signing in, too",
    "api-deliver": "signed body instead of a token",
    "api-shopify-orders": "signed by Shopify instead of a token",
}
METHODS = ("GET", "POST")
SAMPLES = {"int": "999999999", "slug": "none", "str": "none:1", "path": "none", "uuid": "0" * 32}


def routes(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, path)
        else:
            yield path, pattern


def permission(pattern: URLPattern, method: str) -> str:
    view = pattern.callback
    code = getattr(view, "required_permission", "") or getattr(
        getattr(view, "cls", None), "required_permission", ""
    )
    return code.get(method, "") if isinstance(code, dict) else code


def address(path: str) -> str:
    """An address of the route that leads to nothing in particular."""
    path = (
        re.sub(r"\(\?P<\w+>([^)]*)\)", lambda found: word(found[1]), path).replace("^", "").replace("$", "")
    )
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES[found[1] or "str"], path)


def word(expression: str) -> str:
    """Something that a simple regular expression of a route takes: a number, the first choice, or a word."""
    if "d" in expression.split("|")[0][:2]:
        return SAMPLES["int"]
    return expression.split("|")[0] if "|" in expression else "none"


GATED = [(path, pattern) for path, pattern in routes() if pattern.name not in OPEN]


def test_every_route_asks_for_a_permission() -> None:
    wrong = [path for path, pattern in GATED if not any(permission(pattern, method) for method in METHODS)]
    assert wrong == []


def test_every_permission_is_held_by_some_role_other_than_admin() -> None:
    held = {code for role, codes in ROLES.items() for code in codes}
    asked = {code for _path, pattern in GATED for method in METHODS if (code := permission(pattern, method))}
    assert asked - held == set()


@pytest.mark.django_db
def test_strangers_are_sent_away(client: Client) -> None:
    for path, _pattern in GATED:
        answer = client.get(address(path))
        wanted = {401} if path.startswith("api/") else {302, 401}
        assert answer.status_code in wanted, f"{path}: {answer.status_code}"
        assert answer.status_code == 401 or answer.headers["Location"].startswith("/sign-in/"), path


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_role_comes_in_where_it_may_and_nowhere_else(role: str, client: Client) -> None:
    client.force_login(
        User.objects.create_user(f"someone.{role}", role=role), "django.contrib.auth.backends.ModelBackend"
    )
    client.raise_request_exception = False
    wrong = []
    for path, pattern in GATED:
        for method in METHODS:
            code = permission(pattern, method)
            status = client.generic(method, address(path), "{}", "application/json").status_code
            may = not code or code in ROLES[role]
            if status >= 500 or status == 401 or (not may and status not in {403, 405}):
                wrong.append(f"{method} {path} ({code or 'no permission'}): {status}")
    assert wrong == []


def test_every_app_with_addresses_is_included() -> None:
    """config/urls.py names them; a forgotten one would simply not be there."""
    pages = {path.parent.name for path in BASE_DIR.glob("*/urls.py")} - {"config"}
    rest = {path.parent.name for path in BASE_DIR.glob("*/api_urls.py")}
    assert (pages, rest) == (set(WITH_PAGES), set(WITH_REST))
