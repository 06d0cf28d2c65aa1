"""Quotes as the contract gives them."""

from decimal import Decimal
from typing import Any

from pricing.queries.price_changes import money_text
from pricing.queries.quotes import Quote
from pricing.rules.laws import Reference


def quote_rows(quotes: list[Quote]) -> list[dict[str, Any]]:
    """Quotes in their order; a failing line has only sku, site and error."""
    return [_row(quote) for quote in quotes]


def _row(quote: Quote) -> dict[str, Any]:
    if quote.error_code:
        return {
            "sku": quote.sku,
            "site": quote.site,
            "error": {"code": quote.error_code, "detail": quote.error_detail},
        }
    currency = quote.currency
    return {
        "sku": quote.sku,
        "site": quote.site,
        "amount": money_text(quote.amount, currency),
        "currency": currency,
        "unit": quote.unit,
        "recommended": quote.is_recommended,
        "net_amount": money_text(quote.net_amount, currency),
        "tax_amount": money_text(quote.tax_amount, currency),
        "unit_price": money_text(quote.unit_price, currency),
        "unit_price_unit": quote.unit_price_unit or None,
        "price_list": quote.price_list,
        "price_change": quote.price_change_id,
        "reference_amount": money_text(quote.reference_amount, currency),
        "reduction_fraction": None if quote.reduction_fraction is None else str(quote.reduction_fraction),
        "reference": reference_row(quote.reference, currency) if quote.reference else None,
        "steps": [
            {
                "rule": step.rule,
                "from": None if step.amount_from is None else _short(step.amount_from),
                "to": _short(step.amount_to),
                "source": step.source,
                "price_list": step.price_list,
                "price_change": step.price_change_id,
            }
            for step in quote.steps
        ],
    }


def reference_row(reference: Reference, currency: str) -> dict[str, Any]:
    """How the reference price was found, with the prices it was found among."""
    return {
        "found_by": reference.found_by,
        "days": reference.rule.days,
        "since": reference.since.isoformat(),
        "source": reference.rule.source,
        "source_on": reference.rule.source_on,
        "history": [
            {
                "from": stretch.begins.isoformat(),
                "until": stretch.ends.isoformat(),
                "amount": money_text(stretch.amount, currency),
                "is_reduction": stretch.is_reduction,
            }
            for stretch in reference.history
        ],
    }


def _short(amount: Decimal) -> str:
    """A step's amount: at least two digits after the sign, at most six."""
    text = format(round(amount, 6), "f").rstrip("0")
    whole, _point, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"
