"""The kill switch of a promotion on the page of lists."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lib.faults import Faults
from pricing.actions.promotion_stops import stop_promotion
from web.gates import actor_of, permission_required


@permission_required("promotions.stop")
@require_POST
def stop(request: HttpRequest, code: str) -> HttpResponse:
    """Stop it, and show the change that did; a refusal is told on the page of lists."""
    try:
        change = stop_promotion(actor=actor_of(request), code=code, comment=request.POST.get("comment", ""))
    except Faults as refused:
        for fault in refused.faults:
            messages.error(request, _(fault.detail))
        return redirect("price-lists")
    messages.success(request, _("The promotion is stopped."))
    return redirect("price-change", change.pk)
