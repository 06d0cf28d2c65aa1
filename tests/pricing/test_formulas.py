"""Formulas of the grid, worked out exactly."""

from decimal import Decimal

import pytest

from pricing.rules.formulas import BadFormula, MarginFacts, NoMargin, apply_formula, margin_of, read_formula
from pricing.rules.margins import Load

D = Decimal
FACTS = MarginFacts(D("5.00"), (Load(D("0.20"), D(0)), Load(D("0.20"), D("0.10"))))


@pytest.mark.parametrize(
    ("text", "amount", "expected"),
    [
        ("+3 %", "12.75", "13.13"),
        ("3%", "12.75", "13.13"),
        ("−2.5 %", "10.00", "9.75"),
        ("-0.50", "12.75", "12.25"),
        ("+.05", "12.75", "12.80"),
        ("=13.25", "1.00", "13.25"),
        (".99", "12.75", "12.99"),
        ("end in .99", "12.49", "12.99"),
        ("尾数 .9", "12.75", "12.90"),
        ("+3 % .99", "12.75", "12.99"),
        ("+10 % end in .95", "10.00", "10.95"),
    ],
)
def test_formula_on_an_amount(text: str, amount: str, expected: str) -> None:
    assert apply_formula(read_formula(text), D(amount), "GBP", FACTS) == D(expected)


def test_yen_have_no_decimals() -> None:
    assert apply_formula(read_formula("+3 %"), D(100), "JPY", FACTS) == D(103)


def test_margin_is_reached_under_the_worst_load() -> None:
    amount = apply_formula(read_formula("to margin 35 %"), D(10), "GBP", FACTS)
    margin = margin_of(amount, FACTS)
    assert amount == D("10.91")  # 5.00 / (1 − 0.10 − 0.35) × 1.20 = 10.9090…, rounded up
    assert margin is not None
    assert D("0.35") <= margin < D("0.351")


@pytest.mark.parametrize("text", ["", "abc", "+", "%", "12.50", "=x", "m", "+3 % of 10", "1/0"])
def test_what_is_no_formula(text: str) -> None:
    with pytest.raises(BadFormula):
        read_formula(text)


@pytest.mark.parametrize("facts", [MarginFacts(None), MarginFacts(D(5), (Load(D(0), D("0.7")),))])
def test_margin_out_of_reach(facts: MarginFacts) -> None:
    with pytest.raises(NoMargin):
        apply_formula(read_formula("m 35"), D(10), "GBP", facts)
