"""/stock/counts/: counts and stocktakes, one of them with its next step, the variance report."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.access import visible_site_ids_or_all, visible_sites
from inventory import counts_forms as forms
from inventory.access import access_count
from inventory.actions import counts as actions
from inventory.actions.counts_comparing import order_recount, stop_waiting, submit_count
from inventory.actions.counts_settling import settle_count, sign_off
from inventory.models import Count, CountReason
from inventory.queries import counts as queries
from inventory.queries.counts_pages import variance_rows
from inventory.transfers_forms import words
from lib.actors import Actor
from lib.faults import Faults
from lib.sheets.writing import CONTENT_TYPES, csv_bytes, xlsx_bytes
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
State = Count.State
OPEN_TO_COUNT = (State.PLANNED, State.COUNTING, State.RECOUNT)
GIVEN_UP = (State.PLANNED, State.COUNTING, State.SUBMITTED, State.RECOUNT, State.REVIEW)


@permission_required("stock.view")
@require_GET
def counts(request: HttpRequest) -> HttpResponse:
    """Counts in scope, newest first; by default those that are not over."""
    actor = actor_of(request)
    asked = {name: request.GET.get(name, "").replace("\x00", "") for name in ("site", "kind", "state")}
    asked["state"] = asked["state"] or ("open" if not request.GET else "")
    found = queries.visible_counts(visible_site_ids_or_all(actor), asked)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    figures = queries.figures_of(list(page.object_list))
    sites = [(site.code, site.name) for site in visible_sites(actor).order_by("name")]
    states = [("open", _("Open")), *((str(value), str(label)) for value, label in State.choices)]
    kinds = [(str(value), str(label)) for value, label in Count.Kind.choices]
    filters = [
        {"label": _("Site"), "name": "site", "value": asked["site"], "options": sites},
        {"label": _("Kind"), "name": "kind", "value": asked["kind"], "options": kinds},
        {"label": _("State"), "name": "state", "value": asked["state"], "options": states},
    ]
    rows = [(count, figures[count.pk]) for count in page.object_list]
    return render(request, "inventory/counts.html", {"page_obj": page, "rows": rows, "filters": filters})


@permission_required("stock.view")
@require_GET
def count(request: HttpRequest, count_id: int) -> HttpResponse:
    """One count: progress, what differs once it is compared, and the one thing this person can do next."""
    return render(request, "inventory/count.html", _context(request, count_id))


def _context(request: HttpRequest, count_id: int, refused: Faults | None = None) -> dict[str, Any]:
    actor = actor_of(request)
    found = access_count(actor, count_id)
    state = request.GET.get("items", "").replace("\x00", "")
    items = Paginator(queries.items_of(found, state), PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "count": found,
        "figures": queries.figures_of([found])[found.pk],
        "zones": queries.by_zone(found),
        "counters": queries.counters_of(found),
        "items_state": state,
        "page_obj": items,
        "adjustments": queries.adjustments_of(found),
        "faults": refused.faults if refused else [],
        "typed": request.POST,
        "reasons": CountReason.choices,
        **_steps(actor, found),
    }
    if found.state == State.SUBMITTED:
        context["complete_to"], context["streams"] = (
            queries.complete_to(found.site_id),
            queries.streams(found.site_id),
        )
    if actor.may("counts.review") and not queries.is_hidden(found) and found.compared_at:
        context["variance"] = queries.summary_of(found)
        context["categories"] = queries.by_category(found)[:8]
        context["differing"] = queries.results_of(found, "differing")[: PAGE_SIZE * 4]
    return context


def _steps(actor: Actor, found: Count) -> dict[str, bool]:
    """Which steps this person can take now."""
    state = found.state
    is_signing = state == State.SIGNING
    signed_other = {found.stock_signed_by_id, found.finance_signed_by_id} - {None}
    is_free = actor.id not in signed_other
    return {
        "may_count": state in OPEN_TO_COUNT and actor.may("counts.count"),
        "may_submit": state in (State.COUNTING, State.RECOUNT) and actor.may("counts.count"),
        "may_zero": actor.may("counts.settle"),
        "may_skip": actor.may("counts.settle")
        or (found.kind == Count.Kind.CYCLE and state == State.COUNTING),
        "may_stop_waiting": state == State.SUBMITTED and actor.may("counts.manage"),
        "may_settle": state == State.REVIEW and actor.may("counts.settle"),
        "may_cancel": state in GIVEN_UP and actor.may("counts.manage"),
        "may_sign_stock": is_signing
        and is_free
        and not found.stock_signed_at
        and actor.may("counts.sign_stock"),
        "may_sign_finance": is_signing
        and is_free
        and not found.finance_signed_at
        and actor.may("counts.sign_finance"),
    }


def _do(request: HttpRequest, count_id: int, work: Callable[[Actor], object], done: str) -> HttpResponse:
    """A step: what is refused is told on the page with what was typed."""
    access_count(actor_of(request), count_id)
    try:
        work(actor_of(request))
    except Faults as refused:
        context = _context(request, count_id, refused)
        return render(request, "inventory/count.html", context, status=refused.status)
    messages.success(request, done)
    return redirect("stock-count", count_id)


@permission_required("counts.count")
@require_POST
def submit(request: HttpRequest, count_id: int) -> HttpResponse:
    chosen = words(request.POST, "uncounted", 6) or "refuse"
    work = lambda actor: submit_count(actor=actor, count_id=count_id, uncounted=chosen)  # noqa: E731
    return _do(request, count_id, work, _("The count is handed in."))


@permission_required("counts.settle")
@require_POST
def settle(request: HttpRequest, count_id: int) -> HttpResponse:
    """Settle the differences with their reasons, or have what is ticked counted again."""
    if "recount" in request.POST:
        skus, note = forms.skus_from(request.POST), words(request.POST, "note", 300)
        again = lambda actor: order_recount(actor=actor, count_id=count_id, skus=skus, reason=note)  # noqa: E731
        return _do(request, count_id, again, _("It is counted again, by somebody else."))
    reasons = forms.reasons_from(request.POST)
    work = lambda actor: settle_count(actor=actor, count_id=count_id, reasons=reasons)  # noqa: E731
    return _do(request, count_id, work, _("The differences are settled."))


@permission_required("counts.manage")
@require_POST
def not_wait(request: HttpRequest, count_id: int) -> HttpResponse:
    reason = words(request.POST, "reason")
    work = lambda actor: stop_waiting(actor=actor, count_id=count_id, reason=reason)  # noqa: E731
    return _do(request, count_id, work, _("The count is compared."))


@permission_required("counts.manage")
@require_POST
def cancel(request: HttpRequest, count_id: int) -> HttpResponse:
    reason = words(request.POST, "reason")
    work = lambda actor: actions.cancel_count(actor=actor, count_id=count_id, reason=reason)  # noqa: E731
    return _do(request, count_id, work, _("The count is given up."))


@permission_required("counts.review")
@require_POST
def sign(request: HttpRequest, count_id: int) -> HttpResponse:
    side = words(request.POST, "side", 7)
    work = lambda actor: sign_off(actor=actor, count_id=count_id, side=side)  # noqa: E731
    return _do(request, count_id, work, _("Signed."))


@permission_required("counts.review")
@require_GET
def variance(request: HttpRequest, count_id: int) -> HttpResponse:
    """The variance report: by category and line by line; with format=csv or xlsx as a file."""
    found = access_count(actor_of(request), count_id)
    if queries.is_hidden(found):
        return redirect("stock-count", found.pk)
    only = request.GET.get("only", "").replace("\x00", "")
    results = queries.results_of(found, only)
    form = request.GET.get("format", "")
    if form in CONTENT_TYPES:
        return _file(found, form, results)
    context = {
        "count": found,
        "page_obj": Paginator(results, PAGE_SIZE).get_page(request.GET.get("page")),
        "only": only,
        "variance": queries.summary_of(found),
        "categories": queries.by_category(found),
    }
    return render(request, "inventory/count_variance.html", context)


def _file(found: Count, form: str, results: Any) -> HttpResponse:
    columns, rows = variance_rows(results)
    made = csv_bytes(columns, rows) if form == "csv" else xlsx_bytes(str(found), columns, rows)
    answer = HttpResponse(made, content_type=CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{found}.{form}"'
    return answer
