"""Bills of materials: which version is in force, what a bundle comes down to, where a circle is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.faults import Fault
from lib.quantities import quantity_fault

BUNDLE = "bundle"
KIT = "kit"
ENDED = "ended"
KINDS = (BUNDLE, KIT, ENDED)
MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class Version:
    """What a product is made of from `valid_from` on: (component's SKU, quantity of it in one)."""

    kind: str
    valid_from: datetime
    lines: tuple[tuple[str, Decimal], ...]


#: SKU → its versions, oldest first.
Versions = Mapping[str, Sequence[Version]]


def in_force(versions: Versions, sku: str, at: datetime) -> Version | None:
    """The newest version that holds at `at`; None before the first and once the bill ended."""
    found = None
    for version in versions.get(sku, ()):
        if version.valid_from <= at:
            found = version
    return None if found is None or found.kind == ENDED else found


def bundle_parts(versions: Versions, sku: str, at: datetime) -> dict[str, Decimal] | None:
    """What one bundle comes down to, bundles inside it too: SKU → quantity. None when it is no bundle at `at`.

    What two parts have in common is added up. Circles are refused when a bill is saved.
    """
    version = in_force(versions, sku, at)
    if version is None or version.kind != BUNDLE:
        return None
    parts: dict[str, Decimal] = {}
    for component, quantity in version.lines:
        for part, each in (bundle_parts(versions, component, at) or {component: Decimal(1)}).items():
            parts[part] = parts.get(part, Decimal(0)) + quantity * each
    return parts


def bill_faults(sku: str, kind: str, lines: Sequence[tuple[str, Decimal]]) -> list[Fault]:
    """What is wrong with a bill by itself."""
    faults = []
    if kind not in KINDS:
        faults.append(Fault("/kind", "invalid_kind", f"The kinds are {', '.join(KINDS)}."))
    if kind == ENDED and lines:
        faults.append(Fault("/lines", "lines_not_allowed", "A bill that ends has no lines."))
    if kind in (BUNDLE, KIT) and not lines:
        faults.append(Fault("/lines", "no_lines", "Say what it is made of."))
    if len(lines) > MAX_LINES:
        faults.append(Fault("/lines", "too_many_lines", f"At most {MAX_LINES} components."))
    seen: set[str] = set()
    for number, (component, quantity) in enumerate(lines[: MAX_LINES + 1]):
        at = f"/lines/{number}"
        if quantity_fault(quantity) or quantity <= 0:
            detail = "The quantity is above zero, with up to 12 integer and 6 fraction digits."
            faults.append(Fault(f"{at}/quantity", "invalid_quantity", detail))
        if component == sku:
            faults.append(Fault(f"{at}/sku", "cycle", f"{sku} cannot be made of itself."))
        if component in seen:
            faults.append(Fault(f"{at}/sku", "duplicate_sku", f"{component} stands in two lines."))
        seen.add(component)
    return faults
