"""The state chips: one table from a state's code to its word, tone and icon, for every app."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GREY, BLUE, GREEN, AMBER, RED = "grey", "blue", "green", "amber", "red"

Row = tuple[str | Promise, str, str]

STATES: dict[str, Row] = {
    "draft": (_("Draft"), GREY, "circle-dashed"),
    "withdrawn": (_("Withdrawn"), GREY, "arrow-back-up"),
    "cancelled": (_("Cancelled"), GREY, "x"),
    "open": (_("Open"), GREY, "circle-dashed"),
    "planned": (_("Planned"), GREY, "calendar"),
    "queued": (_("Queued"), GREY, "hourglass"),
    "closed": (_("Closed"), GREY, "check"),
    "expired": (_("Expired"), GREY, "clock"),
    "superseded": (_("Superseded"), GREY, "arrow-right"),
    "inactive": (_("Inactive"), GREY, "ban"),
    "skipped": (_("Skipped"), GREY, "minus"),
    "void": (_("Void"), GREY, "ban"),
    "pending": (_("Pending"), BLUE, "clock"),
    "submitted": (_("Submitted"), BLUE, "send"),
    "running": (_("Running"), BLUE, "refresh"),
    "recount": (_("Recount"), BLUE, "rotate-clockwise"),
    "in_progress": (_("In progress"), BLUE, "circle-dashed"),
    "acknowledged": (_("Acknowledged"), BLUE, "eye-check"),
    "scheduled": (_("Scheduled"), BLUE, "calendar-time"),
    "promotion": (_("Promotion"), BLUE, "tag"),
    "approved": (_("Approved"), GREEN, "circle-check"),
    "applied": (_("Applied"), GREEN, "checks"),
    "accepted": (_("Accepted"), GREEN, "circle-check"),
    "active": (_("Active"), GREEN, "circle-check"),
    "done": (_("Done"), GREEN, "circle-check"),
    "succeeded": (_("Done"), GREEN, "circle-check"),
    "resolved": (_("Resolved"), GREEN, "circle-check"),
    "signed": (_("Signed"), GREEN, "check"),
    "posted": (_("Posted"), GREEN, "check"),
    "matched": (_("Matched"), GREEN, "check"),
    "passed": (_("Passed"), GREEN, "circle-check"),
    "ok": (_("Fine"), GREEN, "circle-check"),
    "rolled_back": (_("Rolled back"), AMBER, "rotate-clockwise"),
    "investigating": (_("Investigating"), AMBER, "zoom-question"),
    "ordinary": (_("Ordinary"), AMBER, "alert-triangle"),
    "warning": (_("Warning"), AMBER, "alert-triangle"),
    "review": (_("Review"), AMBER, "alert-triangle"),
    "late": (_("Late"), AMBER, "alert-triangle"),
    "partly_applied": (_("Partly applied"), AMBER, "alert-triangle"),
    "quarantined": (_("Quarantined"), AMBER, "alert-triangle"),
    "blocked": (_("Blocked"), RED, "ban"),
    "rejected": (_("Rejected"), RED, "x"),
    "refused": (_("Refused"), RED, "x"),
    "missed": (_("Missed"), RED, "alert-circle"),
    "major": (_("Major"), RED, "alert-circle"),
    "critical": (_("Critical"), RED, "alert-circle"),
    "failed": (_("Failed"), RED, "alert-circle"),
    "overdue": (_("Overdue"), RED, "alert-circle"),
    "block": (_("Block"), RED, "ban"),
    "note": (_("Note"), GREY, "info-circle"),
    "info": (_("Note"), GREY, "info-circle"),
}


def state_row(code: str) -> Row:
    """Word, tone and icon of `code`; an unknown code is grey and reads as it is written."""
    row = STATES.get(code.lower())
    return row or (code.replace("_", " ").replace("-", " ").capitalize(), GREY, "circle")
