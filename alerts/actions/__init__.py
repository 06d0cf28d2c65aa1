"""Every write of alerts."""

from alerts.actions.alerts import (
    AlertDraft,
    acknowledge_alert,
    raise_alert,
    raise_alerts,
    resolve_alert,
    resolve_alerts_except,
)
from alerts.actions.duty import add_shift, add_shifts, remove_shift, take_watch
from alerts.actions.incidents import (
    close_incident,
    confirm_told,
    open_incident,
    open_incidents_for_alerts,
    record_breaches,
    record_step,
    regrade_incident,
    take_incident,
    tell,
    write_note,
)
from alerts.actions.playbooks import ensure_default_playbooks
from alerts.actions.watching import watch_jobs

__all__ = [
    "AlertDraft",
    "acknowledge_alert",
    "add_shift",
    "add_shifts",
    "close_incident",
    "confirm_told",
    "ensure_default_playbooks",
    "open_incident",
    "open_incidents_for_alerts",
    "raise_alert",
    "raise_alerts",
    "record_breaches",
    "record_step",
    "regrade_incident",
    "remove_shift",
    "resolve_alert",
    "resolve_alerts_except",
    "take_incident",
    "take_watch",
    "tell",
    "watch_jobs",
    "write_note",
]
