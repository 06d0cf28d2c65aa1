"""Every pair of tokens that meets on a page reaches WCAG 2.2 AA: text 4.5:1, graphics and borders of fields 3:1."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "static/css/tokens.css"

GROUNDS = ("canvas", "surface", "sunk", "hover", "accent-soft")
TEXT = [(ink, ground) for ink in ("text", "text-2", "accent") for ground in GROUNDS]
TEXT += [("text-3", ground) for ground in ("canvas", "surface", "sunk", "hover")]
TEXT += [
    (tone, ground)
    for tone in ("red", "amber", "green")
    for ground in ("canvas", "surface", f"{tone}-ground", "hover")
]
TEXT += [(ink, f"{tone}-ground") for ink in ("text", "text-2") for tone in ("red", "amber", "green")]
TEXT += [("accent-button-text", "accent-button"), ("accent-button-text", "accent-button-hover")]
GRAPHICS = [
    ("field", "surface"),
    ("amber-ink", "surface"),
    ("red", "surface"),
    ("green", "surface"),
    ("accent", "surface"),
]
GRAPHICS += [("accent", "canvas"), ("accent-button", "surface")]


def tokens(theme: str) -> dict[str, str]:
    """Name → hex of a theme; dark says only what differs."""
    css = TOKENS.read_text(encoding="utf8")
    light, dark = css.split('[data-bs-theme="dark"] {', 1)
    found = dict(re.findall(r"--sy-([\w-]+): (#[0-9A-F]{6});", light))
    return found if theme == "light" else found | dict(re.findall(r"--sy-([\w-]+): (#[0-9A-F]{6});", dark))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(ink: str, ground: str) -> float:
    high, low = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_readable(theme: str, ink: str, ground: str) -> None:
    found = tokens(theme)
    assert ratio(found[ink], found[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), GRAPHICS)
def test_graphics_and_field_borders_are_visible(theme: str, ink: str, ground: str) -> None:
    found = tokens(theme)
    assert ratio(found[ink], found[ground]) >= 3


def test_the_ratio_is_the_one_of_the_standard() -> None:
    assert round(ratio("#000000", "#FFFFFF"), 2) == 21
    assert round(ratio("#767676", "#FFFFFF"), 2) == 4.54


def test_no_other_style_sheet_carries_a_colour_of_its_own() -> None:
    for sheet in TOKENS.parent.glob("*.css"):
        if sheet.name != "tokens.css":
            css = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf8"), flags=re.DOTALL)
            css = re.sub(r"@media print \{.*?\n\}", "", css, flags=re.DOTALL)
            assert not re.findall(r":[^;{]*#[0-9a-fA-F]{3,8}\b", css), sheet.name
