"""Packs: a quote may be asked for a multiple of a product's base unit."""

from collections.abc import Sequence
from decimal import Decimal

from pricing.rules.resolution import ONE


def pack_factor(asked: str, base_unit: str, packs: Sequence[tuple[str, Decimal]]) -> Decimal:
    """How many base units one `asked` holds: "" or the base unit itself, "box", or "box:12" to tell two boxes apart.

    packs: the product's as (unit, factor). Raises LookupError, saying what there is.
    """
    if asked in ("", base_unit):
        return ONE
    fitting = [factor for unit, factor in packs if asked in (unit, pack_name(unit, factor))]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join([base_unit, *(pack_name(unit, factor) for unit, factor in packs)])
    raise LookupError(f"“{asked}” is no single unit of it; there is {known}.")


def pack_name(unit: str, factor: Decimal) -> str:
    """ "box:12"."""
    return f"{unit}:{factor.normalize():f}"
