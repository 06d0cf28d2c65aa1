"""Rows as a block of CSV lines and what they share, for COPY: no object for each row. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any


@dataclass(frozen=True)
class Columns:
    """names: of the columns of `lines` (CSV without a header), "" for one that is not read. shared: fields that are the
    same in every row and stand in no column.
    """

    names: tuple[str, ...]
    lines: bytes
    count: int
    shared: Mapping[str, str] = field(default_factory=dict)


class ColumnRows(Sequence[Any]):
    """The rows of columns, made as they are gone through."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return self.columns.count

    def __iter__(self) -> Iterator[dict[str, str]]:
        names, shared, at = self.columns.names, dict(self.columns.shared), 0
        while at < len(self.columns.lines):
            end = self.columns.lines.index(b"\n", at)
            cells = self.columns.lines[at:end].decode("ascii").split(",")
            yield shared | {name: cell for name, cell in zip(names, cells, strict=True) if name and cell}
            at = end + 1

    def __getitem__(self, place: Any) -> Any:
        """The row, or the rows of a slice; those before them are gone through, none after them is made."""
        if isinstance(place, slice):
            return list(islice(self, *place.indices(len(self))))
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(place)
        return next(islice(self, number, None))
