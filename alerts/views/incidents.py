"""One incident and what is done in it."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alerts import access, actions, queries, words
from alerts.forms import OpenIncidentForm
from alerts.models import Incident
from lib import clock
from lib.actors import Actor
from web.answers import done, whole_number
from web.gates import actor_of, permission_required

PAGE_SIZE = 50


@require_GET
@permission_required("watch.view")
def history(request: HttpRequest) -> HttpResponse:
    """Incidents, newest first."""
    state = request.GET.get("state", "")
    rows = access.visible_incidents(
        actor_of(request), state if state in Incident.State.values else ""
    ).order_by("-id")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "alerts/incidents.html", {"page_obj": page, "state": state})


@require_GET
@permission_required("watch.view")
def detail(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Two clocks, the playbook, who was told, the timeline."""
    actor = actor_of(request)
    incident = access.access_incident(actor, incident_id)
    steps = queries.steps_of(incident_id)
    context = {
        "incident": incident,
        "steps": steps,
        "active": next((step for step in steps if step.done_at is None), None),
        "notices": queries.notices_of(incident_id),
        "confirmed_count": sum(1 for n in queries.notices_of(incident_id) if n.confirmed_at),
        "tellable": queries.tellable_users(incident_id),
        "entries": [words.entry_row(entry) for entry in queries.entries_of(incident_id)],
        "alerts": queries.alerts_of(incident_id),
        "now": clock.now(),
        "is_open": incident.state != Incident.State.CLOSED,
        "may_work": actor.may("incidents.work") and incident.state != Incident.State.CLOSED,
    }
    return render(request, "alerts/incident.html", context)


@require_POST
@permission_required("incidents.work")
def open_by_hand(request: HttpRequest) -> HttpResponse:
    """Open an incident."""
    actor = actor_of(request)
    form = OpenIncidentForm(request.POST)
    if not form.is_valid():
        return render(request, "alerts/open_incident.html", {"form": form}, status=422)
    given = form.cleaned_data

    def act() -> None:
        actions.open_incident(actor=actor, key=f"manual:{given['category']}:{given['title'][:120]}", **given)

    return done(request, "/watch/", act, _("The incident is open."))


def _work(request: HttpRequest, incident_id: int, act: Callable[[Actor], Any], said: str) -> HttpResponse:
    actor = actor_of(request)
    access.access_incident(actor, incident_id)
    return done(request, f"/watch/incidents/{incident_id}/", lambda: act(actor), said)


@require_POST
@permission_required("incidents.work")
def take(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Become the owner."""
    return _work(
        request,
        incident_id,
        lambda actor: actions.take_incident(actor=actor, incident_id=incident_id),
        _("It is yours now."),
    )


@require_POST
@permission_required("incidents.work")
def step(request: HttpRequest, incident_id: int, number: int) -> HttpResponse:
    """Tick a step off."""
    note = request.POST.get("note", "")[:4000]
    return _work(
        request,
        incident_id,
        lambda actor: actions.record_step(actor=actor, incident_id=incident_id, number=number, note=note),
        _("Step %(number)d is done.") % {"number": number},
    )


@require_POST
@permission_required("incidents.work")
def tell(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Write down who was told."""
    user_id = whole_number(request.POST.get("user", ""))
    channel = request.POST.get("channel", "app")[:16]
    return _work(
        request,
        incident_id,
        lambda actor: actions.tell(actor=actor, incident_id=incident_id, user_id=user_id, channel=channel),
        _("Written down."),
    )


@require_POST
@permission_required("watch.view")
def confirm(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Write down who confirmed."""
    user_id = whole_number(request.POST.get("user", ""))
    return _work(
        request,
        incident_id,
        lambda actor: actions.confirm_told(actor=actor, incident_id=incident_id, user_id=user_id),
        _("Confirmed."),
    )


@require_POST
@permission_required("incidents.work")
def regrade(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Make it major or ordinary."""
    grade = "major" if request.POST.get("grade") == "major" else "ordinary"
    reason = request.POST.get("reason", "")[:2000]
    return _work(
        request,
        incident_id,
        lambda actor: actions.regrade_incident(
            actor=actor, incident_id=incident_id, grade=grade, reason=reason
        ),
        _("Regraded."),
    )


@require_POST
@permission_required("incidents.work")
def note(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Add a line to the timeline."""
    text = request.POST.get("text", "")[:4000]
    return _work(
        request,
        incident_id,
        lambda actor: actions.write_note(actor=actor, incident_id=incident_id, text=text),
        _("Noted."),
    )


@require_POST
@permission_required("incidents.work")
def close(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Close it with a reason."""
    reason = request.POST.get("reason", "")[:4000]
    return _work(
        request,
        incident_id,
        lambda actor: actions.close_incident(actor=actor, incident_id=incident_id, reason=reason),
        _("The incident is closed."),
    )
