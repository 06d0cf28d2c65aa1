"""The worst case of the price to pay: exact, and equal to trying every combination."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pricing.rules.rehearsal import Offer, Sold, earned_with, taken_off, worst_case
from pricing.rules.stacking import Stack

D = Decimal
SOLD = Sold(D("12.00"), D("0.20"), D("0.10"), "GBP")

money = st.decimals("0.01", "200", places=2)
share = st.decimals("0", "1", places=2)


@st.composite
def offers(draw: st.DrawFn) -> list[Offer]:
    return [
        Offer(
            f"O{place}",
            f"Offer {place}",
            fraction=draw(share) if (by_fraction := draw(st.booleans())) else None,
            amount=None if by_fraction else draw(money),
            threshold=draw(st.none() | money),
            cap=draw(st.none() | money),
            own_fraction=draw(share),
            stacking_group=draw(st.sampled_from(["", "", "a", "b"])),
            is_exclusive=draw(st.integers(0, 3)) == 0,
            currency=draw(st.sampled_from(["", "", "GBP", "EUR"])),
        )
        for place in range(draw(st.integers(0, 6)))
    ]


def may_meet(taken: tuple[Offer, ...]) -> bool:
    groups = [one.stacking_group for one in taken if one.stacking_group]
    return len(set(groups)) == len(groups) and (len(taken) < 2 or not any(one.is_exclusive for one in taken))


@given(offers(), money, share, share)
def test_it_equals_trying_every_combination(
    given_offers: list[Offer], gross: Decimal, tax: Decimal, commission: Decimal
) -> None:
    sold = Sold(gross, tax, commission, "GBP")
    tried = [
        earned_with(sold, taken, ()).earned
        for count in range(len(given_offers) + 1)
        for taken in combinations([one for one in given_offers if one.currency != "EUR"], count)
        if may_meet(taken)
    ]
    found = worst_case(sold, given_offers)
    assert found.earned == min(tried)
    assert may_meet(tuple(one for one in given_offers if one.code in found.taken))


@given(
    offers(),
    st.lists(money, max_size=2),
    st.lists(st.decimals("-1", "300", places=4), min_size=1),
    share,
    share,
)
def test_prepared_once_it_says_the_same_of_every_price(
    given_offers: list[Offer],
    subsidies: list[Decimal],
    prices: list[Decimal],
    tax: Decimal,
    commission: Decimal,
) -> None:
    paid = [Offer(f"S{n}", "S", amount=one, is_subsidy=True) for n, one in enumerate(subsidies)]
    stack = Stack([*given_offers, *paid], tax, commission, "GBP")
    for price in prices:
        plain = worst_case(Sold(price, tax, commission, "GBP"), [*given_offers, *paid])
        found = stack.stacked(price)
        assert (found is not None) == bool(plain.taken)
        if found is not None:
            assert stack.worst(price, found) == plain


def test_the_figures_of_three_that_meet() -> None:
    """12.00 with 20 % coupon, 10 off 60 and 5 % for members: 12 − 2.40 − 2.00 − 0.60 = 7.00 → net 5.8333, less 10 %."""
    found = worst_case(
        SOLD,
        [
            Offer("C", "Coupon", fraction=D("0.20")),
            Offer("T", "10 off 60", amount=D(10), threshold=D(60)),
            Offer("M", "Member", fraction=D("0.05")),
        ],
    )
    assert (found.to_pay, found.earned) == (7, Fraction(7) / Fraction("1.2") * Fraction("0.9"))


def test_of_a_group_one_and_the_exclusive_alone() -> None:
    grouped = [
        Offer("A", "A", amount=D(2), stacking_group="g"),
        Offer("B", "B", amount=D(3), stacking_group="g"),
    ]
    assert worst_case(SOLD, grouped).taken == ("B",)
    assert worst_case(SOLD, [*grouped, Offer("X", "X", amount=D(4), is_exclusive=True)]).taken == ("X",)
    assert worst_case(SOLD, [*grouped, Offer("X", "X", amount=D("2.5"), is_exclusive=True)]).taken == ("B",)


def test_shares_of_others_do_not_cost_and_subsidies_add() -> None:
    plain = worst_case(SOLD, []).earned
    assert plain == 9
    borne = worst_case(SOLD, [Offer("P", "P", amount=D(2), own_fraction=D("0.5"))])
    assert (borne.to_pay, borne.earned) == (10, Fraction(11) / Fraction("1.2") * Fraction("0.9"))
    assert worst_case(SOLD, [Offer("S", "S", amount=D(1), is_subsidy=True)]).earned == plain + 1


def test_caps_count_for_the_basket_and_another_currency_does_not_meet() -> None:
    assert taken_off(Offer("F", "F", fraction=D("0.5"), cap=D(3)), D(12)) == 3
    assert taken_off(Offer("F", "F", fraction=D("0.5"), cap=D(3), threshold=D(24)), D(12)) == Fraction(3, 2)
    assert taken_off(Offer("F", "F", amount=D(100)), D(12)) == 12
    assert worst_case(SOLD, [Offer("E", "E", amount=D(2), currency="EUR")]).taken == ()
