"""Spelling out what a caller asks for: packs become base units, bundles become their components."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Context, Decimal

from catalog.queries.bills import bill_versions, has_bundle, units_of
from catalog.rules.bills import Versions, bundle_parts
from catalog.rules.packs import WHOLE_UNITS, unit_factor
from inventory.queries.set_aside import sites_that_inspect
from inventory.rules.drafts import LineDraft, MovementDraft, PartOf
from inventory.rules.states import AVAILABLE, INSPECT
from lib.faults import Fault, Faults
from lib.quantities import quantity_fault

#: Wide enough for a product of two quantities: nothing is rounded, what has too many digits is refused.
_times = Context(prec=60).multiply
#: A bundle is sold, given out and taken back; it is never received, moved or counted itself.
BUNDLE_KINDS = frozenset({"sale", "return", "issue"})


@dataclass(frozen=True)
class Spelled:
    """A draft in base units, or unchanged with the faults that kept it so."""

    draft: MovementDraft
    faults: tuple[Fault, ...] = ()


def in_base_units(drafts: Sequence[MovementDraft]) -> list[Spelled]:
    """Every line that names a unit converted, exactly; what was given stays beside it. At most 1 query.

    Faults: `unknown_unit` (says which there are), `fraction_of_piece`, `invalid_quantity` (more digits than are kept).
    """
    drafts = inspected_on_arrival(drafts)
    skus = {line.sku for draft in drafts for line in draft.lines if line.unit}
    if not skus:
        return [Spelled(draft) for draft in drafts]
    units = units_of(skus)
    made = []
    for draft in drafts:
        faults: list[Fault] = []
        lines = tuple(
            _converted(line, number, units, faults) if line.unit else line
            for number, line in enumerate(draft.lines)
        )
        made.append(Spelled(replace(draft, lines=lines), tuple(faults)))
    return made


def inspected_on_arrival(drafts: Sequence[MovementDraft]) -> list[MovementDraft]:
    """What customers bring back waits to be inspected where the site's control profile says so (`returns_state`).

    No query without a return, else 1.
    """
    codes = {line.to_code for draft in drafts if draft.kind == "return" for line in draft.lines}
    inspecting = sites_that_inspect(codes) if codes else frozenset()
    if not inspecting:
        return list(drafts)
    return [
        replace(draft, lines=tuple(_inspected(line, inspecting) for line in draft.lines))
        if draft.kind == "return"
        else draft
        for draft in drafts
    ]


def _inspected(line: LineDraft, inspecting: frozenset[str]) -> LineDraft:
    if line.to_code in inspecting and line.to_state == AVAILABLE:
        return replace(line, to_state=INSPECT)
    return line


def _converted(
    line: LineDraft,
    number: int,
    units: dict[str, tuple[str, list[tuple[str, Decimal]]]],
    faults: list[Fault],
) -> LineDraft:
    """The line in base units; what it costs or cost stays per base unit. An unknown product is left to its look-up."""
    if line.sku not in units or not line.quantity.is_finite() or line.in_units is not None:
        return line
    base, packs = units[line.sku]
    at = f"/lines/{number}"
    try:
        factor = unit_factor(line.unit, base, packs)
    except LookupError as error:
        faults.append(Fault(f"{at}/unit", "unknown_unit", f"{line.sku}: {error}"))
        return line
    if quantity_fault(line.quantity):
        return line
    quantity = _times(line.quantity, factor)
    if base in WHOLE_UNITS and quantity != quantity.to_integral_value():
        detail = (
            f"{line.quantity:f} {line.unit} are {quantity.normalize():f} {base}; {line.sku} is counted whole."
        )
        faults.append(Fault(f"{at}/quantity", "fraction_of_piece", detail))
        return line
    if problem := quantity_fault(quantity):
        detail = f"{line.quantity:f} {line.unit} in {base} has {problem}."
        faults.append(Fault(f"{at}/quantity", "invalid_quantity", detail))
        return line
    return replace(line, quantity=quantity, in_units=line.quantity)


def may_hold_bundles(drafts: Sequence[MovementDraft]) -> bool:
    """Whether any product among `drafts` was ever a bundle. 1 query."""
    return has_bundle({line.sku for draft in drafts for line in draft.lines})


def without_bundles(drafts: Sequence[MovementDraft], now: datetime) -> list[Spelled]:
    """Every line of a bundle replaced by its components, as they were when the goods moved. 1 query.

    Faults: `bundle_has_no_stock` for a kind of movement that bundles do not make, `invalid_quantity`. Their pointers
    name the lines as they were asked for.
    """
    versions = bill_versions({line.sku for draft in drafts for line in draft.lines})
    return [_taken_apart(draft, versions, draft.occurred_at or now) for draft in drafts]


def _taken_apart(draft: MovementDraft, versions: Versions, at: datetime) -> Spelled:
    lines: list[LineDraft] = []
    faults: list[Fault] = []
    for number, line in enumerate(draft.lines):
        parts = bundle_parts(versions, line.sku, at) if line.sku in versions else None
        if parts is None:
            lines.append(line)
        elif fault := _bundle_fault(draft.kind, line, number):
            faults.append(fault)
        else:
            lines += _part_lines(line, number, parts, faults)
    return Spelled(draft if faults else replace(draft, lines=tuple(lines)), tuple(faults))


def _bundle_fault(kind: str, line: LineDraft, number: int) -> Fault | None:
    at = f"/lines/{number}"
    if kind not in BUNDLE_KINDS:
        detail = f"{line.sku} is a bundle and has no stock of its own; name its components."
        return Fault(f"{at}/sku", "bundle_has_no_stock", detail)
    if line.lot:
        return Fault(
            f"{at}/lot", "bundle_has_no_stock", f"{line.sku} is a bundle; only its components have lots."
        )
    if line.unit_cost is not None:
        detail = f"{line.sku} is a bundle; its components come at their own cost."
        return Fault(f"{at}/unit_cost", "bundle_has_no_stock", detail)
    return None


def _part_lines(
    line: LineDraft, number: int, parts: dict[str, Decimal], faults: list[Fault]
) -> list[LineDraft]:
    of = PartOf(line.sku, line.quantity, number, line.unit_price)
    made = []
    for sku, each in parts.items():
        quantity = _times(line.quantity, each)
        if problem := quantity_fault(quantity):
            detail = f"{sku} in {line.quantity:f} × {line.sku} has {problem}."
            faults.append(Fault(f"/lines/{number}/quantity", "invalid_quantity", detail))
        made.append(
            replace(line, sku=sku, quantity=quantity, unit_price=None, unit="", in_units=None, bundle=of)
        )
    return made


def as_asked(faults: Sequence[Fault], draft: MovementDraft) -> list[Fault]:
    """Faults of a spelled-out draft, their pointers on the lines as the caller counts them."""
    places = asked_places(draft)
    if places is None:
        return list(faults)
    made = []
    for fault in faults:
        head, _lines, rest = fault.pointer.partition("/lines/")
        number, stroke, name = rest.partition("/")
        if not head and number.isdecimal() and int(number) < len(places):
            fault = Fault(f"/lines/{places[int(number)]}{stroke}{name}", fault.code, fault.detail)
        made.append(fault)
    return made


def asked_places(draft: MovementDraft) -> list[int] | None:
    """For each line the number of the line that asked for it; None when no bundle was taken apart."""
    if all(line.bundle is None for line in draft.lines):
        return None
    places: list[int] = []
    following = 0
    for line in draft.lines:
        place = line.bundle.place if line.bundle is not None else following
        places.append(place)
        following = place + 1
    return places


def refused_as_asked(refused: Faults, draft: MovementDraft) -> Faults:
    """`refused` with the pointers of `as_asked`."""
    return Faults(as_asked(refused.faults, draft), refused.status)
