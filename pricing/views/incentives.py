"""/prices/incentives/ and /prices/rehearsal/: what may be taken off prices, and the worst it makes of them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lib import clock
from pricing.actions.incentives import create_incentive, stop_incentive
from pricing.views.incentives_page import (
    form_row,
    incentives_context,
    rehearsal_context,
    rehearsed_lines,
)
from web.answers import done
from web.gates import actor_of, permission_required

PAGE = "/prices/incentives/"


@permission_required("prices.view")
@require_GET
def incentives(request: HttpRequest) -> HttpResponse:
    """Those in force and to come, and the form of a new one for who may write one."""
    actor = actor_of(request)
    context: dict[str, Any] = incentives_context(request.GET, clock.now())
    context |= {"may_edit": actor.may("price_lists.edit"), "may_stop": actor.may("promotions.stop")}
    return render(request, "pricing/incentives.html", context)


@permission_required("price_lists.edit")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """A new incentive."""
    row = form_row(request.POST)
    return done(
        request,
        PAGE,
        lambda: create_incentive(actor=actor_of(request), row=row),
        _("The incentive is in force."),
    )


@permission_required("promotions.stop")
@require_POST
def stop(request: HttpRequest, code: str) -> HttpResponse:
    """End one now."""
    comment = request.POST.get("comment", "")[:4000]
    return done(
        request,
        PAGE,
        lambda: stop_incentive(actor=actor_of(request), code=code, comment=comment),
        _("The incentive has ended."),
    )


@permission_required("costs.view")
@require_GET
def rehearsal(request: HttpRequest) -> HttpResponse:
    """The worst cases of a site on a day."""
    return render(
        request, "pricing/rehearsal.html", rehearsal_context(request.GET, actor_of(request), clock.now())
    )


@permission_required("costs.view")
@require_GET
def change_card(request: HttpRequest, change_id: int) -> HttpResponse:
    """The card on the page of a change."""
    return render(request, "pricing/parts/rehearsal.html", rehearsed_lines(change_id, clock.now()))
