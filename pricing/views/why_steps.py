"""The steps of a quote as rows of a waterfall: rule, bar, what it adds, price, document, person."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lib.money import round_money
from pricing.models import PriceChange, PriceList
from pricing.queries.quotes import Quote, QuoteStep
from web import drawings, figures, times


def step_rows(
    quote: Quote, lists: Mapping[str, PriceList], changes: Mapping[int, PriceChange]
) -> dict[str, Any]:
    """Rows with their bars; amounts before a first exchange are shown in the asked currency."""
    steps = list(quote.steps)
    start, opening = _opening(steps)
    rows = [
        _row(step, quote, lists, changes, opening if index == 0 else None) for index, step in enumerate(start)
    ]
    total = quote.amount or Decimal(0)
    bars = [
        {
            "label": "",
            "text": "",
            "kind": row["kind"],
            "amount": row["level"] if row["kind"] == "total" else row["adds"],
        }
        for row in rows
    ]
    bars.append({"label": "", "text": "", "kind": "total", "amount": total})
    low = _bars_start([row["level"] for row in rows if row["kind"] != "skipped"] + [total])
    drawn = drawings.steps_of(bars, start=low)
    for row, bar in zip(rows, drawn, strict=False):
        row["bar"] = bar
    top = max([row["level"] for row in rows] + [total])
    return {
        "rows": rows,
        "total": drawn[-1],
        "low_text": figures.money_text(low, quote.currency),
        "top_text": figures.money_text(top, quote.currency),
        "count": len(rows),
    }


def _opening(steps: list[QuoteStep]) -> tuple[list[QuoteStep], QuoteStep | None]:
    """The steps with a first exchange folded into the first price; (steps, that exchange)."""
    if len(steps) > 1 and steps[1].rule == "exchange":
        folded = steps[0]._replace(amount_to=steps[1].amount_to)
        return [folded, *steps[2:]], steps[1]
    return steps, None


def _row(
    step: QuoteStep,
    quote: Quote,
    lists: Mapping[str, PriceList],
    changes: Mapping[int, PriceChange],
    exchange: QuoteStep | None,
) -> dict[str, Any]:
    change = changes.get(step.price_change_id or 0)
    one = lists.get(step.price_list)
    level = round_money(step.amount_to, quote.currency)
    is_first = step.amount_from is None
    before = Decimal(0) if step.amount_from is None else step.amount_from
    kind = "skipped" if step.rule == "passed_over" else "total" if is_first else "step"
    return {
        "kind": kind,
        "rule": step.rule,
        "label": rule_label(step, one),
        "note": _note(step, one, exchange, quote),
        "adds": step.amount_to - before,
        "level": step.amount_to,
        "price": level,
        "change": change,
        "change_url": reverse("price-change", args=[change.pk]) if change else "",
        "list": one,
        "text": f"{rule_label(step, one)}: {figures.money_text(level, quote.currency)}",
        "person": (change.prepared_by or change.prepared_by_name) if change else None,
        "person_kind": "user" if change and change.prepared_by_id else "system",
        "decided_by": change.decided_by_name if change and change.decided_by_kind == "user" else "",
        "on": (change.decided_at or change.created_at) if change else None,
    }


def rule_label(step: QuoteStep, one: PriceList | None) -> str:
    """What the step is."""
    name = one.name if one else step.price_list
    labels = {
        "base": _("Base price"),
        "region": _("Region %(list)s") % {"list": name},
        "channel": _("Channel %(list)s") % {"list": name},
        "site": _("Site %(list)s") % {"list": name},
        "promotion": _("Promotion %(list)s") % {"list": name},
        "float": _("Float %(list)s") % {"list": name},
        "surcharge": _("Surcharge %(list)s") % {"list": name},
        "band": _("Floor or ceiling %(list)s") % {"list": name},
        "ending": _("Ending"),
        "pack": _("Pack"),
        "exchange": _("Exchange rate"),
        "rounding": _("Rounding"),
        "tax": _("Tax"),
        "passed_over": _("Promotion %(list)s") % {"list": name},
    }
    return labels.get(step.rule, step.rule)


def _note(step: QuoteStep, one: PriceList | None, exchange: QuoteStep | None, quote: Quote) -> str:
    if exchange is not None and one is not None:
        amount = figures.money_text(exchange.amount_from or Decimal(0), one.currency)
        return _("%(list)s %(amount)s at %(rate)s") % {
            "list": one.name,
            "amount": amount,
            "rate": _rate_words(exchange),
        }
    if step.rule == "passed_over":
        return _("above the price otherwise asked, not applied")
    if step.rule == "float" and step.amount_from:
        moved = (step.amount_to / step.amount_from - 1) * 100
        return figures.figure(moved, 1, plus=True) + figures.NBSP + "%"
    if step.rule == "surcharge" and one is not None and step.amount_from is not None:
        return figures.money_text(step.amount_to - step.amount_from, one.currency, plus=True)
    if step.rule == "band" and one is not None:
        return _band_words(one)
    if step.rule == "pack":
        return step.source
    if step.rule == "ending" and one is not None and one.ends_in is not None:
        if not one.ends_in:
            return _("whole amounts")
        return _("nearest price ending in %(ending)s") % {"ending": f"{one.ends_in.normalize():f}"}
    if step.rule == "exchange":
        return _rate_words(step)
    if step.rule == "tax":
        return step.source
    return one.name if one else ""


def _band_words(one: PriceList) -> str:
    """ "−5.0 % … +20.0 % of the parent's price"."""
    ends = (
        "" if end is None else figures.figure(end * 100, 1, plus=True) + figures.NBSP + "%"
        for end in (one.floor_fraction, one.ceiling_fraction)
    )
    return _("%(band)s around the parent’s price") % {"band": " … ".join(ends).strip()}


def _rate_words(exchange: QuoteStep) -> str:
    """ "1.1850, 14 Oct 2026": the rate to four decimals and its day, which ends the step's source."""
    rate = exchange.amount_to / exchange.amount_from if exchange.amount_from else Decimal(1)
    last = exchange.source.rsplit(" ", 1)[-1]
    try:
        day = times.date_text(date.fromisoformat(last), "date")
    except ValueError:
        return figures.figure(rate, 4)
    return f"{figures.figure(rate, 4)}{_(', ')}{day}"


def _bars_start(levels: list[Decimal]) -> Decimal:
    """Zero, or a cut just below the lowest level when the levels lie close together."""
    low, high = min(levels), max(levels)
    gap = high - low
    if not gap or gap * 3 >= high:
        return Decimal(0)
    start = low - gap
    step = Decimal(10) ** (gap.adjusted())
    return max(start // step * step, Decimal(0))
