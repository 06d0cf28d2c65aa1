"""What production is asked for, and how the cost of what went in is shared by what comes out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from inventory.rules.drafts import LineDraft, MovementDraft, cost_fault
from inventory.rules.locations import PRODUCED, VIRTUAL_IDS
from inventory.rules.valuation import ZERO, share
from lib.faults import Fault

#: The virtual location that production takes from and gives to.
FLOOR = "production"
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Part:
    """Goods that go in or come out. share_fraction: of the cost, of what comes out; None to share by what it costs now."""

    sku: str
    quantity: Decimal
    lot: str = ""
    unit: str = ""
    share_fraction: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ProductionDraft:
    """What went in and what came out at one site. added_cost: work and the like, in the site's currency.

    Of inputs and outputs one may be left out where the other's products have bills: what they are made of.
    """

    reference: str
    site: str
    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...]
    added_cost: Decimal = ZERO
    occurred_at: datetime | None = None
    reason: str = ""
    source: str = "api"


def as_movement_draft(draft: ProductionDraft) -> MovementDraft:
    """The movement: each input to the production floor, each output from it."""
    lines = [LineDraft(p.sku, draft.site, FLOOR, p.quantity, p.lot, unit=p.unit) for p in draft.inputs]
    lines += [LineDraft(p.sku, FLOOR, draft.site, p.quantity, p.lot, unit=p.unit) for p in draft.outputs]
    return MovementDraft(
        reference=draft.reference,
        kind=PRODUCED,
        lines=tuple(lines),
        occurred_at=draft.occurred_at,
        reason=draft.reason,
        source=draft.source,
    )


def production_faults(draft: ProductionDraft) -> list[Fault]:
    """What is wrong with it by itself, beside what is wrong with its lines."""
    faults = []
    for name, parts in (("inputs", draft.inputs), ("outputs", draft.outputs)):
        if not parts:
            faults.append(Fault(f"/{name}", f"no_{name}", f"Production has {name}."))
    if draft.site in VIRTUAL_IDS:
        faults.append(Fault("/site", "unknown_site", f"There is no site {draft.site!r}."))
    if wrong := cost_fault(draft.added_cost):
        faults.append(Fault("/added_cost", "invalid_amount", f"The added cost is {wrong}."))
    shares = [part.share_fraction for part in draft.outputs]
    given = [fraction for fraction in shares if fraction is not None]
    if given and len(given) < len(shares):
        faults.append(Fault("/outputs", "shares_incomplete", "Either every output has a share or none has."))
    elif any(not fraction.is_finite() or not ZERO <= fraction <= ONE for fraction in given):
        faults.append(Fault("/outputs", "invalid_share", "A share is between 0 and 1."))
    elif given and sum(given) != ONE:
        faults.append(Fault("/outputs", "shares_sum", f"The shares sum to {sum(given):f}, not to 1."))
    return faults


def pointer_of(pointer: str, input_count: int) -> str:
    """A pointer into the movement's lines as one into inputs and outputs."""
    head, _lines, rest = pointer.partition("/lines/")
    number, stroke, name = rest.partition("/")
    if head or not number.isdecimal():
        return pointer
    place = int(number)
    side, place = ("inputs", place) if place < input_count else ("outputs", place - input_count)
    return f"/{side}/{place}{stroke}{name}"


def shared_cost(total: Decimal, weights: Sequence[Decimal], quantities: Sequence[Decimal]) -> list[Decimal]:
    """`total` by weight at six decimals; the last takes the remainder. By quantity where nothing has a weight.

    total: at least zero. weights, quantities: one an output, not negative; quantities above zero.
    """
    if not sum(weights):
        weights = quantities
    whole = sum(weights, ZERO)
    parts = [share(total, weight, whole) for weight in weights[:-1]]
    return [*parts, total - sum(parts, ZERO)]
