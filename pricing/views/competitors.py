"""/prices/competitors/: our prices beside the market's, what was not matched, and files of what was seen."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lib.faults import Faults
from pricing.actions.competitor_sheets import TakenSheet, take_competitor_sheet
from pricing.actions.competitors import match_by_codes, save_competitors
from pricing.views.competitors_page import competitors_context
from web.gates import actor_of, permission_required


@permission_required("prices.view")
@require_GET
def competitors(request: HttpRequest) -> HttpResponse:
    """The index by category, products dearest beside the market first, unmatched codes, competitors."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    context = competitors_context(request.GET) | {"may_edit": actor_of(request).may("prices.edit"), **more}
    return render(request, "pricing/competitors.html", context, status=status)


def _sent(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.POST.get(name, "").replace("\x00", "").strip() for name in names}


@permission_required("prices.edit")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """A competitor by code: new, or with another name or country."""
    sent = _sent(request, "code", "name", "country")
    try:
        save_competitors(actor=actor_of(request), rows=[{**sent, "country": sent["country"].upper()}])
    except Faults as refused:
        return _page(request, refused.status, refused=refused)
    messages.success(request, _("%(name)s is watched.") % sent)
    return redirect("price-competitors")


@permission_required("prices.edit")
@require_POST
def match(request: HttpRequest) -> HttpResponse:
    """A competitor's code means a product, from now on and for what was seen before."""
    try:
        rows = match_by_codes(actor=actor_of(request), **_sent(request, "competitor", "code", "sku"))
    except Faults as refused:
        return _page(request, refused.status, refused=refused)
    messages.success(request, _("Matched; %(rows)s earlier prices belong to it now.") % {"rows": rows})
    return redirect("price-competitors")


@permission_required("prices.edit")
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """A file of prices: all rows, or the good ones if the person says so; faults are listed by line."""
    file = request.FILES.get("file")
    sent = _sent(request, "decimal_mark", "only_good")
    try:
        taken = take_competitor_sheet(
            actor=actor_of(request),
            body=file.read() if file else b"",
            name=str(file.name) if file else "",
            decimal_mark=sent["decimal_mark"],
            only_good=bool(sent["only_good"]),
        )
    except Faults as refused:
        return _page(request, refused.status, refused=refused)
    return _taken(request, taken)


def _taken(request: HttpRequest, taken: TakenSheet) -> HttpResponse:
    if taken.faults:
        return _page(request, 200 if taken.new else 422, taken=taken)
    text = _("%(rows)s rows read, %(new)s of them new.")
    messages.success(request, text % {"rows": taken.rows, "new": taken.new})
    return redirect("price-competitors")
