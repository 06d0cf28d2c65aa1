"""/feeds/quarantine/: rows that were not taken, whose they are and until when; repaired, replayed, discarded."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Role
from catalog.access import visible_site_ids_or_all
from feeds.actions.quarantine import MAX_ROWS, discard_rows, repair_row, replay_rows
from feeds.actions.registry import KINDS
from feeds.field_words import code_word, field_word
from feeds.models import QuarantineRow
from feeds.queries.quarantine import RowFilter, exported, filter_choices, row_in, rows_in
from lib import clock
from lib.faults import Faults
from lib.sheets.writing import CONTENT_TYPES, csv_bytes, xlsx_bytes
from web.answers import done, whole_number
from web.gates import actor_of, permission_required

PAGE = 100
FILTERS = ("feed", "code", "owner", "state", "delivery", "overdue")
HIDDEN_STATES = {"": QuarantineRow.State.OPEN, "all": ""}


@require_GET
@permission_required("quarantine.work")
def quarantine(request: HttpRequest) -> HttpResponse:
    """Rows by deadline; ?format= takes what is shown along."""
    actor = actor_of(request)
    sites = visible_site_ids_or_all(actor)
    rows = rows_in(sites, _asked(request.GET))
    if request.GET.get("format", "") in CONTENT_TYPES:
        return _file(rows, request.GET["format"])
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [_line(row) for row in page.object_list],
        "filters": _filters(request.GET, filter_choices(sites)),
        "now": clock.now(),
        "asked": {name: request.GET.get(name, "") for name in FILTERS},
        "query": urlencode({name: request.GET[name] for name in FILTERS if request.GET.get(name)}),
    }
    return render(request, "feeds/quarantine.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("quarantine.work")
def row(request: HttpRequest, row_id: int) -> HttpResponse:
    """One row with every field of its kind; a POST takes it with other values."""
    actor = actor_of(request)
    found = row_in(visible_site_ids_or_all(actor), row_id)
    if request.method == "GET":
        return render(request, "feeds/quarantine_row.html", _row_context(found, found.values or found.row))
    values = {
        name: request.POST.get(f"field-{name}", "").strip()
        for name in KINDS[found.delivery.feed.kind].layout.fields
    }
    try:
        repaired = repair_row(actor=actor, row_id=found.pk, values=values)
    except Faults as refused:
        context = _row_context(found, values) | {"refused": refused.faults}
        return render(request, "feeds/quarantine_row.html", context, status=refused.status)
    if repaired.state == QuarantineRow.State.OPEN:
        messages.info(request, _("Kept; another row of the same document is still at fault."))
    else:
        messages.success(request, _("Taken."))
    return redirect(_next(request, found))


@require_POST
@permission_required("quarantine.work")
def replay(request: HttpRequest) -> HttpResponse:
    """Try the ticked rows, or all of the filter, once more."""
    actor, told = actor_of(request), []
    ids = _chosen(request)

    def act() -> None:
        told.append(replay_rows(actor=actor, row_ids=ids))

    answer = done(request, _back(request), act, _("Tried once more."))
    if told:
        words = ngettext("%(n)d row was taken.", "%(n)d rows were taken.", told[0].taken) % {
            "n": told[0].taken
        }
        stay = ngettext("%(n)d row stays.", "%(n)d rows stay.", told[0].staying) % {"n": told[0].staying}
        messages.info(request, f"{words} {stay}")
    return answer


@require_POST
@permission_required("quarantine.work")
def discard(request: HttpRequest) -> HttpResponse:
    """Close the ticked rows, or all of the filter, with a reason."""
    actor = actor_of(request)
    ids, reason = _chosen(request), request.POST.get("reason", "")
    return done(
        request,
        _back(request),
        lambda: discard_rows(actor=actor, row_ids=ids, reason=reason),
        _("Discarded; the rows are kept with the reason."),
    )


def _file(rows: QuerySet[QuarantineRow], form: str) -> HttpResponse:
    columns, lines = exported(rows)
    body = csv_bytes(columns, lines) if form == "csv" else xlsx_bytes(_("Quarantine"), columns, lines)
    answer = HttpResponse(body, content_type=CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="quarantine.{form}"'
    return answer


def _line(found: QuarantineRow) -> dict[str, Any]:
    owner = owner_word(f"role:{found.owner_role}")
    return {"row": found, "word": code_word(found.code), "said": _said(found), "owner": owner}


def _asked(given: QueryDict) -> RowFilter:
    state = given.get("state", "")
    return RowFilter(
        feed=given.get("feed", ""),
        code=given.get("code", ""),
        owner=given.get("owner", ""),
        state=HIDDEN_STATES.get(state, state if state in QuarantineRow.State.values else ""),
        delivery=whole_number(given.get("delivery", "")),
        overdue_at=clock.now() if given.get("overdue") else None,
    )


def _chosen(request: HttpRequest) -> list[int]:
    """The rows that were ticked, or all of the filter that is sent along; only what is in scope."""
    rows = rows_in(visible_site_ids_or_all(actor_of(request)), _asked(request.POST)).order_by("id")
    if not request.POST.get("all"):
        rows = rows.filter(pk__in=[whole_number(pk) for pk in request.POST.getlist("row")])
    return list(rows.values_list("pk", flat=True)[: MAX_ROWS + 1])


def _back(request: HttpRequest) -> str:
    kept = {name: request.POST[name] for name in FILTERS if request.POST.get(name)}
    return f"/feeds/quarantine/?{urlencode(kept)}"


def _next(request: HttpRequest, found: QuarantineRow) -> str:
    """The next open row of the same feed and code, else the list."""
    sites = visible_site_ids_or_all(actor_of(request))
    feed = found.delivery.feed.name
    following = rows_in(sites, RowFilter(feed=feed, code=found.code)).exclude(pk=found.pk).first()
    if following is not None and "next" in request.POST:
        return f"/feeds/quarantine/{following.pk}/"
    return f"/feeds/quarantine/?feed={feed}"


def _said(found: QuarantineRow) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in found.row.items() if value not in ("", None)]


def _filters(given: QueryDict, choices: dict[str, list[Any]]) -> list[dict[str, Any]]:
    def with_count(rows: list[Any], word: Any) -> list[tuple[str, str]]:
        return [(value, f"{word(value)} ({count})") for value, count in rows]

    states = [(value, str(label)) for value, label in QuarantineRow.State.choices]
    return [
        {"label": _("Feed"), "name": "feed", "value": given.get("feed", ""), "options": with_count(choices["feeds"], str)},
        {"label": _("Why"), "name": "code", "value": given.get("code", ""), "options": with_count(choices["codes"], code_word)},
        {"label": _("Owner"), "name": "owner", "value": given.get("owner", ""), "options": with_count(choices["owners"], owner_word)},
        {"label": _("Deadline"), "name": "overdue", "value": given.get("overdue", ""), "options": [("1", _("overdue"))]},
        {"label": _("State"), "name": "state", "value": given.get("state", ""), "options": [*states, ("all", _("All"))]},
    ]  # fmt: skip


def owner_word(owner: str) -> str:
    """A user's name, or a role in the reader's words."""
    role = owner.removeprefix("role:")
    return str(Role(role).label) if owner.startswith("role:") and role in Role.values else owner


def _row_context(found: QuarantineRow, values: Any) -> dict[str, Any]:
    layout = KINDS[found.delivery.feed.kind].layout
    fields = [
        {
            "name": name,
            "word": field_word(name),
            "is_required": name in layout.required,
            "value": values.get(name, ""),
            "came": found.row.get(name, ""),
        }
        for name in layout.fields
    ]
    others = [(name, value) for name, value in found.row.items() if name not in layout.fields]
    return {
        "row": found,
        "fields": fields,
        "others": others,
        "word": code_word(found.code),
        "now": clock.now(),
    }
