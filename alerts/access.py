"""Who sees which alerts and incidents: those without a site, and those of visible sites."""

from django.db.models import Q, QuerySet
from django.http import Http404

from alerts.models import Alert, Incident
from alerts.queries import all_alerts, all_incidents, by_deadline
from catalog.access import visible_site_ids_or_all
from lib.actors import Actor


def _in_scope(actor: Actor) -> Q:
    site_ids = visible_site_ids_or_all(actor)
    return Q() if site_ids is None else Q(site=None) | Q(site__in=list(site_ids))


def visible_alerts(actor: Actor, state: str = "") -> QuerySet[Alert]:
    """Alerts within the actor's sites, in `state` when one is given."""
    rows = all_alerts().filter(_in_scope(actor))
    return rows.filter(state=state) if state else rows


def visible_incidents(actor: Actor, state: str = "") -> QuerySet[Incident]:
    """Incidents within the actor's sites, in `state` when one is given."""
    rows = all_incidents().filter(_in_scope(actor))
    return rows.filter(state=state) if state else rows


def open_incidents(actor: Actor) -> QuerySet[Incident]:
    """Visible incidents that are not closed, nearest deadline first."""
    return by_deadline(visible_incidents(actor))


def access_incident(actor: Actor, incident_id: int) -> Incident:
    """The incident. Raises Http404: unknown, or outside the actor's sites."""
    incident = visible_incidents(actor).filter(pk=incident_id).first()
    if incident is None:
        raise Http404(incident_id)
    return incident


def access_alert(actor: Actor, alert_id: int) -> Alert:
    """The alert. Raises Http404: unknown, or outside the actor's sites."""
    alert = visible_alerts(actor).filter(pk=alert_id).first()
    if alert is None:
        raise Http404(alert_id)
    return alert


def found_incidents(actor: Actor, text: str, limit: int = 6) -> list[Incident]:
    """Visible incidents whose title or number holds `text`, newest first; fewer than two characters find nothing."""
    text = text.strip()[:100]
    if len(text) < 2:
        return []
    wanted = Q(title__icontains=text) | Q(title_zh__icontains=text)
    number = text.upper().removeprefix("INC-").lstrip("0")
    if number.isascii() and number.isdigit() and len(number) < 10:
        wanted |= Q(pk=int(number))
    return list(visible_incidents(actor).filter(wanted).order_by("-id")[:limit])
