"""What a figure is, and the list of all."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bench.instance import Instance

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Measured:
    """value: what Steelyard does. limit: what the machine could do at best, measured in the same run, same unit."""

    value: float
    limit: float
    note: str = ""


@dataclass(frozen=True)
class Figure:
    name: str
    unit: str
    goal: float
    better: Better
    measure: Callable[[Instance], Measured]

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.goal if self.better == "higher" else ratio <= self.goal


FIGURES: list[Figure] = []


def figure(
    name: str, *, unit: str, goal: float, better: Better = "higher"
) -> Callable[[Callable[[Instance], Measured]], Callable[[Instance], Measured]]:
    """Register a function that measures one figure."""

    def register(measure: Callable[[Instance], Measured]) -> Callable[[Instance], Measured]:
        FIGURES.append(Figure(name, unit, goal, better, measure))
        return measure

    return register


def load() -> list[Figure]:
    """All registered figures, in the order of their files' names."""
    from bench import figures

    for module in sorted(info.name for info in pkgutil.iter_modules(figures.__path__)):
        importlib.import_module(f"bench.figures.{module}")
    return FIGURES
