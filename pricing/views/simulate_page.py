"""What the simulator's page shows."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lib import clock
from lib.actors import Actor
from lib.faults import Faults, refuse
from pricing.forms import whole_number
from pricing.models import PriceChange
from pricing.queries.grid import category_counts, grid_lists
from pricing.queries.price_changes import price_change
from pricing.queries.simulated_lines import NewPrice, PercentRule, prices_by_rule, prices_of_change
from pricing.queries.simulation import Outcome, Simulation, simulate
from pricing.simulation_documents import SOURCE, percent_of
from web import figures

SHOWN_ESTIMATES = 200


def simulate_context(asked: Any, actor: Actor) -> dict[str, Any]:
    """Everything templates/pricing/simulate.html reads; what was asked wrongly stands in `refused`."""
    days = 365 if asked.get("days") == "365" else 90
    context: dict[str, Any] = {
        "lists": grid_lists(),
        "categories": category_counts(),
        "asked": asked,
        "days": days,
        "change": None,
        "source": SOURCE,
    }
    try:
        prices = _asked_prices(asked, context)
        if prices is not None:
            context |= _results(simulate(prices, actor=actor, at=clock.now(), days=days), len(prices))
    except Faults as refused:
        context["refused"] = refused
    return context


def _asked_prices(asked: Any, context: dict[str, Any]) -> list[NewPrice] | None:
    """None while nothing is asked."""
    if change_id := whole_number(asked.get("change"), 0):
        change: PriceChange = price_change(change_id)
        context["change"] = change
        return prices_of_change(change.pk)
    if "percent" not in asked:
        return None
    percent = percent_of(asked.get("percent"))
    if percent is None:
        raise refuse("not_a_number", _("The percentage is a number from −90 to 200."), pointer="/percent")
    rule = PercentRule(
        asked.get("price_list", "").replace("\x00", "")[:64], percent, asked.get("category", "")[:300]
    )
    return prices_by_rule(rule, clock.now())


def _results(found: Simulation, prices: int) -> dict[str, Any]:
    estimates = sorted(found.estimates.items(), key=lambda pair: (pair[1].value is None, pair[0]))
    return {
        "found": found,
        "prices": prices,
        "rows": total_rows(found),
        "groups": [
            {"title": _("By category"), "head": _("Category"), "rows": _group_rows(found.categories)},
            {"title": _("By region"), "head": _("Region"), "rows": _group_rows(found.regions)},
        ],
        "estimates": [_estimate_row(sku, one) for sku, one in estimates[:SHOWN_ESTIMATES]],
        "hidden_estimates": max(len(estimates) - SHOWN_ESTIMATES, 0),
        "untold": [(problem_words()[code], count) for code, count in found.untold.most_common()],
        "skipped": [(_skip_words().get(code, code), count) for code, count in found.skipped.most_common()],
        "chart": _chart(found),
    }


def total_rows(found: Simulation) -> list[dict[str, Any]]:
    """Today, at the new prices, with the buyers' answer."""
    total = found.total
    margin = figures.money_text(total.margin_low, found.currency, whole=True)
    most = figures.money_text(total.margin_high, found.currency, whole=True)
    return [
        _row(_("At today’s prices"), total.units, total.revenue, total.margin),
        _row(_("New prices, same units"), total.units, total.new_revenue, total.new_margin, total.margin),
        _row(
            _("New prices, buyers answer"),
            total.answered_units,
            total.answered_revenue,
            total.answered_margin,
            total.margin,
        )
        | {"range": _("%(low)s to %(high)s") % {"low": margin, "high": most} if found.estimated else ""},
    ]


def _row(
    label: str, units: Decimal, revenue: Decimal, margin: Decimal, before: Decimal | None = None
) -> dict[str, Any]:
    return {
        "label": label,
        "units": units.quantize(Decimal(1)),
        "revenue": revenue,
        "margin": margin,
        "effect": None if before is None else margin - before,
    }


def _group_rows(groups: dict[str, Outcome]) -> list[dict[str, Any]]:
    return [
        {
            "name": name or _("Without a category"),
            "one": one,
            "effect": one.new_margin - one.margin,
            "answered_effect": one.answered_margin - one.margin,
            "answered_units": one.answered_units.quantize(Decimal(1)),
        }
        for name, one in sorted(groups.items())
    ]


def _estimate_row(sku: str, one: Any) -> dict[str, Any]:
    text = figures.figure
    return {
        "sku": sku,
        "weeks": one.weeks,
        "value": "" if one.value is None else text(round(one.value, 2), 2),
        "interval": ""
        if one.low is None
        else _("%(low)s to %(high)s")
        % {"low": text(round(one.low, 2), 2), "high": text(round(one.high, 2), 2)},
        "problem": problem_words().get(one.problem, ""),
    }


def problem_words() -> dict[str, str]:
    """Why an elasticity cannot be told."""
    return {
        "few_weeks": _("Sold in fewer than 10 weeks of the last 365 days"),
        "price_never_moved": _("Its price moved by less than 3 %"),
        "wrong_sign": _("It sold more when it cost more: something else was at work"),
        "not_proven": _("The 95 % interval reaches zero: no answer is proven"),
    }


def _skip_words() -> dict[str, str]:
    return {
        "unknown_cost": _("the cost is not known"),
        "no_price": _("no price applies"),
        "missing_exchange_rate": _("an exchange rate is missing"),
        "stale_exchange_rate": _("an exchange rate is too old"),
    }


def _chart(found: Simulation) -> dict[str, Any]:
    def points(name: str) -> list[list[str]]:
        return [[week.isoformat(), f"{getattr(one, name):.2f}"] for week, one in _whole_weeks(found)]

    return {
        "symbol": figures.SYMBOLS.get(found.currency, found.currency + " "),
        "before": points("margin"),
        "after": points("new_margin"),
        "answered": points("answered_margin"),
        "words": {
            "before": _("At today’s prices"),
            "after": _("New prices, same units"),
            "answered": _("New prices, buyers answer"),
            "label": _("Margin per week"),
        },
    }


def _whole_weeks(found: Simulation) -> list[tuple[date, Outcome]]:
    """The weeks that lie wholly inside, in order: a cut one would look like a fall."""
    return [
        (week, one)
        for week, one in sorted(found.weeks.items())
        if week >= found.since and (found.until - week).days >= 7
    ]
