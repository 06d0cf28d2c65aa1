"""Jobs and loops in words; a name that is not here reads as it is written."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMES: dict[str, str | Promise] = {
    "alerts.tick": _("Incidents and duty"),
    "approvals.tick": _("Approvals, deadlines"),
    "feeds.process": _("Deliveries of feeds"),
    "patrol.tick": _("Signatures of rounds"),
    "audit.seal": _("Seal the trail"),
    "audit.verify": _("Prove the whole trail"),
    "feeds.tick": _("Feeds"),
    "inventory.place_approved": _("Post approved adjustments"),
    "inventory.safety_stock": _("Safety stock"),
    "jobs.canary": _("Worker and scheduler"),
    "jobs.ensure_partitions": _("Months made ahead"),
    "jobs.relay_outbox": _("Outbox"),
    "jobs.tick": _("Planner of jobs"),
    "patrol.round": _("Patrol, every 2 h"),
    "patrol.verify": _("Verification, 3 a day"),
    "pricing.apply_due": _("Apply due prices"),
    "reports.daily_figures": _("Figures of the day"),
}


def job_words(name: str) -> str:
    """ "Patrol, every 2 h" for "patrol.round"."""
    return str(NAMES.get(name) or name)
