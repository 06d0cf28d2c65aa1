"""What codes of finance are called, for pages."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext, pgettext_lazy

from finance.models import DifferenceClass, Matching, Place, PostingKind

STEPS: dict[str, tuple[str | Promise, str]] = {
    "opened": (gettext_lazy("Opened"), "alert-triangle"),
    "assigned": (gettext_lazy("Assigned"), "user"),
    "commented": (gettext_lazy("Comment"), "message"),
    "claimed": (gettext_lazy("Sent to the partner"), "send"),
    "accepted": (pgettext_lazy("dispute", "Accepted"), "circle-check"),
    "write_off_asked": (gettext_lazy("Write-off asked"), "hourglass"),
    "refused": (gettext_lazy("Write-off refused"), "x"),
    "written_off": (gettext_lazy("Written off"), "trash"),
    "closed": (gettext_lazy("Closed"), "check"),
    "started": (gettext_lazy("Work started"), "clock"),
    "stopped": (gettext_lazy("Work stopped"), "clock"),
    "evidence_added": (gettext_lazy("Evidence added"), "file-text"),
    "evidence_removed": (gettext_lazy("Evidence taken away"), "x"),
}
#: Figures behind a comparison, in the order they are shown.
FIGURES: dict[str, str | Promise] = {
    "our_gross": gettext_lazy("Sold"),
    "gross": gettext_lazy("Paid, gross"),
    "our_refunds": gettext_lazy("Returned"),
    "refunds": gettext_lazy("Refunds kept back"),
    "our_quantity": gettext_lazy("Pieces sold"),
    "agreed_commission": gettext_lazy("Commission agreed"),
    "commission": gettext_lazy("Commission kept back"),
    "fees": gettext_lazy("Fees"),
    "payouts": gettext_lazy("Payouts"),
    "sold_on": gettext_lazy("Sold on"),
    "paid_on": gettext_lazy("Paid on"),
    "order": gettext_lazy("Purchase order"),
    "receipt": gettext_lazy("Receipt"),
    "sku": gettext_lazy("SKU"),
    "ordered": gettext_lazy("Ordered"),
    "received": pgettext_lazy("quantity", "Received"),
    "quantity": gettext_lazy("Quantity"),
    "invoiced": gettext_lazy("Invoiced so far"),
    "ordered_price": gettext_lazy("Price ordered"),
    "unit_price": gettext_lazy("Price invoiced"),
    "tax": gettext_lazy("Tax"),
    "invoiced_on": gettext_lazy("Invoiced on"),
    "received_on": gettext_lazy("Received on"),
    "told_currency": gettext_lazy("Their currency"),
    "rate": gettext_lazy("Rate"),
    "account": gettext_lazy("Account"),
    "on": gettext_lazy("Day"),
    "vouchered_until": gettext_lazy("Vouchers until"),
}
AGE_WORDS = (
    gettext_lazy("up to 3 days"),
    gettext_lazy("4 to 7 days"),
    gettext_lazy("8 to 30 days"),
    gettext_lazy("over 30 days"),
)
#: Sentences of faults that pages show as they are.
REFUSALS = (
    gettext_noop("Say why the account map changes."),
    gettext_noop("Every fact of these days is in a voucher already."),
    gettext_noop("Another voucher holds some of these days, but not all."),
    gettext_noop("The last day is not over at every site yet."),
    gettext_noop("Under which reference was it sent?"),
    gettext_noop("Write off what was not given back."),
    gettext_noop("Say why."),
    gettext_noop("Say why it changes."),
    gettext_noop("Your clock runs."),
    gettext_noop("Your clock does not run."),
    gettext_noop("Another version was saved meanwhile."),
    gettext_noop("The content is not what was approved."),
    gettext_noop("A share from 0 to 1."),
    gettext_noop("From 0 to 365 days."),
)


def kind_word(code: str) -> str:
    return str(PostingKind(code).label) if code in PostingKind.values else code


def place_word(code: str) -> str:
    return str(Place(code).label) if code in Place.values else ""


def class_word(code: str) -> str:
    return str(DifferenceClass(code).label) if code in DifferenceClass.values else ""


def matching_word(code: str) -> str:
    return str(Matching(code).label) if code in Matching.values else code


def figures_of(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """(word, value) of the figures that are there, in reading order."""
    return [
        (str(label), _figure(detail[name]))
        for name, label in FIGURES.items()
        if str(detail.get(name) or "").strip("0.")
    ]


def _figure(value: Any) -> str:
    text = str(value)
    if "." in text and text.replace(".", "").lstrip("-").isdigit():
        whole, _point, rest = text.rstrip("0").partition(".")
        text = f"{whole}.{rest.ljust(2, '0')}" if rest else whole
    return text


def duration_word(seconds: float | None) -> str:
    """Rough words for a time: seconds, minutes, hours, days."""
    if seconds is None:
        return "\N{EM DASH}"
    if seconds < 90:
        return _("%(n)s s") % {"n": round(seconds, 1) if seconds < 10 else round(seconds)}
    if seconds < 5400:
        return _("%(n)s min") % {"n": round(seconds / 60)}
    if seconds < 2 * 86400:
        return _("%(n)s h") % {"n": round(seconds / 3600, 1)}
    days = round(seconds / 86400, 1)
    return ngettext("%(n)s day", "%(n)s days", 2) % {"n": days}
