"""Today: what waits, the figures, what happened and what comes."""

from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.access import visible_sites
from catalog.models import Site
from lib import clock
from reports import queries
from web.gates import actor_of, permission_required

SINCE = timedelta(hours=24)
POLICY_DAYS = 28


@permission_required("today.view")
def today(request: HttpRequest) -> HttpResponse:
    actor, now, sites = actor_of(request), clock.now(), _sites(request)
    mine, prepared = queries.waiting_for(actor, sites), queries.prepared_by_me(actor)
    show_prepared = request.GET.get("show") == "prepared"
    return render(
        request,
        "reports/today.html",
        {
            "now": now,
            "may_edit_prices": actor.may("prices.edit"),
            "waiting": prepared if show_prepared else mine,
            "mine_count": len(mine),
            "prepared_count": len(prepared),
            "show_prepared": show_prepared,
            "figures": [
                *queries.key_figures(sites, now.date()),
                queries.policy_figure(now - timedelta(days=POLICY_DAYS), now),
            ],
            "happened": queries.happened_since(now - SINCE, request.chosen_site_ids()),  # type: ignore[attr-defined]
            "later": queries.later_today(now, now + SINCE),
        },
    )


def _sites(request: HttpRequest) -> QuerySet[Site]:
    chosen = request.chosen_site_ids()  # type: ignore[attr-defined]
    sites = visible_sites(actor_of(request))
    return sites if chosen is None else sites.filter(pk__in=chosen)
