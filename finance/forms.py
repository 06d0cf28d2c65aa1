"""The forms of finance, read like the REST bodies."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from finance.actions.accounts import RuleDraft
from finance.actions.tolerances import ToleranceDraft
from lib.faults import Fault, Faults, refuse
from lib.uploads import MAX_BYTES
from web.stored_files import Upload, receive

RULE_FIELDS = (
    "kind", "place", "reason_code", "category", "legal_entity", "debit_account", "credit_account", "cost_centre",
)  # fmt: skip
MOST_FILES = 6


def words(data: QueryDict, name: str, most: int = 500) -> str:
    """One field's text without what a database cannot hold."""
    return data.get(name, "").replace("\x00", "").strip()[:most]


def asked_of(request: HttpRequest, *names: str) -> dict[str, str]:
    """Parameters of the address without what a database cannot hold."""
    return {name: request.GET.get(name, "").replace("\x00", "")[:160] for name in names}


def day_or_none(text: str) -> date | None:
    """A day like 2026-11-01, None when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def month_of(text: str, today: date) -> date:
    """The first day of a month written 2026-11, of this month for anything else."""
    return (day_or_none(f"{text}-01") if len(text) == 7 else None) or today.replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=32)).replace(day=1)


def span_from(data: QueryDict) -> tuple[date, date]:
    """First day and the day after the last of a form's day or month. Raises Faults 422 `invalid_days`."""
    start = day_or_none(words(data, "day", 10))
    if start is not None:
        return start, start + timedelta(days=1)
    month = day_or_none(f"{words(data, 'month', 7)}-01")
    if month is None:
        raise refuse("invalid_days", _("Choose a day or a month."), pointer="/day")
    return month, next_month(month)


def rules_from(data: QueryDict) -> list[RuleDraft]:
    """The rules of the editor; rows without any account are left out."""
    columns = [[value.replace("\x00", "").strip() for value in data.getlist(name)] for name in RULE_FIELDS]
    rules = []
    for row in zip(*columns, strict=False):
        kind, place, reason, category, entity, debit, credit, centre = row
        if debit or credit:
            rules.append(RuleDraft(kind, debit, credit, place, reason, category, entity, centre))
    return rules


def map_from(data: QueryDict) -> dict[str, Any]:
    """What the editor sent: its rules, the reason, the version they were taken from."""
    version = words(data, "base_version", 8)
    return {
        "rules": rules_from(data),
        "reason": words(data, "reason"),
        "base_version": int(version) if version.isdecimal() else 0,
    }


def amount_from(data: QueryDict, name: str) -> Decimal:
    """A number of a form. Raises Faults 422 `invalid_amount`."""
    try:
        number = Decimal(words(data, name, 40))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 14 or abs(number.as_tuple().exponent or 0) > 6:  # type: ignore[arg-type]
        raise refuse("invalid_amount", _("Give an amount."), pointer=f"/{name}")
    return number


def tolerance_from(data: QueryDict) -> ToleranceDraft:
    """The limits of a form; shares are typed in percent. Raises Faults 422."""
    hundred = Decimal(100)
    return ToleranceDraft(
        amount=amount_from(data, "amount"),
        fraction=amount_from(data, "percent") / hundred,
        quantity_fraction=amount_from(data, "quantity_percent") / hundred,
        days=int(amount_from(data, "days")),
        due_days=int(amount_from(data, "due_days")),
    )


def deadline_from(data: QueryDict, zone: str) -> datetime | None:
    """The end of the day that was chosen, in the reader's zone; None where none was."""
    day = day_or_none(words(data, "due_on", 10))
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, 18, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def uploads_from(request: HttpRequest) -> list[Upload]:
    """The files of a form. Raises Faults, each named; none chosen is `required`."""
    kept: list[Upload] = []
    faults: list[Fault] = []
    for sent in [*request.FILES.getlist("photo"), *request.FILES.getlist("files")][:MOST_FILES]:
        name = (sent.name or "")[:60]
        try:
            kept.append(read_file(sent))
        except Faults as refused:
            faults += [Fault(one.pointer, one.code, f"{name}: {one.detail}") for one in refused.faults]
    if faults or not kept:
        raise Faults(faults or [Fault("/file", "required", _("Choose a photo or a paper."))])
    return kept


def read_file(sent: Any) -> Upload:
    """An uploaded file, judged and on disk. Raises Faults as `web.stored_files.receive`."""
    if sent is None or not hasattr(sent, "read"):
        raise refuse("required", "A file is needed.", pointer="/file")
    if (sent.size or 0) > MAX_BYTES:
        raise refuse(
            "too_large", f"A file has at most {MAX_BYTES // 2**20} MiB.", pointer="/file", status=413
        )
    return receive(sent.read(), sent.name or "file")
