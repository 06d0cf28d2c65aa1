"""/prices/overrides/: own prices of derived lists whose parent's price has moved; one click answers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lib.faults import Faults
from pricing.actions.overrides import answer_overrides
from pricing.queries.overrides import override_questions
from web.gates import actor_of, permission_required

SHOWN = 500


@permission_required("prices.view")
@require_GET
def overrides(request: HttpRequest) -> HttpResponse:
    """The open questions, newest first, and the last answers."""
    return _page(request, 200)


@permission_required("prices.edit")
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Keep, move or drop: one question by its own button ("12:keep"), or those that are ticked."""
    one, _colon, own = request.POST.get("one", "").partition(":")
    raw = [one] if own else request.POST.getlist("ids")
    ids = [int(text) for text in raw if text.isascii() and text.isdigit() and len(text) < 19]
    try:
        change = answer_overrides(
            actor=actor_of(request), question_ids=ids, answer=own or request.POST.get("answer", "")
        )
    except Faults as refused:
        for fault in refused.faults:
            messages.error(request, _(fault.detail))
        return _page(request, refused.status)
    if change is None:
        messages.success(request, _("The price stays as it is."))
        return redirect("price-overrides")
    messages.success(request, _("The draft is made; look at it and submit it."))
    return redirect("price-change", change.pk)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    code = request.GET.get("price_list", "")[:32].replace("\x00", "")
    found = override_questions(code, "")
    context = {
        "questions": found[:SHOWN],
        "count": found.count(),
        "answered": override_questions(code).exclude(answer="").select_related("answer_change")[:20],
        "code": code,
        "may_edit": actor_of(request).may("prices.edit"),
    }
    return render(request, "pricing/overrides.html", context, status=status)
