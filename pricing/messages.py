"""Sentences for findings: stored as code and figures, said in the reader's language."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lib.money import round_money

SENTENCES = {
    "unknown_cost": gettext_noop("No unit cost is known, so no margin can be kept."),
    "below_cost": gettext_noop(
        "%(amount)s %(currency)s is below cost: net %(net)s less commission does not cover %(cost)s."
    ),
    "margin_floor": gettext_noop("Margin %(margin)s lies under the floor of %(limit)s."),
    "change_limit": gettext_noop(
        "%(old)s → %(amount)s %(currency)s moves by %(change)s in one step; the limit is ±%(limit)s."
    ),
    "cumulative_change_limit": gettext_noop(
        "%(amount)s %(currency)s lies %(change)s from %(anchor)s, the last price a person decided;"
        " the limit is ±%(limit)s."
    ),
    "missing_exchange_rate": "%(detail)s",
    "stale_exchange_rate": "%(detail)s",
    "equal_priority": gettext_noop(
        "%(list)s and %(other)s have the same priority and would both price this product."
    ),
    "base_moved": gettext_noop(
        "The price was changed by others since this line was written: %(old)s → %(new)s %(currency)s."
    ),
    "overlap": gettext_noop("Another change waits for the same price: %(by)s."),
    "overlap_scheduled": gettext_noop("It replaces a price that is scheduled from %(from)s."),
    "promotion_above_price": gettext_noop(
        "%(amount)s %(currency)s lies above the price otherwise asked, %(otherwise)s, and would be passed over."
    ),
    "reference_price": gettext_noop(
        "%(amount)s %(currency)s is no reduction: the lowest price of the last 30 days was %(lowest)s."
    ),
}
FRACTIONS = ("margin", "limit", "change")
MONEY = ("amount", "old", "new", "net", "cost", "anchor", "otherwise", "lowest")


def finding_message(code: str, params: dict[str, Any]) -> str:
    """One sentence that names the figure and the limit."""
    key = "overlap_scheduled" if code == "overlap" and "from" in params else code
    if key not in SENTENCES:
        return code
    shown = {name: "—" if value is None else value for name, value in params.items()}
    for name in FRACTIONS:
        if params.get(name) is not None:
            shown[name] = _percent(params[name], signed=name == "change")
    for name in MONEY:
        if params.get(name) is not None and "currency" in params:
            shown[name] = _amount(params[name], params["currency"])
    try:
        return str(_(SENTENCES[key]) % shown)
    except KeyError:
        return code


def _percent(text: Any, *, signed: bool) -> str:
    value = Decimal(str(text)) * 100
    told = f"{value:+.1f} %" if signed else f"{value:.1f} %".replace(".0 %", " %")
    return told.replace("-", "\u2212")


def _amount(text: Any, currency: str) -> str:
    """With the currency's decimals: a net price is a quotient."""
    return f"{round_money(Decimal(str(text)), currency):f}"
