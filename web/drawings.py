"""Geometry of the small server-drawn pictures: sparkline, ring, bar, waterfall. Pure; the SVG is in templates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

RING_UNITS = 100


@dataclass(frozen=True)
class Spark:
    """A sparkline: path data and the last point."""

    path: str
    last_x: float
    last_y: float


def spark_of(values: Sequence[float], width: float = 64, height: float = 20) -> Spark | None:
    """A line through `values`, oldest first, or None for fewer than two."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = (high - low) or 1
    inner = height - 4
    step = (width - 4) / (len(values) - 1)
    points = [
        (i * step, 2 + inner - (v - low) / span * inner if high > low else height / 2)
        for i, v in enumerate(values)
    ]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return Spark(path, round(points[-1][0], 1), round(points[-1][1], 1))


@dataclass(frozen=True)
class Step:
    """A waterfall row. Positions in percent of the bar's field; `level` is where it ends."""

    label: str
    note: str
    kind: str
    text: str
    start: float
    width: float
    level: float
    before: float
    is_cut: bool
    is_falling: bool
    tone: str


def steps_of(
    rows: Iterable[Mapping[str, Any]], *, start: Decimal = Decimal(0), earned: bool = False
) -> list[Step]:
    """Rows {label, amount, text, note?, kind: "total" | "step" | "skipped"} as floating bars.

    A total's amount is its level, a step's what it adds. start: where bars begin; totals are cut there when it
    is above zero. earned: the figures are money earned, so rising is green and falling red; else accent.
    """
    rows = list(rows)
    levels = _levels(rows)
    top = max([start, *(max(pair) for pair in levels)])
    span = (top - start) or Decimal(1)

    def percent(level: Decimal) -> float:
        return round(float(max(level - start, Decimal(0)) / span * 100), 2)

    steps = []
    for row, (low, high) in zip(rows, levels, strict=True):
        kind = row.get("kind", "step")
        base = start if kind == "total" else min(low, high)
        falling = kind == "step" and high < low
        tone = "total" if kind == "total" else ("bad" if falling else "good") if earned else "accent"
        steps.append(
            Step(
                label=row["label"],
                note=row.get("note", ""),
                kind=kind,
                text=row["text"],
                start=percent(base),
                width=max(round(percent(max(low, high)) - percent(base), 2), 0.5) if kind != "skipped" else 0,
                level=percent(high),
                before=percent(low),
                is_cut=kind == "total" and start > 0,
                is_falling=falling,
                tone=tone,
            )
        )
    return steps


def _levels(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Decimal, Decimal]]:
    """Level before and after each row."""
    level = Decimal(0)
    levels = []
    for row in rows:
        kind = row.get("kind", "step")
        amount = Decimal(row.get("amount") or 0)
        after = level if kind == "skipped" else amount if kind == "total" else level + amount
        levels.append((after if kind == "total" else level, after))
        level = after
    return levels


def share_percent(value: float, most: float) -> float:
    """`value` as percent of `most`, kept within 0 and 100."""
    return round(min(max(value / most * 100 if most else 0, 0), 100), 2)
