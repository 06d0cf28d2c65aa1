"""What comes in over REST about lots and codes."""

from collections.abc import Callable
from typing import Any

from catalog.rules.fields import Wrong


def whole_number(lowest: int, highest: int) -> Callable[[Any], int]:
    """A whole number in a range, as JSON has it."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise Wrong("invalid_number", f"must be a whole number from {lowest} to {highest}")
        return value

    return check
