"""The published worked examples whose policy is ours; those that are not, with the reason."""

from decimal import Decimal

import pytest

from lib.money import round_money
from pricing.rules.derivation import derived_amount, ended
from pricing.rules.resolution import Row, tier

ROUNDED = [
    ("half-up-1", "2.674", "GBP", "2.67"),
    ("half-up-3", "-2.675", "GBP", "-2.68"),
    ("half-up-5", "0.005", "GBP", "0.01"),
    ("half-up-7", "2.6745", "KWD", "2.675"),
    ("half-up-9", "2.6744", "KWD", "2.674"),
    ("half-up-11", "457.4554", "KWD", "457.455"),
    ("currency-1", "133.62", "JPY", "134"),
    ("currency-3", "1.3388", "EUR", "1.34"),
]
STEP = "cash rounding to a step: amounts are kept to the minor unit, tills round cash"
UP = "rounding away from zero: the house knows one rounding, half away from zero"
BY_CATEGORY = "prices by category: a change over a category writes one line per product"
DISCOUNTS = "discount rules by product, group or customer: lists carry prices, not rules"
PACKS = "prices per pack: min_quantity counts base units"
#: Examples whose policy is not ours. (tryton-pl-3 and -7, tryton-date-start, odoo-before-window: test_quote;
#: odoo-cycle-2: test_price_lists.)
NOT_OURS = {
    "unit-2": STEP,
    "unit-4": STEP,
    "ending-6": STEP,
    "up-1": UP,
    "up-3": UP,
    "up-5": UP,
    "ending-4": "44.99 lies as near to 39.99 as to 49.99; the contract takes the upper one",
    "tryton-pl-cat-1": BY_CATEGORY,
    "tryton-pl-cat-3": BY_CATEGORY,
    "odoo-cat-min": BY_CATEGORY,
    "tryton-pl-cost-5": "prices computed from cost at read time: a formula fills lines, the price is stored",
    "odoo-surcharge": DISCOUNTS,
    "erp-spec-2": DISCOUNTS,
    "erp-spec-4": DISCOUNTS,
    "erp-spec-6": DISCOUNTS,
    "erp-variant-2": DISCOUNTS,
    "odoo-uom-1": PACKS,
    "odoo-uom-3": PACKS,
    "odoo-uom-5": PACKS,
    "erp-stockqty-2": PACKS,
    "odoo-supplier-tier": "what suppliers ask is a cost, not a price",
}


@pytest.mark.parametrize(("name", "raw", "currency", "expected"), ROUNDED, ids=[row[0] for row in ROUNDED])
def test_rounding_is_half_away_from_zero_to_the_minor_unit(name: str, raw: str, currency: str, expected: str):
    assert round_money(Decimal(raw), currency) == Decimal(expected)


def test_ending_2_takes_the_nearest_price_with_the_ending():
    assert derived_amount(Decimal("47.30"), Decimal(1), Decimal("-0.1"), Decimal("9.99"), "EUR") == Decimal(
        "39.99"
    )


@pytest.mark.parametrize(
    ("raw", "ends_in", "expected"),
    [
        ("12.40", "0.99", "11.99"),
        ("12.49", "0.99", "12.99"),
        ("12.48", "0.99", "11.99"),
        ("0.10", "0.99", "0.99"),
        ("0.00", "0", "1"),
        ("44.99", "9.99", "49.99"),
        ("44.98", "9.99", "39.99"),
        ("7.20", "0.50", "7.50"),
        ("1.00", "0.05", "1.05"),
    ],
)
def test_an_ending_is_the_nearest_above_zero_ties_upwards(raw: str, ends_in: str, expected: str):
    assert ended(Decimal(raw), Decimal(ends_in)) == Decimal(expected)


@pytest.mark.parametrize(("quantity", "expected"), [("1", 10), ("-10", 9), ("10", 9), ("9.9", 10)])
def test_tryton_pl_1_and_5_a_break_counts_for_returns_too(quantity: str, expected: int):
    rows = [Row(Decimal(1), Decimal(10), 1), Row(Decimal(10), Decimal(9), 1)]
    found = tier(rows, Decimal(quantity))
    assert found is not None and found.amount == expected


def test_what_is_not_ours_is_not_tested_as_ours():
    assert not NOT_OURS.keys() & {row[0] for row in ROUNDED}
    assert ended(Decimal("44.99"), Decimal("9.99")) != Decimal("39.99")
