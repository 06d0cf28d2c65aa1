"""Looks, afterwards, at what policies approved at once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals import actions, queries, words
from approvals.models import Review
from lib.actors import Actor
from web.answers import done
from web.gates import actor_of, permission_required

HOME = "/approvals/reviews/"


@require_GET
@permission_required("approvals.view")
def reviews(request: HttpRequest) -> HttpResponse:
    """What policies approved at once and waits for a look; what was looked at last."""
    actor = actor_of(request)
    context = {
        "waiting": [_review_row(one) for one in _mine(actor)],
        "looked_at": [_review_row(one) for one in queries.reviewed()],
    }
    return render(request, "approvals/reviews.html", context)


def _mine(actor: Actor) -> list[Review]:
    return list(queries.reviews_for(actor.permissions, actor.id or 0)[:100])


def _review_row(one: Review) -> dict[str, object]:
    return {
        "one": one,
        "kind": words.kind_label(one.request.kind),
        "policy": words.policy_label(one.request.policy_name),
    }


@require_POST
@permission_required("approvals.decide")
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    """Say that it was right, or should have been asked."""
    actor = actor_of(request)
    is_right = request.POST.get("outcome") == "right"
    note = request.POST.get("note", "").replace("\x00", "")[:2000]
    return done(
        request,
        HOME,
        lambda: actions.review(actor=actor, review_id=review_id, is_right=is_right, note=note),
        _("Looked at."),
    )
