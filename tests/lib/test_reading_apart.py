"""The process that reads: what is hostile ends that process, with a code; what is large takes no room here."""

import json
import random
import tracemalloc
from dataclasses import replace

import pytest

from lib.faults import Faults
from lib.sheets.bounds import MIB, OF_FEEDS, Bounds
from lib.sheets.worker import SMALL, grid_of

LINE = b"A-%06d,UK-1,%d,2026-01-05T08:26:00Z\n"


def many_lines(count: int) -> bytes:
    return b"sku,site,quantity,taken_at\n" + b"".join(LINE % (number, number % 97) for number in range(count))


def refusal(body: bytes, bounds: Bounds = OF_FEEDS, name: str = "a.csv") -> str:
    with pytest.raises(Faults) as refused:
        grid_of(body, name, bounds)
    return refused.value.faults[0].code


def test_a_text_of_many_lines_takes_no_room_here() -> None:
    body = many_lines(60_000)
    assert len(body) > SMALL
    tracemalloc.start()
    grid = grid_of(body)
    assert (grid.count, sum(1 for _ in grid.lines())) == (60_001, 60_001)
    assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    tracemalloc.stop()


def test_reading_apart_gives_what_reading_here_gives() -> None:
    body = 'sku,name\n"A ""1""",杯子\nB,\U0001f600 x\n'.encode()
    here = [list(line)[1:] for line in grid_of(body).lines()]
    apart = [list(line)[1:] for line in grid_of(body + b"C,y\n" * 100_000).lines()]
    assert apart[:3] == here


def test_processor_time_is_bounded() -> None:
    assert refusal(many_lines(400_000), replace(OF_FEEDS, cpu_s=0)) == "too_slow"


def test_the_clock_is_bounded() -> None:
    assert refusal(many_lines(50_000), replace(OF_FEEDS, wall_s=0)) == "too_slow"


def test_memory_is_bounded() -> None:
    """Thirty megabytes of empty lists in one row would be a gigabyte of objects."""
    body = b"[[" + b"[]," * (10 * MIB) + b"[]]]"
    assert refusal(body, replace(OF_FEEDS, memory=256 * MIB)) == "too_much_memory"


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        (replace(OF_FEEDS, rows=10_000), "too_many_rows"),
        (replace(OF_FEEDS, text_cells=10_000), "too_many_cells"),
        (replace(OF_FEEDS, size=1000), "too_large"),
    ],
)
def test_rows_cells_and_size_are_bounded(bounds: Bounds, code: str) -> None:
    assert refusal(many_lines(20_000), bounds) == code


def test_json_is_read_row_by_row() -> None:
    rows = [{"sku": f"A{number}", "quantity": "1.10", "note": "x" * 40} for number in range(9000)]
    grid = grid_of(json.dumps({"site": "UK-1", "rows": rows, "totals": {"rows": 9000}}).encode())
    assert grid.document == {"site": "UK-1", "totals": {"rows": 9000}}
    assert list(grid.rows()) == rows


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[1,2", "invalid_json"),
        ("[1,]", "invalid_json"),
        ("[1 2]", "invalid_json"),
        ("[1]x", "invalid_json"),
        ('{"rows": [1], "rows": [2]}', "duplicate_member"),
        ('{"rows": 7}', "not_a_list"),
        ('{"a": 1}', "not_a_list"),
        ("{", "invalid_json"),
        ("[", "invalid_json"),
        ("[Infinity]", "invalid_json"),
        ("[" * 200_000, "invalid_json"),
        ("[" + "9" * 5000 + "]", "invalid_json"),
    ],
)
def test_json_that_is_refused(text: str, code: str) -> None:
    assert refusal(text.encode()) == code


def test_the_lone_half_of_a_character_passes_through() -> None:
    body = b'[{"a": "\\ud800"}' + b', {"a": "x"}' * 40_000 + b"]"
    assert next(iter(grid_of(body).rows())) == {"a": "\ud800"}


def test_rubbish_never_ends_this_process() -> None:
    chance = random.Random(5)
    for start in (b"PK\x03\x04", b"[{", b'"', b"\xff\xfe"):
        with pytest.raises(Faults):
            grid_of(start + chance.randbytes(300_000) + b"\x00", "a.csv")
