"""The samples of the component gallery (/settings/components/): the moment of the design pictures."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from lib import clock

SWATCHES = (
    ("canvas", "page"), ("surface", "cards"), ("sunk", "table heads"), ("hover", "hover row"), ("line", "hairlines"),
    ("line-strong", "borders"), ("text", "text"), ("text-2", "secondary"), ("text-3", "labels"), ("accent", "accent"),
    ("accent-soft", "selected"), ("red", "red"), ("red-ground", "red ground"), ("amber", "amber"),
    ("amber-ground", "amber ground"), ("green", "green"), ("green-ground", "green ground"),
)  # fmt: skip

STATES = ("draft", "pending", "approved", "applied", "rejected", "withdrawn", "rolled_back", "missed")

WATERFALL = (
    {"label": "Margin now", "amount": Decimal(3747), "text": "£3,747", "kind": "total"},
    {"label": "Higher prices", "amount": Decimal(369), "text": "+£369"},
    {"label": "Volume lost", "amount": Decimal(-172), "text": "−£172"},
    {"label": "Margin after", "amount": Decimal(3944), "text": "£3,944", "kind": "total"},
)
STEPS = (
    {"label": "Base price", "amount": Decimal("15.11"), "text": "€15.11", "kind": "total", "note": "UK Retail £12.75 at 1.1850"},
    {"label": "Region Eurozone", "amount": Decimal("1.21"), "text": "+1.21", "note": "landed cost +8 %"},
    {"label": "Channel Online EU", "amount": Decimal(0), "text": "—", "kind": "skipped", "note": "no rule, nothing added"},
    {"label": "Promotion AUTUMN-TEA", "amount": Decimal("-1.91"), "text": "−1.91", "note": "−15 %, 5 to 18 Oct"},
    {"label": "Price that applies", "amount": Decimal("14.41"), "text": "€14.41", "kind": "total"},
)  # fmt: skip

ROWS = (
    ("22727", "ALARM CLOCK BAKELIKE RED", 24, "rest", ""),
    ("23173", "REGENCY TEAPOT ROSES", -6, "hover", ""),
    ("22112", "CHOCOLATE HOT WATER BOTTLE", -12, "selected", "is-selected"),
    ("47566", "PARTY BUNTING", -12, "focus", "is-focus"),
)

SPARK = (12, 14, 13, 16, 15, 14, 17, 16, 18, 15, 17, 19, 18, 20)


def samples() -> dict[str, Any]:
    """Context of web/gallery.html; deadlines run from now."""
    now = clock.now()
    return {
        "swatches": SWATCHES,
        "states": STATES,
        "waterfall_rows": WATERFALL,
        "step_rows": STEPS,
        "table_rows": ROWS,
        "spark": SPARK,
        "moment": datetime(2026, 10, 15, 7, 42, tzinfo=UTC),
        "deadlines": _deadlines(now),
        "before": {"amount": "£12.75", "reason": None},
        "after": {"amount": "£13.25", "reason": "cost up 4 %"},
        "before_long": {"amount": "£12.75", **dict.fromkeys("abcdef", "same")},
        "after_long": {"amount": "£13.25", **dict.fromkeys("abcdef", "same")},
    }


def _deadlines(now: datetime) -> list[dict[str, Any]]:
    def one(word: str, left: timedelta, given: timedelta, **more: Any) -> dict[str, Any]:
        return {"word": word, "due": now + left, "since": now + left - given, "watch": True, **more}

    hours, minutes, seconds = (timedelta(**{unit: 1}) for unit in ("hours", "minutes", "seconds"))
    stopped = one("stopped", 10 * minutes, 15 * minutes)
    return [
        one("calm", 3 * hours + 18 * minutes, 6 * hours),
        one("near", 7 * minutes + 48 * seconds, 30 * minutes),
        one("last minute", 54 * seconds, 30 * minutes),
        one("over", -(12 * minutes + 7 * seconds), 30 * minutes),
        {**stopped, "stopped": stopped["since"] + 4 * minutes + 12 * seconds},
    ]
