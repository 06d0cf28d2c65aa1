"""/finance/vouchers/: the list, making them, one with its control totals and as a file; /finance/accounts/: the map."""

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from finance import forms
from finance.access import access_voucher, visible_entities
from finance.actions.accounts import RuleDraft, save_map
from finance.actions.vouchers import Draft, make_vouchers, preview_vouchers
from finance.models import Place, PostingKind
from finance.queries.accounts import (
    account_map,
    category_paths,
    current_map,
    entity_codes,
    maps,
    rule_body,
    rules_of,
)
from finance.queries.vouchers import (
    LINE_COLUMNS,
    accounts_of,
    chain_of,
    held_move,
    kinds_of,
    late_facts,
    line_rows,
    lines_of,
    voucher_document,
    vouchers_of,
)
from finance.words import kind_word, place_word
from lib import clock
from lib.faults import Fault, Faults
from lib.sheets.writing import CONTENT_TYPES, csv_bytes, xlsx_bytes
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
LINES = 50
EMPTY_ROWS = 2


@permission_required("finance.view")
@require_GET
def vouchers(request: HttpRequest) -> HttpResponse:
    """Vouchers in scope, newest first."""
    return render(request, "finance/vouchers.html", _list_context(request))


def _list_context(request: HttpRequest, faults: list[Fault] | None = None) -> dict[str, Any]:
    actor = actor_of(request)
    asked = forms.asked_of(request, "entity", "month")
    entities = visible_entities(actor)
    month = asked["month"] if forms.day_or_none(f"{asked['month']}-01") else ""
    found = vouchers_of(entities, entity=asked["entity"], month=month)
    options = [(one.code, f"{one.code} · {one.name}") for one in entities]
    return {
        "page_obj": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "filters": [
            {"label": _("Legal entity"), "name": "entity", "value": asked["entity"], "options": options}
        ],
        "entities": options,
        "today": clock.now().date().isoformat(),
        "month": month,
        "late": late_facts(entities),
        "faults": faults or [],
        "may_make": actor.may("vouchers.make"),
    }


@permission_required("vouchers.make")
@require_http_methods(["GET", "POST"])
def new_voucher(request: HttpRequest) -> HttpResponse:
    """Choose a day or a month, see what would be booked, make it."""
    typed = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "entities": [(one.code, f"{one.code} · {one.name}") for one in visible_entities(actor_of(request))],
        "entity": forms.words(typed, "entity", 32),
        "day": forms.words(typed, "day", 10),
        "month": forms.words(typed, "month", 7),
    }
    status = 200
    if context["day"] or context["month"]:
        try:
            if request.method == "POST":
                return _make(request, context["entity"])
            start, until = forms.span_from(typed)
            asked = {"start": start, "until": until, "entity": context["entity"]}
            drafts = preview_vouchers(actor=actor_of(request), **asked)
            context |= {"previews": [_preview(draft) for draft in drafts], "is_asked": True}
        except Faults as refused:
            context["faults"], status = refused.faults, refused.status
    return render(request, "finance/new_voucher.html", context, status=status)


def _make(request: HttpRequest, entity: str) -> HttpResponse:
    start, until = forms.span_from(request.POST)
    made = make_vouchers(actor=actor_of(request), start=start, until=until, entity=entity)
    messages.success(
        request, ngettext("%(n)s voucher made.", "%(n)s vouchers made.", len(made)) % {"n": len(made)}
    )
    return redirect("finance-voucher", made[0].pk) if len(made) == 1 else redirect("finance-vouchers")


def _preview(draft: Draft) -> dict[str, Any]:
    accounts: dict[str, list[Any]] = {}
    for side in draft.booked.sides:
        cell = accounts.setdefault(side.account, [0, 0])
        cell[0] += side.debit
        cell[1] += side.credit
    return {
        "draft": draft,
        "accounts": sorted((account, *cell) for account, cell in accounts.items()),
        "unmapped": [(kind_word(one.kind), place_word(one.place), one) for one in draft.booked.unmapped[:50]],
    }


@permission_required("finance.view")
@require_GET
def voucher(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """One voucher: control totals, accounts, kinds, lines; with format=csv, xlsx or json as a file."""
    found = access_voucher(actor_of(request), voucher_id)
    form = request.GET.get("format", "")
    if form in CONTENT_TYPES or form == "json":
        return _file(found, form)
    page = Paginator(lines_of(found), LINES).get_page(request.GET.get("page"))
    moved = held_move(found)
    context = {
        "one": found,
        "page_obj": page,
        "lines": [(line, kind_word(line.kind), place_word(line.place)) for line in page.object_list],
        "accounts": accounts_of(found),
        "kinds": [
            {**row, "word": kind_word(row["kind"]), "where": place_word(row["place"])}
            for row in kinds_of(found)
        ],
        "chain": chain_of(found),
        "moved": moved,
        "net": found.sales_gross - found.sales_tax,
        "is_in_balance": found.opening + moved == found.closing and found.debits == found.credits,
    }
    return render(request, "finance/voucher.html", context)


def _file(found: Any, form: str) -> HttpResponse:
    if form == "json":
        body = json.dumps(voucher_document(found), ensure_ascii=False).encode()
        answer = HttpResponse(body, content_type="application/json")
    else:
        rows = line_rows(found)
        body = (
            csv_bytes(LINE_COLUMNS, rows)
            if form == "csv"
            else xlsx_bytes(str(found)[:31], LINE_COLUMNS, rows)
        )
        answer = HttpResponse(body, content_type=CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{found}.{form}"'
    return answer


@permission_required("finance.view")
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """The account map in force, or an earlier version."""
    version = request.GET.get("version", "")
    found = account_map(int(version)) if version.isdecimal() and len(version) < 9 else current_map()
    rules = [(one, kind_word(one.kind), place_word(one.place)) for one in rules_of(found)]
    context = {
        "map": found,
        "maps": maps()[:20],
        "rules": rules,
        "is_current": found.pk == current_map().pk,
        "may_edit": actor_of(request).may("account_maps.manage"),
    }
    return render(request, "finance/accounts.html", context)


@permission_required("account_maps.manage")
@require_http_methods(["GET", "POST"])
def edit_accounts(request: HttpRequest) -> HttpResponse:
    """Change the map: all its rules, saved as the next version. What is refused stays typed."""
    faults: list[Fault] = []
    status = 200
    base = current_map()
    rules = [RuleDraft(**rule_body(one)) for one in rules_of(base)]
    asked: dict[str, Any] = {"rules": rules, "reason": "", "base_version": base.version}
    if request.method == "POST":
        asked = forms.map_from(request.POST)
        try:
            made = save_map(actor=actor_of(request), **asked)
        except Faults as refused:
            faults, status = refused.faults, refused.status
        else:
            text = _("Version %(version)s of the account map counts from now on.")
            messages.success(request, text % {"version": made.version})
            return redirect("finance-accounts")
    return render(request, "finance/edit_accounts.html", _editor(asked, faults), status=status)


def _editor(asked: dict[str, Any], faults: list[Fault]) -> dict[str, Any]:
    empty = [RuleDraft("", "", "") for _number in range(EMPTY_ROWS)]
    return {
        **asked,
        "rules": [*asked["rules"], *empty],
        "kinds": PostingKind.choices,
        "places": Place.choices,
        "categories": category_paths(),
        "entities": entity_codes(),
        "faults": faults,
    }
