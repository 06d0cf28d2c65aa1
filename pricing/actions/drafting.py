"""Drafts: create a change, put and remove its lines, evaluate them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.actors import Actor
from lib.faults import Fault
from pricing.models import PriceChange


@dataclass(frozen=True)
class LineDraft:
    """One line as asked for, unparsed: amount "12.95" (None or "" ends the price), min_quantity "1"."""

    price_list: str
    sku: str
    amount: Any
    min_quantity: Any = "1"


@dataclass(frozen=True)
class ChangeDraft:
    """A change as asked for, unparsed; times are ISO 8601 text with an offset, or aware datetimes, or None."""

    title: str
    reason: str = ""
    reason_code: str = "regular"
    effective_from: Any = None
    effective_until: Any = None
    lines: Sequence[LineDraft] = field(default_factory=tuple)


@dataclass(frozen=True)
class LinesPut:
    """What `put_lines` took. A fault's pointer is "/lines/<index>/<field>"; faulty lines were not taken."""

    change: PriceChange
    taken: int
    faults: list[Fault]


def create_change(*, actor: Actor, draft: ChangeDraft) -> PriceChange:
    """A new draft with its findings. Raises Faults 422 with every fault at once; then nothing is stored."""
    raise NotImplementedError


def put_lines(*, actor: Actor, change_id: int, lines: Sequence[LineDraft], partial: bool = False) -> LinesPut:
    """Add lines to a draft, or overwrite those with the same list, product and minimum quantity.

    partial: take the good lines and return the faults of the others (a paste into the grid); otherwise any fault
    refuses all. Findings are not renewed here: call `evaluate_change`.
    """
    raise NotImplementedError


def remove_lines(*, actor: Actor, change_id: int, keys: Sequence[tuple[str, str, Any]]) -> int:
    """Take lines out of a draft by (list code, sku, minimum quantity); how many went."""
    raise NotImplementedError


def edit_header(*, actor: Actor, change_id: int, draft: ChangeDraft) -> PriceChange:
    """Set title, reason, reason code and window of a draft (its lines are left alone)."""
    raise NotImplementedError


def evaluate_change(*, actor: Actor, change_id: int) -> PriceChange:
    """Renew findings and each line's old amount, change and margin."""
    raise NotImplementedError
