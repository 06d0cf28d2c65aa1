"""The forms of write-offs, returns to suppliers, grades and goods set aside, read like the REST bodies."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict

from inventory.actions.gradings import GradeDraft
from inventory.actions.set_aside import StateChange
from inventory.actions.supplier_returns import SupplierReturnDraft
from inventory.actions.write_off_reasons import ReasonDraft
from inventory.actions.write_offs import WriteOffDraft
from inventory.models import SupplierReturn, WriteOff
from inventory.queries.documents import plain
from inventory.rules.states import AVAILABLE
from inventory.rules.stock_lines import StockLine
from inventory.transfers_forms import day_of, words
from lib.faults import Fault, Faults
from web.stored_files import Upload, receive_sent

LINES = 1
NAMES = ("sku", "quantity", "lot", "state", "unit_credit")
MOST_FILES = 12


def number_of(text: str, pointer: str, faults: list[Fault], code: str = "invalid_quantity") -> Decimal | None:
    """A figure typed, None when nothing was; what is no figure is a fault."""
    typed = text.replace("\x00", "").strip()
    if not typed:
        return None
    try:
        return Decimal(typed)
    except InvalidOperation:
        faults.append(Fault(pointer, code, f"{typed[:30]!r} is not a number."))
        return None


def _columns(data: QueryDict) -> list[list[str]]:
    columns = [data.getlist(name) for name in NAMES]
    longest = max(len(column) for column in columns[:2])
    fill = ("", "", "", AVAILABLE, "")
    return [column + [fill[place]] * (longest - len(column)) for place, column in enumerate(columns)]


def lines_from(data: QueryDict, faults: list[Fault]) -> tuple[StockLine, ...]:
    """The lines of a form; empty ones are left out."""
    lines: list[StockLine] = []
    for sku, quantity, lot, state, credit in zip(*_columns(data), strict=True):
        if not sku.strip() and not quantity.strip():
            continue
        at = f"/lines/{len(lines)}"
        lines.append(
            StockLine(
                sku.replace("\x00", "").strip()[:64],
                number_of(quantity, f"{at}/quantity", faults) or Decimal(0),
                lot.replace("\x00", "").strip()[:64],
                state.replace("\x00", "")[:16] or AVAILABLE,
                number_of(credit, f"{at}/unit_credit", faults, "invalid_amount"),
            )
        )
    return tuple(lines)


def form_rows(data: QueryDict | None) -> list[dict[str, str]]:
    """The lines as they stand in the form, filled up with empty ones."""
    typed = list(zip(*_columns(data), strict=True))[:500] if data and data.getlist("sku") else []
    rows = [dict(zip(NAMES, row, strict=True)) for row in typed]
    empty = {**dict.fromkeys(NAMES, ""), "state": AVAILABLE}
    return rows + [dict(empty) for _ in range(max(LINES - len(rows), 1))]


def stored_rows(document: WriteOff | SupplierReturn) -> list[dict[str, str]]:
    """The lines of a document as its form shows them."""
    rows = []
    for line in document.lines.all():
        credit = getattr(line, "unit_credit", None)
        rows.append(
            {
                "sku": line.product.sku,
                "quantity": plain(line.quantity),
                "lot": line.lot,
                "state": line.state,
                "unit_credit": "" if credit is None else plain(credit),
            }
        )
    return [*rows, {**dict.fromkeys(NAMES, ""), "state": AVAILABLE}]


def write_off_from(data: QueryDict, zone: str) -> WriteOffDraft:
    """The draft of a posted form. found_at is a wall time in `zone`, the site's. Raises Faults 422."""
    faults: list[Fault] = []
    draft = WriteOffDraft(
        site=words(data, "site", 64),
        reason=words(data, "reason", 32),
        lines=lines_from(data, faults),
        comment=words(data, "comment", 501),
        found_at=_instant(words(data, "found_at", 40), zone, faults),
    )
    if faults:
        raise Faults(faults)
    return draft


def _instant(text: str, zone: str, faults: list[Fault]) -> datetime | None:
    if not text:
        return None
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        faults.append(Fault("/found_at", "invalid_time", "Give a day and a time."))
        return None
    return typed if typed.tzinfo else typed.replace(tzinfo=ZoneInfo(zone))


