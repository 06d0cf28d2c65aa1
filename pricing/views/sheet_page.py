"""What the pages of a price sheet show, and why a row is not taken, in words."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from lib.actors import Actor
from lib.faults import Faults
from pricing import access
from pricing.models import PriceSheet, PriceSheetRow
from pricing.queries.price_changes import newest_draft_of
from pricing.queries.sheets import changes_by_id, state_counts


def reason_words(code: str) -> str:
    """Why a row is refused."""
    words = {
        "unknown_sku": _("There is no product of this number."),
        "no_sku": _("The row has no SKU."),
        "unknown_price_list": _("There is no such price list, or it is not yours to edit."),
        "duplicate_line": _("The same price stands in the sheet before."),
        "formula": _("A formula: paste its value instead."),
        "error_cell": _("The cell holds an error of the spreadsheet."),
        "full_width": _("Full-width digits: write 0–9."),
        "not_a_number": _("An amount has digits and one decimal sign, the declared one."),
        "undeclared": _("Say whether the sheet uses a decimal point or a comma."),
        "negative": _("A price is not below zero."),
        "too_precise": _("It has more decimals than its currency."),
        "too_large": _("It has more than 14 digits before the decimal sign."),
        "currency_mismatch": _("Its currency is not the price list's."),
        "bad_quantity": _("The minimum quantity is no number above zero."),
        "bad_base": _("The base of the exported sheet was edited; export it again."),
        "too_many_cells": _("The row has more cells than the header has columns."),
    }
    return words.get(code, code)


def upload_context(
    sheets: list[PriceSheet], *, refused: Faults | None = None, asked: dict[str, str] | None = None
) -> dict[str, Any]:
    """The form of a new sheet, and the latest ones."""
    return {"sheets": sheets, "refused": refused, "asked": asked or {}}


def sheet_context(
    sheet: PriceSheet, page: Any, actor: Actor, *, state: str = "", refused: Faults | None = None
) -> dict[str, Any]:
    """Everything templates/pricing/sheet.html reads."""
    counts = state_counts(sheet.pk)
    rows = list(page.object_list)
    changes = changes_by_id({row.live_change_id for row in rows})
    lists = access.editable_lists(actor)
    shown = [
        {
            "row": row,
            "currency": lists[row.price_list].currency if row.price_list in lists else "",
            "reason": reason_words(row.code) if row.code else "",
            "change": changes.get(row.live_change_id or 0),
        }
        for row in rows
    ]
    open_rows = counts["refused"] + counts["conflict"]
    return {
        "sheet": sheet,
        "page_obj": page,
        "rows": shown,
        "counts": {name: counts[name] for name in PriceSheetRow.State.values},
        "open_rows": open_rows,
        "draft": newest_draft_of(actor),
        "is_preview": sheet.state == PriceSheet.State.PREVIEW,
        "can_take": counts["good"] + counts["conflict"] > 0,
        "state": state,
        "filters": [
            {"label": _("State"), "name": "state", "value": state, "options": PriceSheetRow.State.choices}
        ],
        "refused": refused,
    }


def fault_lines(rows: Iterable[PriceSheetRow]) -> Iterator[list[Any]]:
    """The rows that are not taken by themselves, for the file."""
    for row in rows:
        if row.state == PriceSheetRow.State.REFUSED:
            why = reason_words(row.code)
        elif row.state == PriceSheetRow.State.CONFLICT:
            why = _("Changed by others since the export.")
        else:
            continue
        yield [row.line, row.column, row.price_list, row.sku, row.typed, why]
