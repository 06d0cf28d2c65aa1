"""A linked list takes the day's exchange rate because a person says so."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lib.faults import Faults
from pricing.actions.linked_rates import accept_rate
from web.gates import actor_of, permission_required


@permission_required("price_lists.edit")
@require_POST
def accept(request: HttpRequest, code: str) -> HttpResponse:
    """Take it, with a reason; a refusal is told on the page of lists."""
    try:
        accept_rate(
            actor=actor_of(request), code=code, reason=request.POST.get("reason", "").replace("\x00", "")
        )
    except Faults as refused:
        for fault in refused.faults:
            messages.error(request, _(fault.detail))
    else:
        messages.success(request, _("The list takes the exchange rate of the day."))
    return redirect("price-lists")
