"""Price lists as they are posted: the fields of a row, and what must hold among them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.rules import fields
from catalog.rules.fields import Wrong
from catalog.rules.rows import Field, Shape, checked_rows
from lib.faults import Fault
from pricing.rules.resolution import KIND_ORDER

MAX_PRIORITY = 1_000_000


OVERRIDE_POLICIES = ("keep", "follow", "ask")
#: Fields that say how a price derives from a parent's.
NEED_PARENT = ("float_fraction", "float_amount", "floor_fraction", "ceiling_fraction")


def _optional(check: fields.Check) -> fields.Check:
    return lambda value: None if value in (None, "") else check(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("not_a_flag", "must be true or false")
    return value


def _priority(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_PRIORITY:
        raise Wrong("not_an_integer", f"must be a whole number from −{MAX_PRIORITY:,} to {MAX_PRIORITY:,}")
    return value


def _float(value: Any) -> Any:
    number = fields.decimal(3, 6)(value)
    if number <= -1:
        raise Wrong("not_a_float", "must lie above −1 (−100 %)")
    return number


def _ending(value: Any) -> Any:
    number = fields.decimal(3, 4)(value)
    if number < 0:
        raise Wrong("not_an_ending", "must not be below zero")
    return number


def _days(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 366:
        raise Wrong("not_days", "must be a whole number of days from 1 to 366")
    return value


def _share(value: Any) -> Any:
    number = fields.decimal(3, 6)(value)
    if not 0 <= number < 1:
        raise Wrong("not_a_share", "must lie from 0 to below 1")
    return number


def _step(value: Any) -> Any:
    number = _share(value)
    if number == 0:
        raise Wrong("not_a_share", "must lie above 0 and below 1")
    return number


_signed = fields.decimal(14, 6)
_code = fields.text(32)
PRICE_LIST = Shape(
    (
        Field("code", _code),
        Field("name", fields.text(100)),
        Field("currency", fields.currency),
        Field("kind", fields.choice(KIND_ORDER, "unknown_kind")),
        Field("parent", _optional(_code), required=False, nullable=True),
        Field("region", _optional(_code), required=False, nullable=True),
        Field("channel", _optional(_code), required=False, nullable=True),
        Field("site", _optional(_code), required=False, nullable=True),
        Field("priority", _priority, required=False),
        Field("float_fraction", _optional(_float), required=False, nullable=True),
        Field("ends_in", _optional(_ending), required=False, nullable=True),
        Field("tax_included", _flag, required=False),
        Field("exclusive", _flag, required=False),
        Field("customer_group", _optional(_code), required=False, nullable=True),
        Field("float_amount", _optional(_signed), required=False, nullable=True),
        Field("floor_fraction", _optional(_float), required=False, nullable=True),
        Field("ceiling_fraction", _optional(_float), required=False, nullable=True),
        Field("override_policy", fields.choice(OVERRIDE_POLICIES, "unknown_policy"), required=False),
        Field("rate_max_age_days", _optional(_days), required=False, nullable=True),
        Field("rate_dead_band", _optional(_share), required=False, nullable=True),
        Field("rate_step_limit", _optional(_step), required=False, nullable=True),
    ),
    ("code",),
)


#: How a list derives, without what else it is.
DERIVATION = Shape(
    tuple(
        field
        for field in PRICE_LIST.fields
        if field.name in ("parent", "ends_in", *NEED_PARENT) or field.name.startswith("rate_")
    ),
    (),
)
#: What a proposal says beside how the list derives.
BESIDE = ("reason", "effective_from", "base_version")


def derivation_of(row: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """How a list would derive by a row (absent = none), and every fault of it."""
    given = {name: value for name, value in row.items() if name not in BESIDE}
    clean, faults = checked_rows([given], DERIVATION)
    found = [replace(one, pointer=one.pointer.removeprefix("/0")) for one in faults]
    full: dict[str, Any] = {field.name: None for field in DERIVATION.fields}
    if clean:
        full |= clean[0]
        found += [
            replace(one, pointer=one.pointer.removeprefix("/0"))
            for one in kind_faults([{**full, "kind": "base"}])
        ]
    return full, found


def kind_faults(rows: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """A region, channel or site list names its place; a float and an ending need a parent."""
    faults = []
    for index, row in enumerate(rows):
        kind = row.get("kind")
        if kind in ("region", "channel", "site") and not row.get(kind):
            faults.append(Fault(f"/{index}/{kind}", "required", f"A list of kind {kind} names its {kind}."))
        deriving = [name for name in NEED_PARENT if row.get(name) is not None]
        if deriving and not row.get("parent"):
            faults.append(
                Fault(f"/{index}/parent", "required", f"{', '.join(deriving)} needs a parent list.")
            )
        low, high = row.get("floor_fraction"), row.get("ceiling_fraction")
        if low is not None and high is not None and low > high:
            detail = "The floor lies above the ceiling."
            faults.append(Fault(f"/{index}/floor_fraction", "floor_above_ceiling", detail))
    return faults


def cycle_faults(rows: Sequence[Mapping[str, Any]], stored: Mapping[str, str | None]) -> list[Fault]:
    """Lists that would derive from themselves. stored: code → parent's code of the lists that exist."""
    parents = {**stored, **{row["code"]: row.get("parent") for row in rows if "code" in row}}
    faults = []
    for index, row in enumerate(rows):
        seen = set()
        code: str | None = row.get("code")
        while code is not None and code not in seen:
            seen.add(code)
            code = parents.get(code)
        if code is not None and code == row.get("code"):
            faults.append(Fault(f"/{index}/parent", "cycle", f"{code} would derive from itself."))
    return faults
