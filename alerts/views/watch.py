"""The board of the duty officer, the roster, and what the frame and Today ask for."""

from functools import partial

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alerts import access, actions, queries, words
from alerts.forms import OpenIncidentForm, ShiftForm
from alerts.models import Alert
from lib import clock
from lib.actors import Actor
from web.answers import done
from web.gates import actor_of, permission_required, require

PAGE_SIZE = 100
MISSED_WITHIN_H = 24


@require_GET
@permission_required("watch.view")
def board(request: HttpRequest) -> HttpResponse:
    """Handover strip, incidents by deadline, and the fragments of feeds, jobs, rounds and roster."""
    actor = actor_of(request)
    context = {
        "duty": queries.duty_at(clock.now()),
        "incidents": access.open_incidents(actor)[:PAGE_SIZE],
        "form": OpenIncidentForm(),
        "now": clock.now(),
        "may_work": actor.may("incidents.work"),
        **_counts(request),
    }
    return render(request, "alerts/watch.html", context)


def _counts(request: HttpRequest) -> dict[str, int]:
    actor = actor_of(request)
    return {
        "incident_count": access.open_incidents(actor).count(),
        "alert_count": access.visible_alerts(actor).exclude(state=Alert.State.RESOLVED).count(),
        "missed_count": queries.missed_slot_count(clock.now(), MISSED_WITHIN_H),
    }


@require_GET
@permission_required("watch.view")
def strip_fragment(request: HttpRequest) -> HttpResponse:
    """Who has the watch, and the counts; polled."""
    context = {
        "duty": queries.duty_at(clock.now()),
        "now": clock.now(),
        "may_work": actor_of(request).may("incidents.work"),
        **_counts(request),
    }
    return render(request, "alerts/handover_strip.html", context)


@require_GET
@permission_required("watch.view")
def incidents_fragment(request: HttpRequest) -> HttpResponse:
    """The open incidents; polled."""
    actor = actor_of(request)
    context = {
        "incidents": access.open_incidents(actor)[:PAGE_SIZE],
        "may_work": actor.may("incidents.work"),
        "now": clock.now(),
    }
    return render(request, "alerts/incident_list.html", context)


@require_GET
@permission_required("watch.view")
def roster_fragment(request: HttpRequest) -> HttpResponse:
    """The roster of the week as a card."""
    context = {
        "roster": queries.roster_of_week(clock.now()),
        "may_plan": actor_of(request).may("users.manage"),
    }
    return render(request, "alerts/roster_card.html", context)


@permission_required("watch.view")
def roster(request: HttpRequest) -> HttpResponse:
    """The week's roster with a form for more shifts, and all shifts of the next four weeks."""
    actor = actor_of(request)
    form = ShiftForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(request, "users.manage")
        if form.is_valid():
            return done(request, "/watch/roster/", partial(_plan, actor, form), _("On the roster."))
    context = {
        "roster": queries.roster_of_week(clock.now()),
        "shifts": queries.coming_shifts(clock.now()),
        "form": form,
        "may_plan": actor.may("users.manage"),
    }
    return render(request, "alerts/roster.html", context, status=422 if form.errors else 200)


def _plan(actor: Actor, form: ShiftForm) -> None:
    given = form.cleaned_data
    actions.add_shifts(
        actor=actor,
        user_id=given["user"].pk,
        tier=given["tier"],
        team=given["team"],
        stretches=form.stretches(),
    )


@require_POST
@permission_required("users.manage")
def remove_shift(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Take a shift off the roster."""
    actor = actor_of(request)
    return done(
        request,
        "/watch/roster/",
        lambda: actions.remove_shift(actor=actor, shift_id=shift_id),
        _("Off the roster."),
    )


@require_POST
@permission_required("incidents.work")
def take_over(request: HttpRequest) -> HttpResponse:
    """This person has the watch from now on."""
    actor = actor_of(request)
    duty = queries.duty_at(clock.now())
    before = duty.handover.taken_by_id if duty.handover else (duty.now.user_id if duty.now else None)
    note = request.POST.get("note", "")[:4000]
    return done(
        request,
        "/watch/",
        lambda: actions.take_watch(actor=actor, taken_from_id=before, note=note),
        _("You have the watch."),
    )


@require_GET
@permission_required("watch.view")
def alerts_page(request: HttpRequest) -> HttpResponse:
    """Alerts, open ones by default."""
    state = request.GET.get("state", "open")
    rows = access.visible_alerts(actor_of(request))
    if state == "open":
        rows = rows.exclude(state=Alert.State.RESOLVED)
    elif state in Alert.State.values:
        rows = rows.filter(state=state)
    page = Paginator(rows.order_by("-last_at", "-id"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [(alert, words.alert_kind_label(alert.kind)) for alert in page.object_list],
        "state": state,
        "may_handle": actor_of(request).may("alerts.handle"),
    }
    return render(request, "alerts/alerts.html", context)


@require_POST
@permission_required("alerts.handle")
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Seen."""
    actor = actor_of(request)
    access.access_alert(actor, alert_id)
    return done(
        request,
        "/watch/alerts/",
        lambda: actions.acknowledge_alert(actor=actor, alert_id=alert_id),
        _("Acknowledged."),
    )


@require_GET
@permission_required("watch.view")
def badge(request: HttpRequest) -> HttpResponse:
    """The figure on the rail: open incidents."""
    return render(request, "alerts/badge.html", {"count": access.open_incidents(actor_of(request)).count()})


@require_GET
@permission_required("watch.view")
def bell(request: HttpRequest) -> HttpResponse:
    """The figure on the bell: alerts firing that nobody has seen."""
    return render(
        request,
        "alerts/bell.html",
        {"count": access.visible_alerts(actor_of(request), Alert.State.FIRING).count()},
    )


@require_GET
@permission_required("watch.view")
def major_strip(request: HttpRequest) -> HttpResponse:
    """The strip of running major incidents, for Today."""
    rows = access.open_incidents(actor_of(request)).filter(grade="major")[:3]
    return render(request, "alerts/major_strip.html", {"incidents": rows})


@require_GET
@permission_required("watch.view")
def duty(request: HttpRequest) -> HttpResponse:
    """The duty card, for Today."""
    now = clock.now()
    context = {"duty": queries.duty_at(now), "then": queries.shifts_after(now, 2), "now": now}
    return render(request, "alerts/duty_card.html", context)


@require_GET
@permission_required("watch.view")
def search(request: HttpRequest) -> HttpResponse:
    """Incidents whose title or number holds the words."""
    found = access.found_incidents(actor_of(request), request.GET.get("q", ""))
    return render(request, "alerts/search.html", {"found": found})


@require_GET
@permission_required("watch.view")
def newest(request: HttpRequest) -> HttpResponse:
    """To the newest open incident."""
    row = access.open_incidents(actor_of(request)).order_by("-opened_at").first()
    return redirect(f"/watch/incidents/{row.pk}/" if row else "/watch/")
