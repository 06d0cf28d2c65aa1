"""No page loads more than 300 KB of script compressed before the grid is needed."""

import gzip
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT_BYTES = 300 * 1024
EVERY_PAGE = (
    "static/js/theme.js",
    "static/js/frame.js",
    "static/js/table.js",
    "build/vendor/htmx/htmx.min.js",
)
CHARTS = ("static/js/charts.js", "build/vendor/echarts/echarts.common.min.js")


def compressed(paths: tuple[str, ...]) -> int:
    return sum(len(gzip.compress((ROOT / path).read_bytes())) for path in paths)


@pytest.mark.skipif(not (ROOT / "build/vendor").exists(), reason="`make setup` copies the packages")
def test_a_page_with_charts_stays_under_the_limit() -> None:
    assert compressed(EVERY_PAGE) < 40 * 1024
    assert compressed(EVERY_PAGE + CHARTS) < LIMIT_BYTES