def supplier_return_from(data: QueryDict) -> SupplierReturnDraft:
    """The draft of a posted form. Raises Faults 422."""
    faults: list[Fault] = []
    draft = SupplierReturnDraft(
        site=words(data, "site", 64),
        supplier=words(data, "supplier", 64),
        reason=words(data, "reason", 501),
        credit_due_on=day_of(data, "credit_due_on", faults),
        lines=lines_from(data, faults),
        supplier_reference=words(data, "supplier_reference", 65),
    )
    if faults:
        raise Faults(faults)
    return draft


def credit_from(data: QueryDict) -> tuple[str, Decimal, date]:
    """(reference, amount, received on) of a credit note. Raises Faults 422."""
    faults: list[Fault] = []
    amount = number_of(data.get("amount", ""), "/amount", faults, "invalid_amount")
    received_on = day_of(data, "received_on", faults)
    if faults:
        raise Faults(faults)
    return words(data, "reference", 65), amount or Decimal(0), received_on


def grade_from(data: QueryDict) -> GradeDraft:
    """The grade of a posted form; the markdown is typed in percent. Raises Faults 422."""
    faults: list[Fault] = []
    grade = words(data, "grade", 8)
    percent = number_of(data.get("markdown", ""), "/markdown_fraction", faults, "invalid_fraction")
    outcome = words(data, f"outcome_{grade}", 16) or words(data, "outcome", 16)
    draft = GradeDraft(
        site=words(data, "site", 64),
        sku=words(data, "sku", 64),
        quantity=number_of(data.get("quantity", ""), "/quantity", faults) or Decimal(0),
        grade=grade,
        outcome=outcome,
        lot=words(data, "lot", 64),
        markdown_fraction=percent / 100 if percent is not None and grade == "B" else None,
        comment=words(data, "comment", 501),
        supplier=words(data, "supplier", 64),
    )
    if faults:
        raise Faults(faults)
    return draft


def change_from(data: QueryDict) -> StateChange:
    """A change of state of a posted form. Raises Faults 422."""
    faults: list[Fault] = []
    change = StateChange(
        site=words(data, "site", 64),
        sku=words(data, "sku", 64),
        quantity=number_of(data.get("quantity", ""), "/quantity", faults) or Decimal(0),
        from_state=words(data, "from_state", 16),
        to_state=words(data, "to_state", 16),
        reason=words(data, "reason"),
        lot=words(data, "lot", 64),
    )
    if faults:
        raise Faults(faults)
    return change


def reason_from(data: QueryDict) -> ReasonDraft:
    """A reason of a posted form."""
    return ReasonDraft(
        code=words(data, "code", 40),
        name=words(data, "name", 90),
        name_zh=words(data, "name_zh", 90),
        posts_as=words(data, "posts_as", 16),
        account_hint=words(data, "account_hint", 70),
        needs_photo="needs_photo" in data,
        needs_comment="needs_comment" in data,
        is_active="is_active" in data,
    )


def write_off_head(typed: QueryDict, one: WriteOff | None) -> dict[str, str]:
    """The head of the form: as typed, else as stored."""
    if typed or one is None:
        return {name: typed.get(name, "") for name in ("site", "reason", "comment", "found_at")}
    zone = ZoneInfo(one.site.timezone)
    found_at = one.found_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if one.found_at else ""
    return {"site": one.site.code, "reason": one.reason.code, "comment": one.comment, "found_at": found_at}


def supplier_return_head(typed: QueryDict, one: SupplierReturn | None, due: date) -> dict[str, str]:
    """The head of the form: as typed, else as stored; due: the day of the credit to begin with."""
    names = ("site", "supplier", "reason", "supplier_reference", "credit_due_on")
    if typed or one is None:
        found = {name: typed.get(name, "") for name in names}
        return {**found, "credit_due_on": found["credit_due_on"] or due.isoformat()}
    codes = {"site": one.site.code, "supplier": one.supplier.code, "reason": one.reason}
    return {
        **codes,
        "supplier_reference": one.supplier_reference,
        "credit_due_on": one.credit_due_on.isoformat(),
    }


def uploads_from(request: HttpRequest) -> tuple[list[Upload], list[Fault]]:
    """The files of a form that can be kept, and what is wrong with the others, each named."""
    kept: list[Upload] = []
    faults: list[Fault] = []
    for sent in [*request.FILES.getlist("photo"), *request.FILES.getlist("files")][:MOST_FILES]:
        try:
            kept.append(receive_sent(sent))
        except Faults as refused:
            name = (sent.name or "")[:60]
            faults += [Fault(one.pointer, one.code, f"{name}: {one.detail}") for one in refused.faults]
    return kept, faults
