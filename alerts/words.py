"""Incidents, alerts and timeline entries in the reader's words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from alerts.models import IncidentEntry
from alerts.texts import shown

ALERT_KINDS: dict[str, str | Promise] = {
    "job_missed": gettext_lazy("Job missed"),
    "loop_stopped": gettext_lazy("Loop stopped"),
    "round_unsigned": gettext_lazy("Round not signed"),
    "feed_late": gettext_lazy("Feed late"),
    "feed_replayed": gettext_lazy("Delivery id reused"),
    "delivery_refused": gettext_lazy("Delivery refused"),
    "inlet_failed": gettext_lazy("Files could not be fetched"),
    "approval_near": gettext_lazy("Approval due soon"),
    "quarantine_overdue": gettext_lazy("Quarantine overdue"),
    "delivery_held": gettext_lazy("Delivery held"),
    "publication_failing": gettext_lazy("Publication failing"),
    "publication_refused": gettext_lazy("Items refused"),
    "shop_price": gettext_lazy("Price in a shop"),
    "shop_unread": gettext_lazy("Shop not read"),
    "approval_overdue": gettext_lazy("Approval overdue"),
    "seal_late": gettext_lazy("Seal late"),
    "price_swing": gettext_lazy("Price swing"),
    "below_cost": gettext_lazy("Below cost"),
    "rate_stale": gettext_lazy("Rate stale"),
    "negative_stock": gettext_lazy("Negative stock"),
    "difference": gettext_lazy("Difference"),
    "stock_out": gettext_lazy("Stock-out"),
    "below_safety_stock": gettext_lazy("Below safety stock"),
    "overstock": gettext_lazy("Overstock"),
    "expiry": gettext_lazy("Expiry"),
    "lot_recall": gettext_lazy("Recall"),
    "verification_unsigned": gettext_lazy("Verification not signed"),
    "verification_cases": gettext_lazy("Cases overdue"),
    "verification_failed": gettext_lazy("Verification incomplete"),
    "customs_late": gettext_lazy("Late at customs"),
    "customs_held": gettext_lazy("Held by customs"),
    "dispute_overdue": gettext_lazy("Dispute overdue"),
    "voucher_breach": gettext_lazy("Vouchers disagree with the books"),
}
ENTRY_ICONS = {
    "opened": "radar-2",
    "taken": "user",
    "step_done": "check",
    "told": "send",
    "confirmed": "circle-check",
    "regraded": "flag",
    "note": "note",
    "closed": "checks",
    "respond_breached": "alert-circle",
    "inform_breached": "alert-circle",
}
BAD_ENTRIES = ("respond_breached", "inform_breached")
#: Sentences of faults, so that they are in the translations; `web.answers.done` looks them up.
REFUSALS = (
    gettext_noop("The incident is closed."),
    gettext_noop("This step is done already."),
    gettext_noop("Somebody must take it before it is closed."),
    gettext_noop("Core management has not confirmed yet."),
    gettext_noop("This person has confirmed already."),
    gettext_noop("This person has not been told yet."),
    gettext_noop("The incident has this grade already."),
    gettext_noop("Say how it ended."),
    gettext_noop("Write something."),
    gettext_noop("Another shift of this tier lies in that time."),
    gettext_noop("A shift has a beginning and an end within 7 days."),
    gettext_noop("There is no such person."),
    gettext_noop("Only the person told or the duty officer confirms."),
)
GRADES: Mapping[str, str | Promise] = {
    "ordinary": gettext_lazy("Ordinary"),
    "major": gettext_lazy("Major"),
}


def alert_kind_label(kind: str) -> str:
    return str(ALERT_KINDS.get(kind, kind.replace("_", " ").capitalize()))


def entry_row(entry: IncidentEntry) -> dict[str, Any]:
    """A line of the timeline: icon, sentence, who."""
    return {
        "entry": entry,
        "icon": ENTRY_ICONS.get(entry.kind, "circle"),
        "text": _sentence(entry),
        "is_bad": entry.kind in BAD_ENTRIES,
        "is_person": bool(entry.actor_id),
    }


def _sentence(entry: IncidentEntry) -> str:
    data = entry.data
    if entry.kind == "opened":
        return _("Opened as %(grade)s, playbook version %(version)s") % {
            "grade": GRADES.get(str(data.get("grade")), ""),
            "version": data.get("playbook"),
        }
    if entry.kind == "step_done":
        title = shown(str(data.get("title", "")), str(data.get("title_zh", "")))
        return _("Step %(number)s done: %(title)s") % {"number": data.get("number"), "title": title}
    if entry.kind == "told":
        return _("%(name)s was told") % {"name": data.get("name")}
    if entry.kind == "confirmed":
        if data.get("stops"):
            return _("%(name)s confirmed; the clock to inform has stopped") % {"name": data.get("name")}
        return _("%(name)s confirmed") % {"name": data.get("name")}
    if entry.kind == "regraded":
        return _("Regraded from %(before)s to %(after)s") % {
            "before": GRADES.get(str(data.get("before")), ""),
            "after": GRADES.get(str(data.get("after")), ""),
        }
    return {
        "taken": _("Taken over"),
        "closed": _("Closed"),
        "respond_breached": _("Nobody responded in time"),
        "inform_breached": _("Core management did not confirm in time"),
    }.get(entry.kind, "")
