"""What the Content-Security-Policy forbids stands in no template, and every icon named is in the sprite's list."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
ICON = re.compile(r"""\{% icon ["']([\w-]+)["']|icon=["']([\w-]+)["']""")
FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "hx-on or a filter that needs eval": re.compile(
        r"hx-on|hx-vals=[\"']js:|hx-trigger=[\"'][^\"']*\[", re.IGNORECASE
    ),
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_nothing_inline(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", path.read_text(encoding="utf8"), flags=re.DOTALL)
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_short_comments_end_on_their_line(path: Path) -> None:
    lines = path.read_text(encoding="utf8").splitlines()
    assert [line for line in lines if line.count("{#") != line.count("#}")] == []  # Django would print them


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_icon_is_in_the_sprite(path: Path) -> None:
    known = set((ROOT / "tools/icons.txt").read_text(encoding="utf8").split())
    named = {a or b for a, b in ICON.findall(path.read_text(encoding="utf8"))}
    assert named - known == set()


def test_icons_named_in_python_are_in_the_sprite() -> None:
    from web import frame, search, states

    known = set((ROOT / "tools/icons.txt").read_text(encoding="utf8").split())
    named = {row[2] for row in states.STATES.values()} | {entry.icon for entry in frame.RAIL}
    named |= {picture for _label, picture, _url, _permission in search.ACTIONS}
    assert named - known == set()
