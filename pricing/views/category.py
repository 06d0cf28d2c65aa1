"""/prices/category/: a percentage, or another formula of the grid, over a whole category."""

from collections import Counter
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lib import clock
from lib.faults import Faults
from pricing.actions.category_changes import CategoryChange, change_category
from pricing.actions.grid_entries import Entered
from pricing.queries.grid import category_counts, grid_lists
from pricing.queries.price_changes import newest_draft_of
from pricing.views.grid_page import titled
from pricing.views.words import refusals
from web.gates import actor_of, permission_required

#: So many of what was not taken are named in one message.
NAMED = 20


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
    _tell(request, taken.entered)
    return redirect("price-change", taken.change.pk) if taken.change else redirect("price-category")


def _tell(request: HttpRequest, entered: Sequence[Entered]) -> None:
    counts = Counter(one.status for one in entered)
    messages.success(
        request,
        _("%(taken)d prices taken, %(same)d stay as they are.")
        % {"taken": counts["taken"], "same": counts["cleared"]},
    )
    refused: dict[str, list[str]] = {}
    for one in entered:
        if one.status == "refused":
            refused.setdefault(one.code, []).append(one.entry.sku)
    for code, skus in refused.items():
        named = ", ".join(skus[:NAMED]) + (" …" if len(skus) > NAMED else "")
        words = _("%(n)d not taken: %(why)s") % {"n": len(skus), "why": refusals().get(code, code)}
        messages.warning(request, f"{words} {named}")
