"""Many rows in little room: packed a few thousand at a time, unpacked as they are gone through. Pure."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

PACK = 2_000
#: Up to so many rows are kept as they are.
FEW = 5_000


class PackedRows(Sequence[Any]):
    """Rows that go through JSON unharmed (text, whole numbers, lists and objects of them)."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._packs: list[bytes] = []
        self._length = 0
        self._open: tuple[int, list[Any]] = (-1, [])
        part: list[Any] = []
        for row in rows:
            part.append(row)
            if len(part) == PACK:
                self._pack(part)
                part = []
        if part:
            self._pack(part)

    def _pack(self, part: list[Any]) -> None:
        text = json.dumps(part, ensure_ascii=False, separators=(",", ":"), check_circular=False)
        self._packs.append(text.encode("utf-8", "surrogatepass"))
        self._length += len(part)

    def _part(self, number: int) -> list[Any]:
        if self._open[0] != number:
            self._open = (number, json.loads(self._packs[number].decode("utf-8", "surrogatepass")))
        return self._open[1]

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Any]:
        for number in range(len(self._packs)):
            yield from self._part(number)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(self._length))]
        at = place + self._length if place < 0 else place
        if not 0 <= at < self._length:
            raise IndexError(place)
        return self._part(at // PACK)[at % PACK]


def kept(rows: Iterable[Any], count: int) -> Sequence[Any]:
    """The rows as a sequence: as they are when they are few, else packed. count: how many there may be."""
    return list(rows) if count <= FEW else PackedRows(rows)
