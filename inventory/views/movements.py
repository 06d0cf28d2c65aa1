"""/stock/movements/: documents, one document, and the entry form."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals.queries import request_of
from catalog.access import visible_site_ids_or_all
from inventory.access import access_movement
from inventory.actions.asking import APPROVAL_KIND
from inventory.actions.movements import reverse_movement
from inventory.models import Movement
from inventory.queries import documents
from inventory.views.texts import kind_word, place_word
from lib.faults import Faults
from web.gates import actor_of, permission_required

PAGE_SIZE = 50


@permission_required("stock.view")
@require_GET
def movements(request: HttpRequest) -> HttpResponse:
    """Documents, newest first."""
    asked = {name: request.GET.get(name, "").replace("\x00", "") for name in ("kind", "state", "site")}
    asked["reference"] = request.GET.get("q", "").replace("\x00", "").strip()
    found = documents.visible_movements(visible_site_ids_or_all(actor_of(request)), asked)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(movement, kind_word(movement.kind)) for movement in page.object_list]
    kinds = [(kind, kind_word(kind)) for kind in Movement.Kind.values]
    states = [(str(value), str(label)) for value, label in Movement.State.choices]
    filters = [
        {"label": _("Kind"), "name": "kind", "value": asked["kind"], "options": kinds},
        {"label": _("State"), "name": "state", "value": asked["state"], "options": states},
    ]
    may_post = actor_of(request).may("stock.post")
    context = {"page_obj": page, "rows": rows, "filters": filters, "asked": asked, "may_post": may_post}
    return render(request, "inventory/movements.html", context)


@permission_required("stock.view")
@require_GET
def movement(request: HttpRequest, movement_id: int) -> HttpResponse:
    """One document: lines, entries with values, approval, reversal, history."""
    actor = actor_of(request)
    found = access_movement(actor, movement_id)
    return render(request, "inventory/movement.html", _document(request, found))


def _document(request: HttpRequest, found: Movement, fault: str = "") -> dict[str, Any]:
    actor, draft = actor_of(request), documents.movement_draft(found)
    reversal = documents.reversal_of(found)
    can_reverse = found.state == Movement.State.POSTED and not reversal and found.reverses_id is None
    return {
        "movement": found,
        "kind": kind_word(found.kind),
        "lines": [
            {"line": line, "from": place_word(line.from_code), "to": place_word(line.to_code)}
            for line in draft.lines
        ],
        "entries": documents.entry_rows(found),
        "destination": draft.destination,
        "approval": request_of(APPROVAL_KIND, f"movement:{found.pk}"),
        "reversal": reversal,
        "may_reverse": can_reverse and actor.may("stock.reverse"),
        "may_see_costs": actor.may("costs.view"),
        "fault": fault,
    }


@permission_required("stock.reverse")
@require_POST
def reverse(request: HttpRequest, movement_id: int) -> HttpResponse:
    """Take the document back by one that goes the other way."""
    found = access_movement(actor_of(request), movement_id)
    try:
        made = reverse_movement(
            actor=actor_of(request), movement_id=movement_id, reason=request.POST.get("reason", "")[:500]
        )
    except Faults as refused:
        context = _document(request, found, " ".join(fault.detail for fault in refused.faults))
        return render(request, "inventory/movement.html", context, status=refused.status)
    messages.success(request, _("The movement was taken back."))
    return redirect("stock-movement", made.pk)
