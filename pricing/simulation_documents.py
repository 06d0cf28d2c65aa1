"""The simulator's REST: what is asked, what is answered."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from lib.faults import Fault, Faults, refuse
from lib.money import round_money
from pricing.queries.simulated_lines import PercentRule
from pricing.queries.simulation import Outcome, Simulation
from pricing.rules.elasticity import Elasticity

SOURCE = (
    "ln units = a(site) + e · ln price by least squares on the weeks of 365 days, 95 % interval by Student's t;"
    " Tellis, Journal of Marketing Research 25 (1988) 331–341;"
    " Bijmolt, van Heerde & Pieters, Journal of Marketing Research 42 (2005) 141–156"
)


class SimulationAsked(serializers.Serializer):
    days = serializers.ChoiceField(choices=[90, 365], required=False, help_text="90 by default.")


class RuleAsked(SimulationAsked):
    price_list = serializers.CharField()
    percent = serializers.DecimalField(max_digits=6, decimal_places=2, help_text="−90 to 200.")
    category = serializers.CharField(required=False, help_text="A path; empty for all products.")


class OutcomeRow(serializers.Serializer):
    units = serializers.CharField(help_text="As sold.")
    revenue = serializers.CharField(help_text="Net of tax, at today's prices.")
    margin = serializers.CharField(help_text="After commission and unit cost, at today's prices.")
    new_revenue = serializers.CharField(help_text="The same units at the new prices.")
    new_margin = serializers.CharField()
    answered_units = serializers.CharField(help_text="With own-price elasticity, where it can be told.")
    answered_revenue = serializers.CharField()
    answered_margin = serializers.CharField()
    margin_low = serializers.CharField(help_text="answered_margin at the ends of every 95 % interval.")
    margin_high = serializers.CharField()


class EstimateRow(serializers.Serializer):
    sku = serializers.CharField()
    elasticity = serializers.CharField(allow_null=True)
    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    weeks = serializers.IntegerField()
    problem = serializers.ChoiceField(
        choices=["few_weeks", "price_never_moved", "wrong_sign", "not_proven"], allow_null=True
    )


class SimulationRow(serializers.Serializer):
    days = serializers.IntegerField()
    since = serializers.DateField()
    until = serializers.DateField()
    currency = serializers.CharField()
    products = serializers.IntegerField(help_text="With sales that could be counted.")
    estimated = serializers.IntegerField(
        help_text="Products whose price moves and whose elasticity is known."
    )
    untold = serializers.DictField(child=serializers.IntegerField())
    skipped = serializers.DictField(child=serializers.IntegerField())
    method = serializers.CharField()
    total = OutcomeRow()
    categories = OutcomeRow(many=True, help_text="Each with its `name`.")
    regions = OutcomeRow(many=True, help_text="Each with its `name`.")
    weeks = OutcomeRow(many=True, help_text="Each with its Monday as `name`.")
    estimates = EstimateRow(many=True)


def asked_days(body: Any) -> int:
    """{days?}. Raises Faults 422."""
    if body in (None, "", b""):
        return 90
    if not isinstance(body, Mapping):
        raise refuse("not_an_object", "The body must be an object.")
    days = body.get("days", 90)
    if type(days) is not int or days not in (90, 365):
        raise refuse("unknown_days", "days is 90 or 365.", pointer="/days")
    return days


def asked_rule(body: Any) -> PercentRule:
    """{price_list, percent, category?}. Raises Faults 422 with every fault of shape."""
    if not isinstance(body, Mapping):
        raise refuse("not_an_object", "The body must be an object.")
    faults = [
        Fault(f"/{name}", "not_text", f"{name} must be text.")
        for name in ("price_list", "category")
        if not isinstance(body.get(name, ""), str) or "\x00" in body.get(name, "")
    ]
    percent = percent_of(body.get("percent"))
    if percent is None:
        faults.append(Fault("/percent", "not_a_number", "percent must be a number from −90 to 200."))
    if faults or percent is None:
        raise Faults(faults)
    return PercentRule(body.get("price_list", ""), percent, body.get("category", ""))


def percent_of(raw: Any) -> Decimal | None:
    """A percentage from −90 to 200 with a sign, ASCII digits and at most two decimals; else None."""
    text = str(raw if raw is not None else "").strip().replace("\u2212", "-").removesuffix("%").strip()
    digits = text.lstrip("+-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit()) or len(text) > 8 or len(text) - len(text.lstrip("+-")) > 1:
        return None
    percent = Decimal(text)
    return percent if -90 <= percent <= 200 else None


def simulation_item(found: Simulation) -> dict[str, Any]:
    """The answer of REST: amounts by the currency's minor unit."""

    def rows(groups: Mapping[Any, Outcome]) -> list[dict[str, str]]:
        return [{"name": str(name), **outcome_item(one, found.currency)} for name, one in groups.items()]

    return {
        "days": found.days,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "currency": found.currency,
        "products": found.products,
        "estimated": found.estimated,
        "untold": dict(found.untold),
        "skipped": dict(found.skipped),
        "method": SOURCE,
        "total": outcome_item(found.total, found.currency),
        "categories": rows(found.categories),
        "regions": rows(found.regions),
        "weeks": rows(found.weeks),
        "estimates": [_estimate(sku, one) for sku, one in sorted(found.estimates.items())],
    }


def outcome_item(one: Outcome, currency: str) -> dict[str, str]:
    """Every figure as text."""
    return {
        name: f"{value.quantize(Decimal('0.001')).normalize():f}"
        if name.endswith("units")
        else f"{round_money(value, currency):f}"
        for name, value in vars(one).items()
    }


def _estimate(sku: str, one: Elasticity) -> dict[str, Any]:
    def text(value: float | None) -> str | None:
        return None if value is None else f"{value:.2f}"

    return {
        "sku": sku,
        "elasticity": text(one.value),
        "low": text(one.low),
        "high": text(one.high),
        "weeks": one.weeks,
        "problem": one.problem or None,
    }
