"""Sentences for findings: stored as code and figures, said in the reader's language."""

from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from lib.money import round_money

SENTENCES = {
    "unknown_cost": gettext_noop("No unit cost is known, so no margin can be kept."),
    "below_cost": gettext_noop(
        "%(amount)s %(currency)s is below cost: net %(net)s less commission does not cover %(cost)s."
    ),
    "below_cost_law": gettext_noop(
        "%(amount)s %(currency)s is below cost: net %(net)s less commission does not cover %(cost)s. The law of"
        " %(country)s forbids it. %(source)s"
    ),
    "below_cost_exempt": gettext_noop(
        "%(amount)s %(currency)s is below cost: net %(net)s less commission does not cover %(cost)s. The law of"
        " %(exempt_in)s lets this reason pass. %(source)s"
    ),
    "subsidy_needed": gettext_noop(
        "%(amount)s %(currency)s covers its cost of %(cost)s only with %(subsidy)s a unit from %(names)s."
    ),
    "subsidy_ends": gettext_noop(
        "%(amount)s %(currency)s covers its cost of %(cost)s only with %(subsidy)s a unit from %(names)s, which ends"
        " %(until)s, before the price does."
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
    "several_zones": gettext_noop(
        "%(list)s covers sites whose clocks show this time at different instants (%(zones)s), but keeps one timeline:"
        " split the change by zone."
    ),
    "local_gap": gettext_noop("In %(zone)s the clocks skip %(wall)s; it takes effect at %(shown)s."),
    "local_overlap": gettext_noop("In %(zone)s the clocks show %(wall)s twice; the first counts, %(at)s."),
    "base_moved": gettext_noop(
        "The price was changed by others since this line was written: %(old)s → %(new)s %(currency)s."
    ),
    "overlap": gettext_noop("Another change waits for the same price: %(by)s."),
    "overlap_scheduled": gettext_noop("It replaces a price that is scheduled from %(from)s."),
    "price_to_pay": gettext_noop(
        "With %(names)s a customer pays %(to_pay)s instead of %(gross)s %(currency)s at %(site)s; the shop earns"
        " %(net)s net, the cost is %(cost)s."
    ),
    "promotion_overtaken": gettext_noop(
        "%(count)s promotion prices of %(lists)s would lie above the new price and be passed over, among them %(sku)s."
    ),
    "overrides_follow": gettext_noop(
        "%(count)s own prices of %(lists)s follow their parent: their lines are added when it is submitted."
    ),
    "overrides_ask": gettext_noop(
        "%(count)s own prices of %(lists)s stay and will ask whether they should follow."
    ),
    "promotion_above_price": gettext_noop(
        "%(amount)s %(currency)s lies above the price otherwise asked, %(otherwise)s, and would be passed over."
    ),
    "reference_price": gettext_noop(
        "%(amount)s %(currency)s is no reduction: the lowest price of the last %(days)s days was %(lowest)s."
    ),
    "reference_price_paid": gettext_noop(
        "%(amount)s %(currency)s is no reduction in %(site)s: it is measured against %(lowest)s, the basis by law."
    ),
    "reference_price_genuine": gettext_noop(
        "%(amount)s %(currency)s is no reduction in %(country)s: the last price asked for at least %(min_days)s days"
        " without a break was %(lowest)s."
    ),
    "announced_reduction": gettext_noop(
        "At most %(fraction)s may be announced in %(country)s: counted from %(lowest)s %(currency)s. %(source)s"
    ),
    "band_floor": gettext_noop("%(amount)s %(currency)s lies under the floor of the band, %(most)s."),
    "band_ceiling": gettext_noop("%(amount)s %(currency)s lies above the ceiling of the band, %(most)s."),
    "map_price": gettext_noop(
        "%(gross)s %(currency)s with tax lies under the minimum advertised price of %(most)s."
    ),
    "msrp": gettext_noop(
        "%(gross)s %(currency)s with tax lies above the recommended retail price of %(most)s."
    ),
    "regional_spread": gettext_noop(
        "%(high_list)s asks %(highest)s %(currency)s, %(low_list)s %(lowest)s: %(fraction)s apart; the limit is %(limit)s."
    ),
    "competitor_distance": gettext_noop(
        "%(gross)s %(currency)s with tax lies %(change)s from the lowest of %(count)s competitors, %(lowest)s;"
        " the limit is ±%(limit)s."
    ),
    "ending": gettext_noop("%(amount)s %(currency)s does not end in %(endings)s."),
    "minor_unit": gettext_noop("%(amount)s %(currency)s is no multiple of %(step)s."),
    "price_ceiling": gettext_noop(
        "%(gross)s %(currency)s with tax lies above the ceiling of %(most)s that the government of %(country)s sets."
        " %(source)s"
    ),
    "compliance_missing": gettext_noop(
        "“%(title)s” (%(item)s) is not signed; it may be signed by: %(who)s. %(source)s"
    ),
    "price_floor": gettext_noop(
        "%(gross)s %(currency)s with tax lies under the floor of %(most)s that the government of %(country)s sets."
        " %(source)s"
    ),
}
#: Which sentence tells that a price is no reduction, by how the reference was found.
BY_FOUND = {
    "genuine_price": "reference_price_genuine",
    "lowest_paid": "reference_price_paid",
    "last_paid": "reference_price_paid",
    "stated_basis": "reference_price_paid",
    "price_before": "reference_price_paid",
}
FRACTIONS = ("margin", "limit", "change", "fraction")
MONEY = (
    "to_pay",
    "subsidy",
    "amount",
    "old",
    "new",
    "net",
    "cost",
    "anchor",
    "otherwise",
    "lowest",
    "announced",
    "gross",
    "most",
    "highest",
)


def finding_message(code: str, params: dict[str, Any]) -> str:
    """One sentence that names the figure and the limit."""
    key = _key(code, params)
    if code == "reference_price":
        params = {"days": 30, **params}
        key = BY_FOUND.get(params.get("found_by", ""), code)
    if key not in SENTENCES:
        return code
    shown = {name: "—" if value is None else value for name, value in params.items()}
    if shown.get("title_zh") and (get_language() or "").startswith("zh"):
        shown["title"] = shown["title_zh"]
    for name in FRACTIONS:
        if params.get(name) is not None:
            shown[name] = _percent(params[name], signed=name == "change")
    for name in MONEY:
        if params.get(name) is not None and "currency" in params:
            shown[name] = _amount(params[name], params["currency"])
    try:
        told = str(_(SENTENCES[key]) % shown)
    except KeyError:
        return code
    if params.get("subsidy") and code in ("below_cost", "margin_floor"):
        told += " " + _("%(subsidy)s a unit from %(names)s is counted.") % shown
    if params.get("left_out"):
        told += " " + _("%(left_out)s is not counted: there is no exchange rate of the day.") % shown
    if params.get("seen_in"):
        told = f"{params['seen_in']}: {told}"
    return f"{params['derived']}: {told}" if params.get("derived") else told


def _key(code: str, params: dict[str, Any]) -> str:
    """Which sentence tells a finding."""
    if code == "overlap" and "from" in params:
        return "overlap_scheduled"
    if code == "below_cost" and params.get("source"):
        return "below_cost_exempt" if params.get("exempt_in") else "below_cost_law"
    return code


def _percent(text: Any, *, signed: bool) -> str:
    value = Decimal(str(text)) * 100
    told = f"{value:+.1f} %" if signed else f"{value:.1f} %".replace(".0 %", " %")
    return told.replace("-", "\u2212")


def _amount(text: Any, currency: str) -> str:
    """With the currency's decimals: a net price is a quotient."""
    return f"{round_money(Decimal(str(text)), currency):f}"
