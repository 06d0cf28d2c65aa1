"""What a grade means for goods that came back. Pure."""

from decimal import Decimal

from inventory.rules.states import AVAILABLE, BLOCKED, QUARANTINE
from lib.faults import Fault

#: Grade → where it may lead, the usual first.
OUTCOMES = {
    "A": ("available",),
    "B": ("available",),
    "C": ("blocked", "quarantine"),
    "D": ("write_off", "supplier_return"),
}
#: Outcome → the state the goods are in afterwards. What is to be written off or sent back is kept out of sale till then.
STATE_AFTER = {
    "available": AVAILABLE,
    "blocked": BLOCKED,
    "quarantine": QUARANTINE,
    "write_off": BLOCKED,
    "supplier_return": BLOCKED,
}
USUAL_MARKDOWN_FRACTION = Decimal("0.20")


def grade_faults(grade: str, outcome: str, markdown_fraction: Decimal | None, comment: str) -> list[Fault]:
    """What is wrong with a grade as given; an empty outcome is the usual one."""
    if grade not in OUTCOMES:
        return [Fault("/grade", "invalid_grade", f"The grades are {', '.join(OUTCOMES)}.")]
    faults = []
    if outcome and outcome not in OUTCOMES[grade]:
        detail = f"Grade {grade} leads to {' or '.join(OUTCOMES[grade])}."
        faults.append(Fault("/outcome", "invalid_outcome", detail))
    if markdown_fraction is not None and grade != "B":
        faults.append(Fault("/markdown_fraction", "not_grade_b", "Only grade B is sold at a lower price."))
    elif markdown_fraction is not None and not _is_fraction(markdown_fraction):
        detail = "A markdown lies between 0 and 1, with up to 4 decimals."
        faults.append(Fault("/markdown_fraction", "invalid_fraction", detail))
    if grade in "CD" and not comment.strip():
        faults.append(Fault("/comment", "comment_required", "Say what is wrong with it."))
    if len(comment) > 500:
        faults.append(Fault("/comment", "too_long", "A comment has up to 500 characters."))
    return faults


def _is_fraction(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return number.is_finite() and 0 < number < 1 and isinstance(exponent, int) and exponent >= -4
