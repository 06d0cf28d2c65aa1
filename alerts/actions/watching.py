"""Reading jobs: slots that were not run and loops that stand still become alerts, and so incidents."""

from datetime import datetime, timedelta

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions.alerts import AlertDraft, raise_alerts, resolve_alerts_except
from alerts.queries import known_alert_keys
from jobs.queries import missed_slots, stale_loops
from lib.actors import Actor

LOOK_BACK = timedelta(hours=24)
LOOP_PREFIX = "loop_stopped:"


def watch_jobs(*, actor: Actor, at: datetime, with_loops: bool = True) -> int:
    """Raise an alert for every slot missed or failed in the 24 hours before `at`, once each, and for stopped loops.

    with_loops: False shortly after a start, when no loop has had its turn yet.
    Returns how many were new. A slot's alert is resolved with its incident, a loop's when it runs again.
    Locks: the alerts. Records: through alerts. Allowed: the alerts loop.
    """
    return _alert_missed(actor, at) + (_alert_stopped(actor) if with_loops else 0)


def _alert_missed(actor: Actor, at: datetime) -> int:
    drafts = {}
    for run in missed_slots(at - LOOK_BACK):
        name = f"{run.job.name} {run.scope_key}".strip()
        key = f"job_missed:{run.job.name}:{run.scope_key}:{run.slot:%Y%m%dT%H%M%S}"
        text = (
            _("Job {name} failed at {slot} UTC")
            if run.state == "failed"
            else _("Job {name} missed its slot {slot} UTC")
        )
        drafts[key] = AlertDraft(
            key=key,
            kind="job_missed",
            severity="warning",
            title=format_lazy(text, name=name, slot=run.slot.strftime("%Y-%m-%d %H:%M")),
            detail=run.error[:2000],
            url="/watch/",
            category="feed_trouble",
        )
    known = known_alert_keys(drafts)
    return raise_alerts([draft for key, draft in drafts.items() if key not in known], actor=actor)


def _alert_stopped(actor: Actor) -> int:
    drafts = [
        AlertDraft(
            key=f"{LOOP_PREFIX}{loop.name}",
            kind="loop_stopped",
            severity="warning",
            title=format_lazy(_("Loop {name} has not run for two minutes"), name=loop.name),
            detail=loop.error[:2000],
            url="/watch/",
            category="feed_trouble",
        )
        for loop in stale_loops()
    ]
    resolve_alerts_except(LOOP_PREFIX, [draft.key for draft in drafts], actor=actor)
    return raise_alerts(drafts, actor=actor)
