"""/stock/counts/<id>/count/: counting on a phone, with or without a connection; nothing of the book when blind."""

import json

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from inventory.access import access_count
from inventory.models import Count
from inventory.models.balances import StockState
from web.gates import actor_of, permission_required

COUNTING = (Count.State.PLANNED, Count.State.COUNTING, Count.State.RECOUNT)


@permission_required("counts.count")
@require_GET
def phone(request: HttpRequest, count_id: int) -> HttpResponse:
    """The page one walks the aisles with."""
    actor = actor_of(request)
    count = access_count(actor, count_id)
    context = {
        "count": count,
        "may_count": count.state in COUNTING,
        "user_id": actor.id,
        "states": StockState.choices,
        "words": json.dumps(_words()),
        "goods_url": reverse("api-count-goods", args=[count.pk]),
        "lines_url": reverse("api-count-lines", args=[count.pk]),
        "submit_url": reverse("api-count-submit", args=[count.pk]),
    }
    return render(request, "inventory/count_phone.html", context)


@never_cache
@permission_required("counts.count")
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker that keeps the phone's page usable without a connection, below /stock/counts/ only."""
    found = finders.find("js/count-worker.js")
    if not isinstance(found, str):
        raise Http404("count-worker.js")
    with open(found, "rb") as file:
        answer = HttpResponse(file.read(), content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = "/stock/counts/"
    return answer


def _words() -> dict[str, str]:
    """The sentences that the page's script shows."""
    return {
        "of": _("{done} of {all}"),
        "blind": _("The book quantity stays hidden."),
        "book": _("Book: {book}"),
        "carton": _("+ 1 {unit}"),
        "holds": _("{unit} holds {factor}."),
        "offline": _("Offline. Counts kept on this phone until it is back: {n}"),
        "sending": _("Counts being sent: {n}"),
        "waiting": _("Counts waiting on this phone, sent again soon: {n}"),
        "sent": _("All counts are sent."),
        "signIn": _("Sign in again to send what is kept on this phone: {n}"),
        "signInLink": _("Sign in"),
        "refused": _("Not taken: {n}"),
        "discard": _("Put away"),
        "others": _("Counts of another person kept on this phone: {n}"),
        "unlisted": _("Not on the list of this count"),
        "unknown": _("No product has the code {code}."),
        "noGoods": _("The list could not be loaded. Connect once, then the connection may go."),
        "next": _("Next product"),
        "keep": _("Keep"),
        "finish": _("Finish count"),
        "allDone": _("Everything on the list is counted"),
        "allDoneWhy": _("Finish, or scan something that is not on the list."),
        "notSent": _("Send what is kept on this phone first."),
        "replaces": _("Replaces {quantity}"),
        "scanned": _("Scanned"),
        "noCamera": _("This browser cannot read codes with the camera. Use a scanner or type."),
        "denied": _("The camera was not allowed."),
        "anywhere": _("No place"),
        "over": _("Nothing is counted here any more."),
    }
