"""Exchange rates, and rates by hand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals import actions
from catalog.queries import newest_rates, rate_history, rate_proposal, rate_proposals
from catalog.rules.exchange import LIMIT_DAYS
from lib import clock
from web.answers import done, whole_number
from web.gates import actor_of, permission_required


@require_GET
@permission_required("products.view")
def rates(request: HttpRequest) -> HttpResponse:
    """The newest exchange rates with source and age, the history of a pair, and rates by hand."""
    actor = actor_of(request)
    replaced = rate_proposal(whole_number(request.GET.get("replaces", "")))
    base, _dash, quote = request.GET.get("pair", "")[:7].upper().partition("-")
    today = clock.now().date()
    context = {
        "tab": "rates",
        "limit_days": LIMIT_DAYS,
        "today": today,
        "newest": newest_rates(today),
        "pair": f"{base} → {quote}" if base and quote else "",
        "history": rate_history(base, quote) if base and quote else [],
        "waiting": list(rate_proposals("open")[:50]),
        "closed": list(rate_proposals().exclude(state="open")[:10]),
        "may_propose": actor.may("rates.edit"),
        "actor_id": actor.id,
        "replaced": replaced if replaced and replaced.state == "open" else None,
    }
    return render(request, "approvals/rates.html", context)


@require_POST
@permission_required("rates.edit")
def propose_rate(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    row = {name: request.POST.get(name, "").strip()[:40] for name in ("base", "quote", "rate", "on")}
    row |= {"base": row["base"].upper(), "quote": row["quote"].upper()}
    reason = request.POST.get("reason", "")[:500]
    replaces = whole_number(request.POST.get("replaces", "")) or None
    return done(
        request,
        "/settings/rates/",
        lambda: actions.ask_for_rate(actor=actor, row=row, reason=reason, replaces=replaces),
        _("The rate waits for a second person."),
    )


@require_POST
@permission_required("rates.edit")
def withdraw_rate(request: HttpRequest, proposal_id: int) -> HttpResponse:
    actor = actor_of(request)
    return done(
        request,
        "/settings/rates/",
        lambda: actions.withdraw_rate(actor=actor, proposal_id=proposal_id),
        _("The rate was taken back."),
    )
