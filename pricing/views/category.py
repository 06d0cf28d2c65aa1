"""/prices/category/: a percentage, or another formula of the grid, over a whole category."""

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lib import clock
from lib.faults import Faults
from pricing.actions.category_changes import CategoryChange, change_category
from pricing.queries.grid import category_counts, grid_lists
from pricing.queries.price_changes import newest_draft_of
from pricing.views.grid_page import titled
from pricing.views.words import refusals
from web.gates import actor_of, permission_required


@permission_required("prices.edit")
@require_http_methods(["GET", "POST"])
def category(request: HttpRequest) -> HttpResponse:
    """The form; what it gives goes into the draft and opens it."""
    given = request.POST if request.method == "POST" else request.GET
    asked = {name: given.get(name, "").strip()[:300] for name in ("category", "price_list", "formula")}
    actor = actor_of(request)
    draft = newest_draft_of(actor)
    context = {"asked": asked, "categories": category_counts(), "lists": grid_lists(), "draft": draft}
    if request.method != "POST":
        return render(request, "pricing/category.html", context)
    try:
        wanted = CategoryChange(**asked, title=titled(clock.now()))
        draft_id = draft.pk if draft and request.POST.get("draft") == str(draft.pk) else None
        taken = change_category(actor=actor, draft_id=draft_id, asked=wanted)
    except Faults as refused:
        return render(
            request, "pricing/category.html", {**context, "refused": refused}, status=refused.status
        )
    _tell(request, Counter(one.code or one.status for one in taken.entered))
    return redirect("price-change", taken.change.pk) if taken.change else redirect("price-category")


def _tell(request: HttpRequest, counts: Counter[str]) -> None:
    taken = counts.pop("taken", 0)
    same = counts.pop("cleared", 0)
    messages.success(
        request, _("%(taken)d prices taken, %(same)d stay as they are.") % {"taken": taken, "same": same}
    )
    for code, number in counts.items():
        words = refusals().get(code, code)
        messages.warning(request, _("%(n)d not taken: %(why)s") % {"n": number, "why": words})
