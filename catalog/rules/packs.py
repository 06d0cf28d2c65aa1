"""Packs and units: how many base units one of what a person names holds. Pure."""

from collections.abc import Sequence
from decimal import Decimal

ONE = Decimal(1)
#: What is counted whole: a fraction of it is a mistake.
WHOLE_UNITS = frozenset({"pcs", "box", "set"})
#: (asked, base unit) → base units in one.
METRIC = {
    ("g", "kg"): Decimal("0.001"),
    ("kg", "g"): Decimal(1000),
    ("ml", "l"): Decimal("0.001"),
    ("l", "ml"): Decimal(1000),
}


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


def unit_factor(asked: str, base_unit: str, packs: Sequence[tuple[str, Decimal]]) -> Decimal:
    """As `pack_factor`, and grams of a kilogram, millilitres of a litre and the other way round, where no pack is named so."""
    is_pack = any(unit == asked for unit, _factor in packs)
    if not is_pack and (asked, base_unit) in METRIC:
        return METRIC[asked, base_unit]
    return pack_factor(asked, base_unit, packs)


def pack_name(unit: str, factor: Decimal) -> str:
    """ "box:12"."""
    return f"{unit}:{factor.normalize():f}"
