"""What a check of a verification returns: how many lines were compared and which of them differ."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

#: Classes a difference may have, whoever finds it.
CLASSES = (
    "timing",
    "in_transit",
    "unit_or_pack",
    "unknown_product",
    "duplicate",
    "quantity",
    "value",
    "missing_here",
    "missing_there",
    "date",
    "product",
    "missing",
    "stale",
    "currency",
    "tax",
    "rounding",
    "price",
)


@dataclass(frozen=True)
class Differs:
    """One line on which the two sides do not agree.

    key:         what it is about, stable from run to run ("stock:3:4711"); the same trouble has the same key.
    class_code:  one of CLASSES.
    title:       one English sentence; the page has its own words where it knows the class.
    sku:         "" where the line is about no product.
    ours/theirs: figures or words as they stand in the two books; None: there is none.
    explanation: what explains (a part of) it: {"explained": quantity, "why": code, …}; a line without an
                 unexplained rest has "settled": true and is counted in Compared.explained.
    url:         the page on which it is looked into.
    """

    key: str
    class_code: str
    title: str
    site_id: int | None = None
    sku: str = ""
    ours: Decimal | str | None = None
    theirs: Decimal | str | None = None
    explanation: dict[str, Any] | None = None
    url: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether nothing of the difference is left unexplained."""
        return bool((self.explanation or {}).get("settled"))


@dataclass(frozen=True)
class Compared:
    """One check's result.

    lines:       lines that were compared, those that agree too.
    differing:   lines that do not agree.
    explained:   those of them that are explained completely (0 ≤ explained ≤ differing).
    differences: the differing lines; a check may cut them at its own cap, the counts stay whole.
    complete_to: up to which moment the other side is known; None: nothing of it is known.
    value:       money at stake in the unexplained rest, in `currency`; None: not known.
    """

    lines: int
    differing: int
    explained: int
    differences: tuple[Differs, ...] = ()
    complete_to: datetime | None = None
    value: Decimal | None = None
    currency: str = ""

    @property
    def unexplained(self) -> int:
        return self.differing - self.explained
