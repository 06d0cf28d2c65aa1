"""What holds for the whole tree, whoever writes in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from config.environment import BASE_DIR
from tests.whole_tree.floors import HEIGHT, is_below

APPS = [app for app in HEIGHT if (BASE_DIR / app).is_dir()]
EDGES = ("views", "api", "tasks", "admin")
#: Framework modules that a pure rule may not know; nor may it ask for the time or for chance.
IMPURE = {"django", "rest_framework", "celery", "psycopg2", "redis", "random", "secrets", "time", "requests"}
#: Programs of other people in the demo: they have clocks of their own.
STRANGERS = BASE_DIR / "demo/connectors"
CLOCK = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|timezone\.now|time\.time)\(")


def modules(app: str) -> Iterator[Path]:
    for path in sorted((BASE_DIR / app).rglob("*.py")):
        if not {"migrations", "locale", "__pycache__"} & set(path.parts):
            yield path


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, top-level package) of every import in a file, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.split(".")[0]


def is_in_layer(path: Path, app: str, layers: tuple[str, ...]) -> bool:
    """<app>/views.py and everything in <app>/views/."""
    return path.relative_to(BASE_DIR / app).parts[0].removesuffix(".py") in layers


@pytest.mark.parametrize("app", APPS)
def test_imports_point_down(app: str) -> None:
    # config/celery.py is imported by nobody; config knows everyone, but through names (settings, urls), too.
    wrong = [
        f"{path.relative_to(BASE_DIR)}:{line} imports {package}"
        for path in modules(app)
        for line, package in imports(path)
        if package in HEIGHT and not is_below(app, package)
    ]
    assert wrong == []


def test_foreign_keys_point_down() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        if (own := model._meta.app_label) in HEIGHT
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model is not None
        if (other := field.related_model._meta.app_label) in HEIGHT and not is_below(own, other)
    ]
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_edges_never_touch_objects(app: str) -> None:
    wrong = [
        f"{path.relative_to(BASE_DIR)}:{number}"
        for path in modules(app)
        if is_in_layer(path, app, EDGES)
        for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1)
        if re.search(r"\.objects\b", line)
    ]
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_rules_are_pure(app: str) -> None:
    wrong = [
        f"{path.relative_to(BASE_DIR)}:{line} imports {package}"
        for path in modules(app)
        if is_in_layer(path, app, ("rules",))
        for line, package in imports(path)
        if package in IMPURE
    ]
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_only_the_clock_knows_the_time(app: str) -> None:
    wrong = [
        f"{path.relative_to(BASE_DIR)}:{number}"
        for path in modules(app)
        if path != BASE_DIR / "lib/clock.py" and path.parent != STRANGERS
        for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1)
        if CLOCK.search(line)
    ]
    assert wrong == []


def test_every_folder_with_models_is_installed() -> None:
    with_models = {app for app in APPS if list((BASE_DIR / app).glob("models*"))}
    assert with_models <= set(settings.OWN_APPS)
