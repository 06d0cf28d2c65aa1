"""Plain snapshots as columns: the same rows as row by row, and nothing but sound ones."""

import pytest

from feeds.actions.kinds import Kind
from feeds.actions.registry import KINDS
from feeds.rules.batches import batch_of
from feeds.rules.blocks import ColumnRows, Columns
from feeds.rules.columns import plain_batch
from feeds.rules.mappings import Reading, Readings

KIND: Kind = KINDS["snapshots"]
AT = "2026-01-05T12:00:00Z"


def plain(body: bytes, readings: Readings | None = None):
    return plain_batch(body, KIND.layout, readings or Readings(), KIND.parted_by)


SOUND = [
    f"site,sku,quantity,taken_at\nUK-1,A001,4,{AT}\nUK-1,A 02/x,0.5,{AT}\n".encode(),
    f"\ufeffsku,name,quantity,site,taken_at,lot\nA1,Cup,4,UK-1,{AT},L1\nA2,Bowl,0,UK-2,{AT},".encode(),
    f"SKU,数量,仓库,盘点时间\r\nA1,12.25,UK-1,{AT}\r\nA2,3,UK-1,{AT}\r\n".encode(),
    f'{{"site": "UK-1", "taken_at": "{AT}", "complete": false, "lines": [{{"sku": "A1", "quantity": "4"}},'
    ' {"sku": "A2", "quantity": "7.5"}], "quantity_kind": "physical"}'.encode(),
    f'[{{"quantity": 3, "sku": "A1", "site": "UK-1", "taken_at": "{AT}"}},\n'
    f'{{"quantity": 0, "sku": "B", "site": "UK-2", "taken_at": "{AT}"}}]'.encode(),
]


@pytest.mark.parametrize("body", SOUND)
def test_columns_hold_the_rows_that_reading_row_by_row_gives(body: bytes) -> None:
    fast, slow = plain(body), batch_of(body, KIND.layout)
    assert fast is not None
    shared = {name: slow.document[name] for name in KIND.parted_by if name in slow.document}
    told = [shared | {name: str(value) for name, value in row.items()} for row in slow.rows]
    assert list(fast.rows) == told
    assert (dict(fast.document), fast.form, fast.ignored) == (dict(slow.document), slow.form, slow.ignored)


LEFT = [
    b"", b"x", b"[]", b"{}", b'{"lines": []}', b"site,sku,quantity,taken_at\n",
    b"site,sku,quantity\nUK-1,A,1\n",
    *(
        f"site,sku,quantity,taken_at\nUK-1,A,1,{AT}\n{row}\nUK-1,B,1,{AT}\n".encode()
        for row in (
            f"UK-1,A,1e3,{AT}", f"UK-1,A,NaN,{AT}", f"UK-1,A,-1,{AT}", f"UK-1,A,1.1234567,{AT}", f"UK-1,A,007,{AT}",
            f"UK-1,A,1234567890123,{AT}", f"UK-1,,1,{AT}", f"UK-1,A,,{AT}", f"UK-1,{'x' * 65},1,{AT}", f'UK-1,"A",1,{AT}',
            f"UK-1, A,1,{AT}", f"UK-1,货,1,{AT}", f"UK-1,=A,1,{AT}", f"UK-1,A,1,{AT},2", "UK-1,A,1", "", "\\.",
            "UK-1,A,1,2026-01-05 12:00", "UK-1,A,1,05/01/2026",
        )
    ),
    f'{{"site": "UK-1", "taken_at": "{AT}", "lines": [{{"sku": "A", "quantity": 1}} x, {{"sku": "B", "quantity": 1}}]}}'.encode(),
    f'{{"site": "UK-1", "taken_at": "{AT}", "lines": [{{"sku": "A", "quantity": "1}}]}}'.encode(),
    f'{{"site": "UK-1", "taken_at": "{AT}", "lines": [{{"sku": "A", "quantity": 1}}]}} {{}}'.encode(),
    b'{"site": "UK-1", "taken_at": "2026-13-05T12:00:00Z", "lines": [{"sku": "A", "quantity": 1}]}',
    f'{{"site": "UK-1", "taken_at": "{AT}", "lines": [{{"sku": "A", "quantity": 1, "more": 2}}]}}'.encode(),
    f'{{"site": " UK-1", "taken_at": "{AT}", "lines": [{{"sku": "A", "quantity": 1}}]}}'.encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", LEFT)
def test_what_is_not_plain_throughout_is_left_to_reading_row_by_row(body: bytes) -> None:
    assert plain(body) is None


def test_what_a_mapping_changes_is_left_too() -> None:
    readings = Readings({"": Reading(version=1, constants={"site": "UK-1"})})
    assert plain(SOUND[0], readings) is None


def test_the_first_rows_are_had_without_making_those_behind_them() -> None:
    rows = ColumnRows(Columns(("sku", "quantity"), b"A1,4\nA2,5\nthis line is none\n", 3))
    assert (rows[:1], rows[1]) == ([{"sku": "A1", "quantity": "4"}], {"sku": "A2", "quantity": "5"})
    with pytest.raises(IndexError):
        rows[3]
