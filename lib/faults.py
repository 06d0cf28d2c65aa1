"""What is wrong with a request: every fault at once, each with a place, a stable code and a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault. `pointer` is a JSON pointer into the body ("" for the whole)."""

    pointer: str
    code: str
    detail: str


class Faults(Exception):
    """An action refused. `status` is the HTTP status an edge answers with (409, 422, 403, 404, 413 …)."""

    def __init__(self, faults: Sequence[Fault], status: int = 422) -> None:
        self.faults = list(faults)
        self.status = status
        super().__init__("; ".join(f"{f.code}: {f.detail}" for f in self.faults))


def refuse(code: str, detail: str, *, pointer: str = "", status: int = 422) -> Faults:
    """A `Faults` with one fault, to raise."""
    return Faults([Fault(pointer, code, detail)], status)
