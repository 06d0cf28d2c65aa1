"""/stock/reconciliations/: book against warehouse, and the queue of differences."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from catalog.access import visible_site_ids_or_all
from inventory.access import access_reconciliation
from inventory.actions.reconciliations import accept_differences, set_differences_aside
from inventory.models import Difference, Reconciliation
from inventory.queries import reconciliations as counts
from inventory.rules.differences import UNEXPLAINED, accuracy
from inventory.views.texts import CLASS_ICONS, csv_response, explanation_text
from lib.actors import Actor
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50


@permission_required("reconciliations.view")
@require_GET
def reconciliations(request: HttpRequest) -> HttpResponse:
    """All reconciliations in scope, newest first."""
    site, state = request.GET.get("site", "").replace("\x00", ""), request.GET.get("state", "")
    found = counts.visible_reconciliations(visible_site_ids_or_all(actor_of(request)), site, state)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(one, accuracy(one.matched, one.differing)) for one in page.object_list]
    states = [(str(value), str(label)) for value, label in Reconciliation.State.choices]
    filters = [{"label": _("State"), "name": "state", "value": state, "options": states}]
    return render(
        request, "inventory/reconciliations.html", {"page_obj": page, "rows": rows, "filters": filters}
    )


@permission_required("reconciliations.view")
@require_GET
def reconciliation(request: HttpRequest, reconciliation_id: int) -> HttpResponse:
    """Matched share, value at stake, differences by class with what explains them."""
    found = access_reconciliation(actor_of(request), reconciliation_id)
    return render(request, "inventory/reconciliation.html", _context(request, found))


def _context(request: HttpRequest, found: Reconciliation, faults: list[Any] | None = None) -> dict[str, Any]:
    class_code = request.GET.get("class", "")
    rows = counts.differences_of(found.pk, class_code)
    classes = _classes(counts.totals_of(found.pk))
    everything = _sum(classes)
    trend = counts.accuracy_trend(found.site_id, found.taken_at)
    undecided = {Difference.State.OPEN, Difference.State.RECOUNT, Difference.State.INVESTIGATING}
    return {
        "reconciliation": found,
        "share": accuracy(found.matched, found.differing),
        "compared": found.matched + found.differing,
        "rows": [
            {
                "difference": row,
                "words": explanation_text(row.explanation),
                "icon": CLASS_ICONS.get(row.class_code, "zoom-question"),
                "is_unexplained": row.class_code in UNEXPLAINED,
                "can_decide": row.state in undecided,
            }
            for row in rows
        ],
        "classes": classes,
        "all": everything,
        "chosen_class": class_code,
        "shown": len(rows),
        "trend": [share * 100 for _at, share in trend],
        "trend_ends": (trend[0][0], trend[-1][0]) if trend else None,
        "again": counts.again_and_again(found.site_id, found.taken_at),
        "may_decide": actor_of(request).may("reconciliations.decide") and found.state == "open",
        "faults": faults or [],
    }


def _classes(totals: list[tuple[str, str, int, Any, Any]]) -> list[dict[str, Any]]:
    """Classes with count, value at stake and how many are done; the unexplained last, else by value."""
    labels = dict(Difference.Class.choices)
    by_class: dict[str, dict[str, Any]] = {}
    for code, state, count, at_stake, net in totals:
        row = by_class.setdefault(
            code,
            {"code": code, "label": labels.get(code, code), "icon": CLASS_ICONS.get(code, ""), "count": 0,
             "at_stake": 0, "net": 0, "states": {}, "is_unexplained": code in UNEXPLAINED},
        )  # fmt: skip
        row["count"] += count
        row["at_stake"] += at_stake
        row["net"] += net
        row["states"][state] = row["states"].get(state, 0) + count
    return sorted(by_class.values(), key=lambda row: (row["is_unexplained"], -row["at_stake"]))


def _sum(classes: list[dict[str, Any]]) -> dict[str, Any]:
    states: dict[str, int] = {}
    for row in classes:
        for state, count in row["states"].items():
            states[state] = states.get(state, 0) + count
    total = sum(row["count"] for row in classes)
    unexplained = sum(row["count"] for row in classes if row["is_unexplained"])
    return {
        "count": total,
        "at_stake": sum(row["at_stake"] for row in classes),
        "most": max((row["at_stake"] for row in classes), default=0),
        "net": sum(row["net"] for row in classes),
        "unexplained": unexplained,
        "all_explained": total - unexplained,
        "explained": sum(row["states"].get("open", 0) for row in classes if not row["is_unexplained"]),
        "explained_at_stake": sum(row["at_stake"] for row in classes if not row["is_unexplained"]),
        "open": states.get("open", 0),
        "worked": total - states.get("open", 0),
        "states": states,
    }


@permission_required("reconciliations.decide")
@require_POST
def decide(request: HttpRequest, reconciliation_id: int) -> HttpResponse:
    """Accept, recount or investigate what is ticked; what is refused stands in the page."""
    found = access_reconciliation(actor_of(request), reconciliation_id)
    ids = [int(text) for text in request.POST.getlist("difference") if text.isdecimal() and len(text) < 18]
    note, decision = request.POST.get("note", "")[:500], request.POST.get("decision", "")
    if decision == "accept-explained":
        ids = counts.explained_ids(found.pk)
    try:
        words = DECISIONS.get(decision, _accept)(actor_of(request), found.pk, ids, note)
    except Faults as refused:
        context = _context(request, found, refused.faults)
        return render(request, "inventory/reconciliation.html", context, status=refused.status)
    messages.success(request, words)
    return redirect("stock-reconciliation", found.pk)


def _accept(actor: Actor, reconciliation_id: int, ids: list[int], note: str) -> str:
    done = accept_differences(actor=actor, reconciliation_id=reconciliation_id, difference_ids=ids, note=note)
    if done.pending:
        return ngettext(
            "%(count)d difference waits for approval.",
            "%(count)d differences wait for approval.",
            done.pending,
        ) % {"count": done.pending}
    return ngettext("%(count)d difference accepted.", "%(count)d differences accepted.", done.accepted) % {
        "count": done.accepted
    }


def _aside(state: str) -> Callable[[Actor, int, list[int], str], str]:
    def act(actor: Actor, reconciliation_id: int, ids: list[int], note: str) -> str:
        count = set_differences_aside(
            actor=actor, reconciliation_id=reconciliation_id, difference_ids=ids, state=state, note=note
        )
        return ngettext("%(count)d difference set aside.", "%(count)d differences set aside.", count) % {
            "count": count
        }

    return act


DECISIONS: dict[str, Callable[[Actor, int, list[int], str], str]] = {
    "accept": _accept,
    "accept-explained": _accept,
    "recount": _aside("recount"),
    "investigate": _aside("investigating"),
}


@permission_required("reconciliations.view")
@require_GET
def differences_file(request: HttpRequest, reconciliation_id: int) -> HttpResponse:
    """All differences as CSV, safe against formulas."""
    found = access_reconciliation(actor_of(request), reconciliation_id)
    names = ("sku", "lot", "book", "counted", "difference", "value", "class", "state")
    rows = [[row[name] for name in names] for row in counts.difference_bodies(found.pk)]
    return csv_response(f"{found}.csv", names, rows)
