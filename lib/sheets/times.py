"""Dates and times written by people, under a declared order of day and month and a declared zone. Nothing is guessed."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ORDERS = ("dmy", "mdy", "ymd")
_CLOCK = r"(?:[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.0+)?)?)?"
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?:[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日|(?P<m3>\d{2})(?P<d3>\d{2}))"
    + _CLOCK,
    re.ASCII,
)
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + _CLOCK, re.ASCII)


def is_iso(text: str) -> bool:
    """Whether `text` is a date such as 2026-03-01, or begins like one and says its offset."""
    if len(text) < 10 or text[4] != "-" or text[7] != "-":
        return False
    return len(text) == 10 or text[-1] in "Zz" or text[-6:-5] in ("+", "-")


def time_of(text: str, order: str, zone: str) -> tuple[str, str]:
    """(ISO 8601, "") or ("", what is wrong). A time without an offset keeps none when no zone is declared.

    order: "dmy" or "mdy" for dates that end in their year, "" when none was declared. zone: an IANA zone, or "".
    Codes: order_undeclared, two_digit_year, not_a_date, not_a_time, no_such_time (the clock skips it), time_twice.
    """
    if is_iso(text):
        return text, ""
    if found := _YEAR_FIRST.fullmatch(text):
        month = found["m1"] or found["m2"] or found["m3"]
        day = found["d1"] or found["d2"] or found["d3"]
    elif found := _YEAR_LAST.fullmatch(text):
        if order not in ("dmy", "mdy"):
            return "", "order_undeclared"
        if len(found["year"]) == 2:
            return "", "two_digit_year"
        day, month = (found["a"], found["b"]) if order == "dmy" else (found["b"], found["a"])
    else:
        return text, ""  # neither form: the field's own check says what it is
    try:
        at = datetime(int(found["year"]), int(month), int(day))  # noqa: DTZ001  (the zone comes below)
    except ValueError:
        return "", "not_a_date"
    if found["hour"] is None:
        return at.date().isoformat(), ""
    try:
        at = at.replace(
            hour=int(found["hour"]), minute=int(found["minute"]), second=int(found["second"] or 0)
        )
    except ValueError:
        return "", "not_a_time"
    return _placed(at, zone) if zone else (at.isoformat(), "")


def _placed(at: datetime, zone: str) -> tuple[str, str]:
    """The local time with its offset; one that does not exist, or exists twice, is refused."""
    early, late = (at.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        back = early.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return "", "time_twice" if abs(back - at) < timedelta(seconds=1) else "no_such_time"
    return early.isoformat(), ""
