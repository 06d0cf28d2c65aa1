"""How a period's facts become bookings: which accounts, which side, rounded without losing a unit. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)

#: kind → (sign of the amount that its debit account takes, which side is stock: "debit", "credit" or "" for none).
DIRECTIONS: Mapping[str, tuple[int, str]] = {
    "opening": (1, "debit"),
    "receipt": (1, "debit"),
    "supplier_return": (-1, "credit"),
    "sale": (-1, "credit"),
    "return": (1, "debit"),
    "issue": (-1, "credit"),
    "gain": (1, "debit"),
    "loss": (-1, "credit"),
    "write_off": (-1, "credit"),
    "transfer": (1, "debit"),
    "intercompany": (1, "debit"),
    "margin": (1, ""),
    "landed_cost": (1, "debit"),
    "landed_variance": (1, ""),
    "revaluation": (1, "debit"),
    "variance": (1, "debit"),
    "production": (1, "debit"),
    "sales": (1, ""),
    "sales_tax": (1, ""),
    "sales_return": (-1, ""),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """An account rule: "" and None stand for any. category: a path that counts for what lies below it too."""

    kind: str
    debit: str
    credit: str
    cost_centre: str = ""
    place: str = ""
    reason: str = ""
    category: str | None = None
    legal_entity_id: int | None = None

    @property
    def narrowness(self) -> tuple[bool, bool, bool, int]:
        """What is said of place and reason comes before whose books they are and which goods."""
        depth = 0 if self.category is None else self.category.count(" / ") + 1
        return bool(self.place), bool(self.reason), self.legal_entity_id is not None, depth

    def fits(self, group: "Group") -> bool:
        return (
            self.place in ("", group.place)
            and self.reason in ("", group.reason)
            and self.legal_entity_id in (None, group.legal_entity_id)
            and (
                self.category is None
                or group.category == self.category
                or group.category.startswith(self.category + " / ")
            )
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Facts of one kind, summed: amount with its sign, six decimals; count of entries or sale lines."""

    kind: str
    place: str
    reason: str
    legal_entity_id: int
    site_id: int
    site: str
    category_id: int | None
    category: str
    amount: Decimal
    quantity: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Side:
    """One line of a booking."""

    group: Group
    account: str
    cost_centre: str
    debit: Decimal
    credit: Decimal
    is_stock: bool
    is_first: bool


class Chart:
    """The rules of one version of the account map, asked once for each different group."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_kind: dict[str, list[Rule]] = {}
        for rule in sorted(rules, key=lambda one: one.narrowness, reverse=True):
            self._by_kind.setdefault(rule.kind, []).append(rule)

    def rule_of(self, group: Group) -> Rule | None:
        """The narrowest rule that fits; None: the group has no account."""
        return next((rule for rule in self._by_kind.get(group.kind, ()) if rule.fits(group)), None)


@dataclass(frozen=True)
class Booked:
    """What the groups of one voucher come to. unmapped: groups no rule fits. remainder: see Voucher."""

    sides: Sequence[Side]
    unmapped: Sequence[Group]
    value: Decimal
    rounded: Decimal
    remainder: Decimal


def book(groups: Sequence[Group], chart: Chart, digits: int, carried: Decimal = ZERO) -> Booked:
    """Two sides for each group, in the order given.

    Amounts are rounded so that their running sum never differs by more than half a minor unit from the exact one: what
    rounding leaves of the stock's value is carried from group to group and, as `remainder`, to the entity's next voucher.
    Sales are rounded in the same way by themselves.
    """
    sides: list[Side] = []
    unmapped: list[Group] = []
    value = rounded = ZERO
    left = {True: carried, False: ZERO}
    for group in groups:
        rule = chart.rule_of(group)
        if rule is None:
            unmapped.append(group)
            continue
        stock_side = DIRECTIONS[group.kind][1]
        exact = group.amount + left[bool(stock_side)]
        amount = _rounded(exact, digits)
        left[bool(stock_side)] = exact - amount
        if stock_side:
            value, rounded = value + group.amount, rounded + amount
        sides += _sides(group, rule, amount, stock_side)
    return Booked(sides, unmapped, value, rounded, left[True])


def _rounded(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _sides(group: Group, rule: Rule, amount: Decimal, stock_side: str) -> list[Side]:
    """A group that rounds to nothing keeps a line, so that what it was made of is not lost."""
    centre = rule.cost_centre.replace("{site}", group.site)[:32]
    towards = amount * DIRECTIONS[group.kind][0]
    debit, credit = (rule.debit, rule.credit) if towards >= 0 else (rule.credit, rule.debit)
    is_swapped = towards < 0
    size = abs(amount)
    on_debit = stock_side == ("credit" if is_swapped else "debit")
    on_credit = bool(stock_side) and not on_debit
    return [
        Side(group, debit, centre, size, ZERO, on_debit, True),
        Side(group, credit, centre, ZERO, size, on_credit, False),
    ]
