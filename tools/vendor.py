"""Copies from node_modules to build/vendor exactly what is served, and builds the icon sprite.

Everything here is an allow-list: eight packages ship 180 MB, about 8 MB of it are needed. Standard library only.
Source map references are cut off, because collectstatic refuses to store a file that points to a missing one.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "build" / "vendor"

#: source below node_modules (a pattern) → folder below build/vendor
ALLOWED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler",
    "@tabler/core/dist/js/tabler.min.js": "tabler",
    "tabulator-tables/dist/css/tabulator.min.css": "tabulator",
    "tabulator-tables/dist/js/tabulator.min.js": "tabulator",
    "tabulator-tables/dist/js/tabulator_esm.min.mjs": "tabulator",
    "tabulator-tables/LICENSE": "tabulator",
    "htmx.org/dist/htmx.min.js": "htmx",
    "htmx.org/LICENSE": "htmx",
    "echarts/dist/echarts.common.min.js": "echarts",
    "echarts/LICENSE": "echarts",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter/files",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter/files",
    "@fontsource-variable/inter/LICENSE": "inter",
    "@fontsource-variable/noto-sans-sc/wght.css": "noto-sans-sc",
    "@fontsource-variable/noto-sans-sc/files/*-wght-normal.woff2": "noto-sans-sc/files",
    "@fontsource-variable/noto-sans-sc/LICENSE": "noto-sans-sc",
}
SOURCE_MAP = re.compile(rb"(?:/\*[#@]\s*sourceMappingURL=[^*]*\*/|//[#@]\s*sourceMappingURL=\S+)\s*$")
SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def copy_packages(target: Path) -> int:
    """Number of files copied. Raises SystemExit naming a pattern that matches nothing."""
    copied = 0
    for pattern, folder in ALLOWED.items():
        found = sorted(MODULES.glob(pattern))
        if not found:
            raise SystemExit(
                f"{pattern}: not in node_modules; run `npm ci`, or the package has moved the file"
            )
        (target / folder).mkdir(parents=True, exist_ok=True)
        for source in found:
            content = source.read_bytes()
            if source.suffix in {".js", ".mjs", ".css"}:
                content = SOURCE_MAP.sub(b"", content)
            (target / folder / source.name).write_bytes(content)
            copied += 1
    return copied


def icon_names() -> list[str]:
    """The names of tools/icons.txt; text after # is a remark."""
    lines = (ROOT / "tools" / "icons.txt").read_text(encoding="utf8").splitlines()
    return sorted({name for line in lines if (name := line.partition("#")[0].strip())})


def build_sprite(target: Path) -> int:
    """icons.svg with one <symbol> per name; colour and stroke come from the page's style sheet."""
    symbols = []
    for name in icon_names():
        source = MODULES / "@tabler/icons/icons/outline" / f"{name}.svg"
        if not source.exists():
            raise SystemExit(f"tools/icons.txt: Tabler has no outline icon called {name!r}")
        shapes = SHAPES.search(source.read_text(encoding="utf8"))
        if shapes is None:
            raise SystemExit(f"{source}: no <svg> element")
        inside = " ".join(shapes.group(1).split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>')
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke-linecap="round" stroke-linejoin="round">'
    )
    (target / "icons.svg").write_text(head + "\n" + "\n".join(symbols) + "\n</svg>\n", encoding="utf8")
    return len(symbols)


def main() -> None:
    staging = VENDOR.with_name("vendor.new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    files = copy_packages(staging)
    icons = build_sprite(staging)
    shutil.rmtree(VENDOR, ignore_errors=True)
    staging.rename(VENDOR)
    sys.stdout.write(f"build/vendor: {files} files, {icons} icons\n")


if __name__ == "__main__":
    main()
