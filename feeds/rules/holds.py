"""When a delivery changes too much to be applied unseen. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Limits:
    """Fractions; None: not watched. min_rows: of what is compared with, below which nothing is held."""

    min_rows: int = 100
    changed: Decimal | None = None
    removed: Decimal | None = Decimal("0.5")
    drop: Decimal | None = Decimal("0.5")
    jump: Decimal | None = Decimal("0.5")
    jumped: Decimal | None = Decimal("0.1")


@dataclass(frozen=True)
class Facts:
    """A delivery against what is here. before: rows there were; now: rows it has (None: it does not stand for all of them).

    compared: rows that are here and there; of them changed, and jumped by more than the limit. removed: of those before.
    """

    before: int = 0
    now: int | None = None
    compared: int = 0
    changed: int = 0
    removed: int = 0
    jumped: int = 0


def figures(facts: Facts, limits: Limits) -> list[dict[str, Any]]:
    """What is beyond its limit: [{code, value, limit, rows, of}], fractions as text; empty when nothing is."""
    dropped = 0 if facts.now is None else max(0, facts.before - facts.now)
    judged = (
        ("fewer_rows", dropped, facts.before, limits.drop),
        ("removed_rows", facts.removed, facts.before, limits.removed),
        ("changed_rows", facts.changed, facts.compared, limits.changed),
        ("jumped_rows", facts.jumped, facts.compared, limits.jumped if limits.jump is not None else None),
    )
    found = []
    for code, rows, of, limit in judged:
        if limit is None or of < max(limits.min_rows, 1):
            continue
        share = Decimal(rows) / Decimal(of)
        if share > limit:
            value = format(share.quantize(Decimal("0.0001")), "f")
            found.append({"code": code, "value": value, "limit": format(limit, "f"), "rows": rows, "of": of})
    return found
