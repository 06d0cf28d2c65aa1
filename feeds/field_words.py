"""Fields of feeds, codes of rows in quarantine and figures of held deliveries in the reader's words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Word = str | Promise

FIELD_WORDS: dict[str, Word] = {
    "sku": _("SKU"), "name": pgettext_lazy("object", "Name"), "category": _("Category"), "unit": _("Unit"),
    "barcode": _("Barcode"), "gtin": _("Barcode"), "status": _("Status"), "tax_class": _("Tax class"),
    "net_content": _("Net content"), "net_content_unit": _("Unit of the net content"), "code": _("Code"),
    "kind": _("Kind"), "region": _("Region"), "country": _("Country"), "timezone": _("Time zone"),
    "currency": _("Currency"), "legal_entity": _("Legal entity"), "operator": _("Operator"), "channel": _("Channel"),
    "rate_fraction": _("Rate as a fraction"), "valid_from": _("Valid from"), "amount": _("Amount"), "base": _("Base currency"),
    "quote": _("Quoted currency"), "rate": _("Rate"), "on": _("Date"), "reference": _("Reference"), "site": _("Site"),
    "quantity": _("Quantity"), "unit_price": _("Unit price"), "unit_cost": _("Unit cost"), "occurred_at": _("Time"),
    "lot": _("Lot"), "taken_at": _("Taken at"), "from": _("From"), "to": _("To"), "destination": _("Destination"),
    "reason": _("Reason"), "competitor": _("Competitor"), "observed_at": _("Seen at"), "supplier": _("Supplier"),
    "line": _("Line"), "number": _("Line"),
}  # fmt: skip

CODE_WORDS: dict[str, Word] = {
    "required": _("Something needed is missing"),
    "unknown_sku": _("Unknown product"),
    "unknown_site": _("Unknown site"),
    "unknown_unit": _("Unknown unit"),
    "unknown_currency": _("Unknown currency"),
    "not_a_number": _("No number"),
    "decimal_mark_needed": _("Decimal sign not declared"),
    "date_order_needed": _("Order of day and month not declared"),
    "not_a_date": _("No date"),
    "not_a_time": _("No time"),
    "no_offset": _("Time without an offset"),
    "no_such_time": _("Time that the clock skips"),
    "time_twice": _("Time that exists twice"),
    "full_width": _("Digits or letters of full width"),
    "invisible_character": _("Invisible character"),
    "bidi_control": _("Sign that turns text around"),
    "extra_cells": _("More cells than columns"),
    "cell_too_long": _("Cell too long"),
    "formula": _("Formula instead of a value"),
    "error_cell": _("Error of the workbook"),
    "date_in_text": _("Made a date by the workbook"),
    "total_row": _("Row of totals"),
    "duplicate_row": _("The same row again"),
    "conflicting_rows": _("Rows contradict each other"),
    "same_document": _("Another row of the document is at fault"),
    "other_site": _("Row of another site"),
}


def field_word(name: str) -> str:
    """A field in the reader's words, or its name."""
    return str(FIELD_WORDS.get(name, name))


def code_word(code: str) -> str:
    """A code in the reader's words, or itself."""
    return str(CODE_WORDS.get(code, code))
