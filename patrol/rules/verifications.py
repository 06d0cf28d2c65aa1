"""What a verification makes of what its checks found: explained, within tolerance, or a case; and which slot it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal, InvalidOperation

from lib.verifications import Compared, Differs

#: Differing lines of all lines: what the house wants to stay below.
GOAL_FRACTION = 0.003
#: More unexplained lines of one check than this make one case together.
CASES_PER_CHECK = 20
TIMES_A_DAY = 3
LEAST_APART = timedelta(hours=2)
KINDS = ("morning", "midday", "evening")
EXTRA = "extra"
EXPLAINED, TOLERATED, CASE = "explained", "tolerated", "case"
#: Classes that a small amount may excuse; what is missing or unknown is never small.
AMOUNTS = frozenset({"quantity", "value"})


@dataclass(frozen=True)
class Judged:
    """The differences of a check with what becomes of each, and the totals over all lines, those not listed too."""

    states: tuple[str, ...]
    tolerated: int
    unexplained: int


def judge(found: Compared, tolerance: Decimal) -> Judged:
    """Settled ones are explained; amounts apart by no more than `tolerance` are tolerated; the rest are cases."""
    states = tuple(
        EXPLAINED if one.is_settled else TOLERATED if is_small(one, tolerance) else CASE
        for one in found.differences
    )
    tolerated = states.count(TOLERATED)
    return Judged(states, tolerated, max(0, found.differing - found.explained - tolerated))


def is_small(one: Differs, tolerance: Decimal) -> bool:
    """Whether both figures are numbers of one kind, apart by no more than `tolerance`."""
    if tolerance <= 0 or one.class_code not in AMOUNTS:
        return False
    if not isinstance(one.ours, Decimal) or not isinstance(one.theirs, Decimal):
        return False
    return abs(one.ours - one.theirs) <= tolerance


def tolerance_of(settings: Mapping[str, object], check: str, default: Decimal) -> Decimal:
    """The tolerance of a check in a control profile's settings (`verification_tolerances`), else `default`."""
    given = settings.get("verification_tolerances")
    if not isinstance(given, Mapping) or check not in given:
        return default
    try:
        found = Decimal(str(given[check]))
    except InvalidOperation:
        return default
    return found if found.is_finite() and found >= 0 else default


def slot_kind(wall: str, times: Sequence[str]) -> str:
    """morning, midday or evening by the order of the day's times; extra for what was run in between."""
    ordered = sorted(times)
    if wall not in ordered:
        return EXTRA
    return KINDS[min(ordered.index(wall), len(KINDS) - 1)]


def times_fault(times: Sequence[str]) -> str:
    """Why `times` ("06:00" …) cannot be the times of a site's verifications, or ""; three, two hours apart.

    The last and the first of the next day count too.
    """
    if len(times) != TIMES_A_DAY:
        return "three_times"
    minutes = sorted(time.fromisoformat(wall).hour * 60 + time.fromisoformat(wall).minute for wall in times)
    around = [*minutes, minutes[0] + 24 * 60]
    apart = min(later - earlier for earlier, later in zip(around, around[1:], strict=False))
    return "" if apart >= LEAST_APART.total_seconds() / 60 else "too_close"
