"""Set-up tools: what is served from packages, and the lockfile."""

import json
import re

from config.environment import BASE_DIR
from tools import vendor


def test_the_lockfile_holds_hashes_and_no_registry() -> None:
    packages = json.loads((BASE_DIR / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert not any("resolved" in package for package in packages.values())


def test_every_icon_of_the_list_is_in_the_sprite() -> None:
    sprite = (BASE_DIR / "build/vendor/icons.svg").read_text()
    assert set(re.findall(r'<symbol id="([^"]+)"', sprite)) == set(vendor.icon_names())


def test_source_map_references_are_cut_off() -> None:
    served = [
        path for path in (BASE_DIR / "build/vendor").rglob("*") if path.suffix in {".js", ".mjs", ".css"}
    ]
    assert served and not any(vendor.SOURCE_MAP.search(path.read_bytes()) for path in served)


def test_requirements_are_pinned_with_hashes_and_name_no_index() -> None:
    text = (BASE_DIR / "requirements.txt").read_text()
    pins = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==\S+.*\\\n +--hash=sha256:", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z]", text, re.MULTILINE)) and "://" not in text
