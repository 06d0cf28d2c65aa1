"""Every word the grid's scripts say, in the reader's language; handed over in the page's JSON."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def refusals() -> dict[str, str]:
    """Why an entry is not taken, by code; {typed}, {places} and {currency} are filled in."""
    return {
        "empty": _("There is nothing in it."),
        "letter": _("A letter stands among its digits."),
        "not_amount": _("An amount has digits and one decimal sign."),
        "ambiguous": _("It could mean thousands or decimals; write 1234 or 1.234."),
        "negative": _("A price is not below zero."),
        "decimals": _("{currency} has {places} decimals."),
        "too_large": _("It has more than 14 digits before the decimal sign."),
        "unknown_sku": _("There is no product of this number."),
        "unknown_price_list": _("There is no such price list."),
        "no_price_yet": _("There is no price to work from."),
        "no_margin": _("The cost is not known, or this margin is out of reach."),
        "no_competitor": _("No competitor was seen with it in the last days."),
        "refused": _("The server did not take it."),
    }


def not_amounts() -> dict[str, str]:
    """The headline over a cell that was not taken."""
    return {
        "other": _("“{typed}” is not an amount"),
        "negative": _("“{typed}” is below zero"),
        "decimals": _("“{typed}” has too many decimals"),
        "ambiguous": _("“{typed}” can be read two ways"),
        "too_large": _("“{typed}” is too large"),
        "empty": _("Nothing was typed"),
        "no_price_yet": _("No price to work from"),
        "no_margin": _("No margin to work from"),
        "no_competitor": _("No competitor’s price to work from"),
        "refused": _("Not taken"),
        "unknown_sku": _("Unknown product"),
    }


def heads() -> dict[str, str]:
    """Column heads."""
    return {
        "sku": _("SKU"),
        "name": pgettext("product", "Name"),
        "cost": _("Cost"),
        "price": _("Price"),
        "margin": _("Margin %"),
        "band": pgettext("price grid", "Band"),
        "market": _("Competitor"),
        "noMarket": _("No competitor was seen with it in the last days."),
        "product": _("Product"),
        "history": _("Stock and history"),
        "cover": _("Cover, d"),
        "units": _("Units/wk"),
        "changed": _("Changed"),
        "ascending": _("ascending"),
        "descending": _("descending"),
        "noCost": _("The cost is not known"),
        "noMargin": _("No margin without a known cost"),
        "derived": _("Derived from its parent list; an entry here overrides it"),
    }


def bar_words() -> dict[str, str]:
    """The bar below the grid and the strip above it."""
    return {
        "noDraft": _("none yet"),
        "startTyping": _("type a price to begin"),
        "marked": _("{n} not taken"),
        "submitOne": _("Submit {n} line"),
        "submitMany": _("Submit {n} lines"),
        "blocked": _("A blocking finding must be resolved first."),
        "block": _("{n} block"),
        "review": _("{n} review"),
        "note": _("{n} notes"),
        "pasted": _("Pasted {cells} cells: {taken} taken"),
        "worked": _("{cells} cells: {taken} taken"),
        "pastedMarked": _("{marked} marked"),
        "pastedOutside": _("{outside} had no cell to go to"),
        "nothingDropped": _(
            "Nothing was dropped. Marked cells keep their old price and stay out of the draft."
        ),
        "nextMarked": _("Next marked"),
        "undoPaste": _("Undo paste"),
        "close": _("Close"),
        "comma": _(", "),
        "cells": _("{n} cells"),
        "notSaved": _("The server did not answer; these cells are not saved yet."),
        "keptHere": _("They are kept here and sent again every few seconds. Leave this page open."),
        "keptMarked": _("What was typed is kept in the marked cells."),
        "submitWhat": _("{reference} with {n} lines. Live prices stay as they are until it is approved."),
        "leftOut": _("{n} marked cells are not part of it."),
        "more": _("More products"),
    }


def cell_words() -> dict[str, object]:
    """What is said of a cell."""
    return {
        "cellField": _("Price of the focused cell"),
        "notTaken": _("not taken"),
        "before": _("before"),
        "kept": _("The cell kept {price} and is not in the draft."),
        "keptNone": _("The cell stays empty and is not in the draft."),
        "fix": pgettext("marked cell", "fix"),
        "drop": pgettext("marked cell", "drop"),
        "next": pgettext("marked cell", "next"),
        "why": _("why this price"),
        "typeAgain": _("type again"),
        "conflict": _("Changed meanwhile"),
        "conflictWhy": _(
            "It was {old} when you typed and is {now} now. Type it again to go on from the new price."
        ),
        "refusals": refusals(),
        "notAmount": not_amounts(),
    }


def grid_words() -> dict[str, object]:
    """All of them."""
    return {**heads(), **bar_words(), **cell_words()}
