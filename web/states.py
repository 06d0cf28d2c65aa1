"""The state chips: one table from a state's code to its word, tone and icon, for every app."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

GREY, BLUE, GREEN, AMBER, RED = "grey", "blue", "green", "amber", "red"

Row = tuple[str | Promise, str, str]

STATES: dict[str, Row] = {
    "draft": (pgettext_lazy("state", "Draft"), GREY, "circle-dashed"),
    "withdrawn": (pgettext_lazy("state", "Withdrawn"), GREY, "arrow-back-up"),
    "cancelled": (pgettext_lazy("state", "Cancelled"), GREY, "x"),
    "open": (pgettext_lazy("state", "Open"), GREY, "circle-dashed"),
    "planned": (pgettext_lazy("state", "Planned"), GREY, "calendar"),
    "queued": (pgettext_lazy("state", "Queued"), GREY, "hourglass"),
    "closed": (pgettext_lazy("state", "Closed"), GREY, "check"),
    "expired": (pgettext_lazy("state", "Expired"), GREY, "clock"),
    "superseded": (pgettext_lazy("state", "Superseded"), GREY, "arrow-right"),
    "inactive": (pgettext_lazy("state", "Inactive"), GREY, "ban"),
    "skipped": (pgettext_lazy("state", "Skipped"), GREY, "minus"),
    "void": (pgettext_lazy("state", "Void"), GREY, "ban"),
    "pending": (pgettext_lazy("state", "Pending"), BLUE, "clock"),
    "submitted": (pgettext_lazy("state", "Submitted"), BLUE, "send"),
    "running": (pgettext_lazy("state", "Running"), BLUE, "refresh"),
    "counting": (pgettext_lazy("state", "Counting"), BLUE, "device-mobile"),
    "signing": (pgettext_lazy("state", "To be signed"), BLUE, "pencil"),
    "recount": (pgettext_lazy("state", "Recount"), BLUE, "rotate-clockwise"),
    "in_progress": (pgettext_lazy("state", "In progress"), BLUE, "circle-dashed"),
    "in_transit": (pgettext_lazy("state", "In transit"), BLUE, "truck"),
    "acknowledged": (pgettext_lazy("state", "Acknowledged"), BLUE, "eye-check"),
    "scheduled": (pgettext_lazy("state", "Scheduled"), BLUE, "calendar-time"),
    "promotion": (pgettext_lazy("state", "Promotion"), BLUE, "tag"),
    "approved": (pgettext_lazy("state", "Approved"), GREEN, "circle-check"),
    "applied": (pgettext_lazy("state", "Applied"), GREEN, "checks"),
    "accepted": (pgettext_lazy("state", "Accepted"), GREEN, "circle-check"),
    "active": (pgettext_lazy("state", "Active"), GREEN, "circle-check"),
    "done": (pgettext_lazy("state", "Done"), GREEN, "circle-check"),
    "succeeded": (pgettext_lazy("state", "Done"), GREEN, "circle-check"),
    "received": (pgettext_lazy("state", "Received"), GREEN, "package-import"),
    "resolved": (pgettext_lazy("state", "Resolved"), GREEN, "circle-check"),
    "signed": (pgettext_lazy("state", "Signed"), GREEN, "check"),
    "posted": (pgettext_lazy("state", "Posted"), GREEN, "check"),
    "matched": (pgettext_lazy("state", "Matched"), GREEN, "check"),
    "passed": (pgettext_lazy("state", "Passed"), GREEN, "circle-check"),
    "ok": (pgettext_lazy("state", "Fine"), GREEN, "circle-check"),
    "shipped": (pgettext_lazy("state", "Shipped"), BLUE, "truck"),
    "declared": (pgettext_lazy("state", "Declared"), BLUE, "send"),
    "held": (pgettext_lazy("state", "Partly held"), AMBER, "hand-stop"),
    "cleared": (pgettext_lazy("state", "Cleared"), GREEN, "circle-check"),
    "inspect": (pgettext_lazy("state", "To be inspected"), BLUE, "zoom-question"),
    "quarantine": (pgettext_lazy("state", "Quarantine"), AMBER, "hourglass"),
    "available": (pgettext_lazy("state", "Available"), GREEN, "circle-check"),
    "reversed": (pgettext_lazy("state", "Reversed"), AMBER, "rotate-clockwise"),
    "rolled_back": (pgettext_lazy("state", "Rolled back"), AMBER, "rotate-clockwise"),
    "investigating": (pgettext_lazy("state", "Investigating"), AMBER, "zoom-question"),
    "ordinary": (pgettext_lazy("state", "Ordinary"), AMBER, "alert-triangle"),
    "warning": (pgettext_lazy("state", "Warning"), AMBER, "alert-triangle"),
    "review": (pgettext_lazy("state", "Review"), AMBER, "alert-triangle"),
    "late": (pgettext_lazy("state", "Late"), AMBER, "alert-triangle"),
    "partly_applied": (pgettext_lazy("state", "Partly applied"), AMBER, "alert-triangle"),
    "quarantined": (pgettext_lazy("state", "Quarantined"), AMBER, "alert-triangle"),
    "blocked": (pgettext_lazy("state", "Blocked"), RED, "ban"),
    "rejected": (pgettext_lazy("state", "Rejected"), RED, "x"),
    "refused": (pgettext_lazy("state", "Refused"), RED, "x"),
    "missed": (pgettext_lazy("state", "Missed"), RED, "alert-circle"),
    "major": (pgettext_lazy("state", "Major"), RED, "alert-circle"),
    "critical": (pgettext_lazy("state", "Critical"), RED, "alert-circle"),
    "failed": (pgettext_lazy("state", "Failed"), RED, "alert-circle"),
    "overdue": (pgettext_lazy("state", "Overdue"), RED, "alert-circle"),
    "block": (pgettext_lazy("state", "Block"), RED, "ban"),
    "note": (pgettext_lazy("state", "Note"), GREY, "info-circle"),
    "info": (pgettext_lazy("state", "Note"), GREY, "info-circle"),
}


def state_row(code: str) -> Row:
    """Word, tone and icon of `code`; an unknown code is grey and reads as it is written."""
    row = STATES.get(code.lower())
    return row or (code.replace("_", " ").replace("-", " ").capitalize(), GREY, "circle")
