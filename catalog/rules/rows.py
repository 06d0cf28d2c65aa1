"""Incoming lists of master data: every fault of every row at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.rules import fields
from catalog.rules.fields import Check, Wrong
from lib.faults import Fault
from lib.quantities import BASE_UNITS

MAX_ROWS = 200_000


@dataclass(frozen=True)
class Field:
    """One field: how it is checked and whether it must be there. `nullable` passes null to the check."""

    name: str
    check: Check
    required: bool = True
    nullable: bool = False


@dataclass(frozen=True)
class Shape:
    """The fields of a row and which of them name it."""

    fields: Sequence[Field]
    key: Sequence[str]


def _nullable(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _packs(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise Wrong("not_a_list", "must be a list of packs")
    rows, faults = checked_rows(value, PACK)
    if faults:
        raise Wrong(faults[0].code, f"{faults[0].pointer}: {faults[0].detail}")
    return [{"barcode": "", **row} for row in rows]


_unit = fields.choice(BASE_UNITS, "unknown_unit")
_code = fields.text(32)

PACK = Shape(
    (
        Field("unit", _unit),
        Field("factor", fields.above_zero(fields.decimal(12, 6))),
        Field("barcode", fields.barcode, required=False, nullable=True),
    ),
    ("unit", "factor"),
)

PRODUCT = Shape(
    (
        Field("sku", fields.text(64)),
        Field("name", fields.text(300)),
        Field("category", fields.category_path, nullable=True),
        Field("unit", _unit),
        Field("barcode", fields.barcode, required=False, nullable=True),
        Field(
            "status",
            fields.choice(("new", "active", "phasing_out", "ended"), "unknown_status"),
            required=False,
        ),
        Field("tax_class", fields.text(32), required=False),
        Field(
            "net_content", _nullable(fields.above_zero(fields.decimal(12, 6))), required=False, nullable=True
        ),
        Field(
            "net_content_unit", lambda v: "" if v in (None, "") else _unit(v), required=False, nullable=True
        ),
        Field("packs", _packs, required=False),
    ),
    ("sku",),
)

SITE = Shape(
    (
        Field("code", _code),
        Field("name", fields.text(100)),
        Field("kind", fields.choice(("warehouse", "store", "online"), "unknown_kind")),
        Field("region", _code),
        Field("country", fields.country),
        Field("timezone", fields.timezone),
        Field("currency", fields.currency),
        Field("legal_entity", _nullable(_code), required=False, nullable=True),
        Field(
            "operator", fields.choice(("own", "franchise", "platform"), "unknown_operator"), required=False
        ),
        Field("channel", _nullable(_code), required=False, nullable=True),
        Field("opening_hours", fields.opening_hours, required=False),
    ),
    ("code",),
)

TAX_RATE = Shape(
    (
        Field("country", fields.country),
        Field("tax_class", fields.text(32)),
        Field("rate_fraction", fields.fraction),
        Field("valid_from", fields.day),
    ),
    ("country", "tax_class", "valid_from"),
)

UNIT_COST = Shape(
    (
        Field("sku", fields.text(64)),
        Field("amount", fields.above_zero(fields.decimal(14, 6))),
        Field("currency", fields.currency),
        Field("valid_from", fields.instant),
    ),
    ("sku", "valid_from"),
)

CUSTOMER_GROUP = Shape((Field("code", fields.text(32)), Field("name", fields.text(100))), ("code",))
EXCHANGE_RATE = Shape(
    (
        Field("base", fields.currency),
        Field("quote", fields.currency),
        Field("rate", fields.above_zero(fields.decimal(10, 10))),
        Field("on", fields.day),
    ),
    ("base", "quote", "on"),
)


def checked_rows(rows: Any, shape: Shape) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The clean rows (fields that were absent stay absent) and all faults of shape.

    A fault's pointer is "/<row>/<field>". With any fault the rows are of no use.
    Fault codes: not_a_list, too_many, not_an_object, required, unknown_field, duplicate_row and those of
    `catalog.rules.fields`.
    """
    if not isinstance(rows, list):
        return [], [Fault("", "not_a_list", "The body must be a list.")]
    if len(rows) > MAX_ROWS:
        return [], [Fault("", "too_many", f"A list has at most {MAX_ROWS:,} rows.")]
    clean: list[dict[str, Any]] = []
    faults: list[Fault] = []
    seen: dict[tuple[Any, ...], int] = {}
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            faults.append(Fault(f"/{index}", "not_an_object", "Each row must be an object."))
            continue
        taken = _checked_row(row, shape, index, faults)
        key = tuple(taken.get(name) for name in shape.key)
        if None not in key:
            first = seen.setdefault(key, index)
            if first != index:
                faults.append(Fault(f"/{index}/{shape.key[0]}", "duplicate_row", f"The same as row {first}."))
        clean.append(taken)
    return clean, faults


def _checked_row(row: Mapping[str, Any], shape: Shape, index: int, faults: list[Fault]) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    for field in shape.fields:
        value = row.get(field.name)
        if field.name not in row or (value is None and not field.nullable):
            if field.required:
                faults.append(Fault(f"/{index}/{field.name}", "required", "This field is needed."))
            continue
        try:
            taken[field.name] = field.check(value)
        except Wrong as wrong:
            faults.append(Fault(f"/{index}/{field.name}", wrong.code, f"{field.name} {wrong.detail}."))
    known = {field.name for field in shape.fields}
    faults.extend(
        Fault(f"/{index}/{str(name)[:60]}", "unknown_field", "This field is not known.")
        for name in row
        if name not in known
    )
    return taken
