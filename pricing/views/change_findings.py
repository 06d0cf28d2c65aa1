"""Findings as the page says them: a headline, the sentence with figure and limit, the evidence beside it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lib.money import round_money
from pricing.messages import finding_message
from pricing.models import Finding
from web import figures

SHOWN_PER_CODE = 12


def finding_rows(found: Iterable[Finding]) -> dict[str, Any]:
    """Rows, blocks first; of one code at most twelve, the others counted."""
    rows: list[dict[str, Any]] = []
    counts = {"block": 0, "review": 0, "note": 0}
    seen: dict[tuple[str, str], int] = {}
    for one in found:
        counts[one.severity] += 1
        key = (one.severity, one.code)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= SHOWN_PER_CODE:
            rows.append(
                {
                    "severity": one.severity,
                    "what": headline(one),
                    "why": finding_message(one.code, one.params),
                    "evidence": evidence(one),
                    "history": history(one),
                    "line_id": one.line_id,
                }
            )
    more = [
        {"severity": severity, "count": count - SHOWN_PER_CODE, "label": short_label(code)}
        for (severity, code), count in seen.items()
        if count > SHOWN_PER_CODE
    ]
    return {"rows": rows, "more": more, "counts": counts, "total": sum(counts.values())}


def short_label(code: str) -> str:
    """The chip of a line."""
    labels = {
        "below_cost": _("Below cost"),
        "unknown_cost": _("No cost"),
        "change_limit": pgettext("finding", "Step"),
        "cumulative_change_limit": _("Steps together"),
        "margin_floor": _("Margin"),
        "subsidy_needed": _("Subsidy"),
        "subsidy_ends": _("Subsidy"),
        "base_moved": _("Changed meanwhile"),
        "overlap": _("Overlap"),
        "several_zones": _("Several zones"),
        "local_gap": _("Clock change"),
        "local_overlap": _("Clock change"),
        "equal_priority": _("Priority"),
        "reference_price": _("Reference price"),
        "announced_reduction": _("Announcement"),
        "price_ceiling": _("Price ceiling"),
        "price_floor": _("Price floor"),
        "promotion_above_price": _("Above price"),
        "promotion_overtaken": _("Above price"),
        "price_to_pay": _("Price to pay"),
        "compliance_missing": _("Not signed"),
        "overrides_follow": _("Own prices follow"),
        "overrides_ask": _("Own prices ask"),
        "missing_exchange_rate": _("No rate"),
        "stale_exchange_rate": _("Old rate"),
    }
    return labels.get(code, code.replace("_", " "))


def headline(one: Finding) -> str:
    """One sentence of what is wrong."""
    sku = one.line.product.sku if one.line else _("The change")
    change = _fraction(one.params.get("change"))
    step = "" if change is None else figures.figure(abs(change) * 100, 1) + figures.NBSP + "%"
    rises = change is None or change > 0
    sentences = {
        "change_limit": _("%(sku)s rises %(step)s in one step")
        if rises
        else _("%(sku)s falls %(step)s in one step"),
        "cumulative_change_limit": _("%(sku)s has moved %(step)s since a person decided"),
        "below_cost": _("%(sku)s is below cost"),
        "margin_floor": _("%(sku)s would earn less than the margin floor"),
        "subsidy_needed": _("%(sku)s lives on a subsidy"),
        "subsidy_ends": _("%(sku)s lives on a subsidy that ends earlier"),
        "unknown_cost": _("The cost of %(sku)s is not known"),
        "base_moved": _("%(sku)s was changed meanwhile"),
        "overlap": _("%(sku)s has another change waiting"),
        "several_zones": _("%(sku)s is sold in zones of different instants"),
        "local_gap": _("Summer time begins that night"),
        "local_overlap": _("Summer time ends that night"),
        "equal_priority": _("%(sku)s is priced by two lists of equal priority"),
        "reference_price": _("%(sku)s cannot be announced as a reduction"),
        "announced_reduction": _("%(sku)s may be announced as a reduction"),
        "price_ceiling": _("%(sku)s is dearer than the law allows"),
        "price_floor": _("%(sku)s is cheaper than the law allows"),
        "promotion_above_price": _("%(sku)s would be dearer than without the promotion"),
        "promotion_overtaken": _("The change undercuts promotions"),
        "price_to_pay": _("%(sku)s may be paid below cost"),
        "compliance_missing": _("A mandatory item of the checklist is not signed"),
        "overrides_follow": _("Own prices of derived lists follow"),
        "overrides_ask": _("Own prices of derived lists will ask"),
        "missing_exchange_rate": _("%(sku)s needs an exchange rate"),
        "stale_exchange_rate": _("%(sku)s rests on an old exchange rate"),
    }
    return sentences.get(one.code, f"%(sku)s {short_label(one.code)}") % {"sku": sku, "step": step}


def evidence(one: Finding) -> str:
    """The figures beside it: margin for what is about earning, else old and new."""
    margin = _fraction(one.params.get("margin"))
    if margin is not None:
        return _("margin %(margin)s") % {"margin": figures.figure(margin * 100, 1) + figures.NBSP + "%"}
    if one.line and one.line.amount is not None:
        currency = one.line.currency
        return figures.money_text(round_money(one.line.amount, currency), currency)
    return ""


def history(one: Finding) -> list[dict[str, Any]]:
    """The prices before a reduction, newest first: what proves the reference price."""
    return [
        {
            "begins": datetime.fromisoformat(begins),
            "ends": datetime.fromisoformat(ends),
            "amount": Decimal(amount),
            "currency": one.params["currency"],
        }
        for begins, ends, amount in reversed(one.params.get("history", []))
    ]


def _fraction(raw: Any) -> Decimal | None:
    return figures.decimal_of(raw)
