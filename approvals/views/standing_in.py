"""Who stands in for whom, and limits of authors."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.queries import deciders
from approvals import actions, queries, words
from lib import clock
from lib.faults import refuse
from web.answers import done
from web.gates import actor_of, permission_required

HOME = "/approvals/standing-in/"


@require_GET
@permission_required("approvals.view")
def standing_in(request: HttpRequest) -> HttpResponse:
    """What I gave and was given, and a form to let somebody stand in."""
    actor = actor_of(request)
    now = clock.now()
    may_manage = actor.may("users.manage")
    rows = queries.live_or_coming(now) if may_manage else queries.delegations_of(actor.id or 0, now)
    context = {
        "rows": [
            {
                "one": one,
                "kinds": [words.kind_label(kind) for kind in one.kinds],
                "is_live": one.starts_at <= now,
            }
            for one in rows
        ],
        "actor_id": actor.id,
        "may_give": actor.may("approvals.decide"),
        "may_manage": may_manage,
        "people": [user for user in deciders() if may_manage or user.pk != actor.id],
        "kinds": [(kind, str(label)) for kind, label in words.KINDS.items()],
        "limits": queries.author_limits() if may_manage else [],
    }
    return render(request, "approvals/standing_in.html", context)


@require_POST
@permission_required("approvals.decide")
def delegate(request: HttpRequest) -> HttpResponse:
    """Let somebody stand in."""
    actor = actor_of(request)

    def act() -> None:
        given = request.POST
        draft = actions.DelegationDraft(
            delegate=given.get("delegate", "")[:150],
            principal=given.get("principal", "")[:150],
            starts_at=_instant(request, "starts_at"),
            ends_at=_instant(request, "ends_at"),
            kinds=[kind for kind in given.getlist("kinds") if kind in words.KINDS],
            is_out_of_office="is_out_of_office" in given,
            reason=given.get("reason", "").replace("\x00", "")[:500],
        )
        actions.delegate(actor=actor, draft=draft)

    return done(request, HOME, act, _("Somebody stands in."))


def _instant(request: HttpRequest, name: str) -> datetime:
    """A local time of the reader's zone. Raises Faults 422 `invalid_time`."""
    try:
        local = datetime.fromisoformat(request.POST.get(name, "")[:32])
    except ValueError as error:
        raise refuse("invalid_time", "Give a date and a time.", pointer=f"/{name}") from error
    zone = ZoneInfo(getattr(request.user, "time_zone", "") or "UTC")
    return local if local.tzinfo else local.replace(tzinfo=zone)


@require_POST
@permission_required("approvals.view")
def revoke(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """End it now."""
    actor = actor_of(request)
    return done(
        request,
        HOME,
        lambda: actions.revoke_delegation(actor=actor, delegation_id=delegation_id),
        _("Nobody stands in any more."),
    )


@require_POST
@permission_required("users.manage")
def limit(request: HttpRequest) -> HttpResponse:
    """Set or end the limit of one author."""
    actor = actor_of(request)

    def act() -> None:
        given = {
            name: request.POST.get(name, "").replace("\x00", "")[:150] for name in ("kind", "fact", "reason")
        }
        username = request.POST.get("username", "")[:150]
        actions.set_author_limit(actor=actor, username=username, limit=_limit_of(request), **given)

    return done(request, HOME, act, _("The limit is kept."))


def _limit_of(request: HttpRequest) -> Decimal | None:
    text = request.POST.get("limit", "").strip()[:40]
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise refuse("invalid_value", "Give a number.", pointer="/limit") from error
