"""/prices/sheets/: send a price sheet, see what it would do, take what is good; the grid as a sheet to edit elsewhere."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lib import clock
from lib.faults import Faults
from lib.sheets.writing import CONTENT_TYPES, csv_bytes, xlsx_bytes
from pricing.actions.sheets import SheetFile, preview_sheet, take_sheet
from pricing.forms import whole_number
from pricing.queries.sheet_exports import sheet_columns, sheet_lines
from pricing.queries.sheets import own_sheets, sheet_of_owner, sheet_rows
from pricing.views.grid_page import Sheet
from pricing.views.sheet_page import fault_lines, sheet_context, upload_context
from web.gates import actor_of, permission_required

PAGE = 200


@permission_required("prices.edit")
@require_http_methods(["GET", "POST"])
def sheets(request: HttpRequest) -> HttpResponse:
    """The form and one's latest sheets; a sheet that is sent becomes a preview."""
    actor = actor_of(request)
    sent = request.FILES.get("file")
    if request.method == "GET":
        return render(request, "pricing/sheets.html", upload_context(own_sheets(actor.id)))
    asked = {name: request.POST.get(name, "").strip()[:32] for name in ("decimal_mark", "price_list")}
    try:
        body = sent.read() if sent else b""
        found = preview_sheet(actor=actor, file=SheetFile(sent.name or "" if sent else "", body, **asked))
    except Faults as refused:
        context = upload_context(own_sheets(actor.id), refused=refused, asked=asked)
        return render(request, "pricing/sheets.html", context, status=refused.status)
    return redirect("price-sheet", found.pk)


@permission_required("prices.edit")
@require_GET
def sheet(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """What the sheet would do, row by row."""
    return render(request, "pricing/sheet.html", _context(request, sheet_id))


@permission_required("prices.edit")
@require_POST
def take(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Good rows into the draft, and the conflicts that were ticked."""
    actor = actor_of(request)
    draft = whole_number(request.POST.get("draft"), 0)
    try:
        change = take_sheet(
            actor=actor,
            sheet_id=sheet_id,
            draft_id=draft or None,
            only_good=bool(request.POST.get("only_good")),
            mine=frozenset(int(pk) for pk in request.POST.getlist("mine") if pk.isascii() and pk.isdigit()),
        )
    except Faults as refused:
        context = _context(request, sheet_id, refused)
        return render(request, "pricing/sheet.html", context, status=refused.status)
    words = ngettext("%(n)d line now in the draft.", "%(n)d lines now in the draft.", change.line_count)
    messages.success(request, words % {"n": change.line_count})
    return redirect("price-change", change.pk)


def _context(request: HttpRequest, sheet_id: int, refused: Faults | None = None) -> dict[str, Any]:
    actor = actor_of(request)
    found = sheet_of_owner(sheet_id, actor.id)
    state = request.GET.get("state", "")
    page = Paginator(sheet_rows(found.pk, state), PAGE).get_page(whole_number(request.GET.get("page"), 1))
    return sheet_context(found, page, actor, state=state, refused=refused)


@permission_required("prices.edit")
@require_GET
def faults(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Rows that were refused or are in conflict, as CSV: line, cell, what is wrong with it."""
    found = sheet_of_owner(sheet_id, actor_of(request).id)
    columns = [_("Line"), _("Column"), _("Price list"), _("SKU"), _("Value"), _("What is wrong")]
    body = csv_bytes(columns, fault_lines(sheet_rows(found.pk)))
    return _file(body, f"sheet-{found.pk}-faults", "csv")


@permission_required("prices.view")
@require_GET
def export(request: HttpRequest, form: str) -> HttpResponse:
    """What the grid shows, with base versions: edit it and send it back."""
    asked = Sheet(request)
    columns = sheet_columns(asked.lists)
    lines = sheet_lines(asked.asked.filter, asked.lists, asked.at)
    body = xlsx_bytes(_("Prices"), columns, lines) if form == "xlsx" else csv_bytes(columns, lines)
    return _file(body, f"price-sheet-{timezone.localdate(clock.now()).isoformat()}", form)


def _file(body: bytes, name: str, form: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer
