"""Words of stock's pages: what explains a difference, names of locations, cells that no spreadsheet computes."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

_KINDS = {
    "receipt": lambda: _("Receipt"),
    "issue": lambda: _("Issue"),
    "sale": lambda: _("Sale"),
    "return": lambda: _("Return"),
    "transfer": lambda: _("Transfer"),
    "adjustment": lambda: _("Adjustment"),
    "scrap": lambda: _("Scrap"),
    "production": lambda: _("Production"),
    "purchase_order": lambda: _("Purchase order"),
}
_PLACES = {
    "supplier": lambda: _("Supplier"),
    "customer": lambda: _("Customer"),
    "adjustment": lambda: _("Adjustment"),
    "transit": lambda: _("In transit"),
    "customs": lambda: _("Customs"),
    "scrap": lambda: _("Scrap"),
    "production": lambda: _("Production"),
}


def kind_word(kind: str) -> str:
    """The word for a movement's kind."""
    return _KINDS[kind]() if kind in _KINDS else kind


def place_word(code: str) -> str:
    """The word for a virtual location, a site's code as it is."""
    return _PLACES[code]() if code in _PLACES else code


def explanation_text(explanation: dict[str, Any]) -> str:
    """The sentence under a difference, in the reader's language."""
    code = explanation.get("code", "")
    if code == "several":
        return ". ".join(explanation_text(one) for one in explanation.get("documents", ()))
    if code == "partly":
        document = explanation_text({**explanation, "code": explanation.get("by", "")})
        return _("%(document)s: explains %(quantity)s of it, the rest nothing") % {
            "document": document,
            "quantity": explanation.get("quantity", ""),
        }
    words = {
        "unknown_product": _("This SKU is not known here"),
        "negative_book": _("The book was below zero: a receipt is missing"),
        "counted_in_packs": _("Counted in packs of %(factor)s, booked in pieces"),
        "booked_in_packs": _("Booked in packs of %(factor)s, counted in pieces"),
        "posted_twice": _("%(kind)s %(reference)s is posted twice"),
        "posted_after": _("%(kind)s %(reference)s was posted after the count"),
        "not_seen_yet": _("%(kind)s %(reference)s was posted just before the count"),
        "arrived_not_posted": _("%(kind)s %(reference)s is on its way: arrived, not posted"),
        "ordered_not_posted": _("%(kind)s %(reference)s is due: arrived, not posted"),
        "in_approval": _("%(kind)s %(reference)s waits for approval"),
        "recorded_late": _("Recorded since: %(quantity)s of it"),
        "mirrors": _("Mirrors %(sku)s"),
        "not_counted": _("Missing in a complete snapshot"),
        "no_document": _("No document fits"),
    }.get(code, "")
    return words % {**explanation, "kind": kind_word(str(explanation.get("kind", "")))} if words else ""


CLASS_ICONS = {
    "unit_or_pack": "packages",
    "timing": "arrows-left-right",
    "in_transit": "truck",
    "receipt_not_posted": "truck-delivery",
    "duplicate": "copy",
    "pending_adjustment": "clock",
    "swapped": "rotate-clockwise",
    "negative_book": "minus",
    "unknown_product": "help-circle",
    "not_counted": "zoom-question",
    "quantity": "zoom-question",
}


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV file with a byte order mark; cells that a spreadsheet would compute begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    is_number = text.lstrip("-").replace(".", "", 1).isdigit()
    return "'" + text if text[:1] in "=+-@\t\r" and text and not is_number else text
