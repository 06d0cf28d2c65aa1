"""Buffers, shares and presale: the promises of all channels together never exceed what there is."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.rules.availability import PIECE, WEIGHED, Claim, Terms, ToCome, promises

D = Decimal
FIRST, SECOND = date(2026, 12, 1), date(2026, 12, 20)


def promised(available: str, terms: Terms, *coming: tuple[str, date]) -> tuple[str, str, str, date | None]:
    orders = [ToCome(D(quantity), on) for quantity, on in coming]
    (found,) = promises(D(available), orders, [Claim("WEB", terms)])
    return str(found.from_stock), str(found.presale), found.limit, found.expected_on


@pytest.mark.parametrize(
    ("available", "terms", "expected"),
    [
        ("10", Terms(), ("10", "available")),
        ("-3", Terms(), ("0", "available")),
        ("10", Terms(buffer_pieces=D(3)), ("7", "buffer")),
        ("10", Terms(buffer_fraction=D("0.25")), ("7", "buffer")),
        ("10", Terms(buffer_pieces=D(1), buffer_fraction=D("0.25")), ("6", "buffer")),
        ("10", Terms(buffer_pieces=D(30)), ("0", "buffer")),
        ("10", Terms(share_fraction=D("0.45")), ("4", "share")),
        ("10", Terms(cap=D(6)), ("6", "cap")),
        ("10", Terms(cap=D("6.5")), ("6", "cap")),
        ("10", Terms(minimum=D(11)), ("0", "minimum")),
        ("10", Terms(minimum=D(10)), ("10", "available")),
    ],
)
def test_one_channel(available: str, terms: Terms, expected: tuple[str, str]) -> None:
    from_stock, presale, limit, _expected_on = promised(available, terms)
    assert (D(from_stock), presale, limit) == (D(expected[0]), "0", expected[1])


def test_presale_takes_its_part_of_each_order_until_a_day() -> None:
    coming = (("40", SECOND), ("15", FIRST))
    half = Terms(presale_fraction=D("0.5"))
    assert promised("2", half, *coming) == ("2", "27", "available", SECOND)
    until = Terms(presale_fraction=D("0.5"), presale_until=FIRST)
    assert promised("2", until, *coming) == ("2", "7", "available", FIRST)
    assert promised("2", Terms(), *coming) == ("2", "0", "available", None)


def test_a_cap_holds_for_stock_and_presale_together() -> None:
    terms = Terms(presale_fraction=D(1), cap=D(5))
    assert promised("2", terms, ("40", SECOND), ("2", FIRST)) == ("2", "3", "available", SECOND)


def test_channels_are_served_by_priority_and_the_buffer_stays() -> None:
    first = Claim("MARKET", Terms(priority=1, share_fraction=D("0.6")))
    second = Claim("WEB", Terms(priority=2, buffer_pieces=D(3)))
    market, web = promises(D(20), [], [second, first])
    assert (market.channel, market.from_stock, market.limit) == ("MARKET", D(12), "share")
    assert (web.from_stock, web.kept_back, web.limit) == (D(5), D(3), "others")


def test_what_is_below_a_minimum_is_left_for_the_next() -> None:
    first = Claim("MARKET", Terms(priority=1, minimum=D(50)))
    market, web = promises(D(20), [ToCome(D(10), FIRST)], [first, Claim("WEB", Terms(presale_fraction=D(1)))])
    assert (market.quantity, market.limit, web.from_stock, web.presale) == (D(0), "minimum", D(20), D(10))


fraction = st.decimals(0, 1, places=2)
amount = st.decimals(0, 200, places=3)
any_terms = st.builds(
    Terms,
    buffer_pieces=amount,
    buffer_fraction=fraction,
    share_fraction=st.none() | fraction,
    cap=st.none() | amount,
    minimum=amount,
    priority=st.integers(1, 3),
    presale_fraction=fraction,
    presale_until=st.none() | st.just(FIRST),
)
claims = st.lists(any_terms, min_size=1, max_size=5).map(
    lambda several: [Claim(f"C{number}", terms) for number, terms in enumerate(several)]
)
orders = st.lists(
    st.builds(ToCome, quantity=amount, expected_on=st.sampled_from([FIRST, SECOND])), max_size=4
)


@given(st.decimals(-50, 500, places=3), orders, claims, st.sampled_from([PIECE, WEIGHED]))
def test_the_sum_never_exceeds_what_there_is(
    available: Decimal, coming: list[ToCome], several: list[Claim], step: Decimal
) -> None:
    found = promises(available, coming, several, step)
    assert sum(one.from_stock for one in found) <= max(available, D(0))
    assert sum(one.presale for one in found) <= sum(order.quantity for order in coming)
    assert len(found) == len(several)


@given(st.decimals(-50, 500, places=3), orders, claims, st.sampled_from([PIECE, WEIGHED]))
def test_each_promise_keeps_its_own_terms(
    available: Decimal, coming: list[ToCome], several: list[Claim], step: Decimal
) -> None:
    terms_of = {claim.channel: claim.terms for claim in several}
    for one in promises(available, coming, several, step):
        terms = terms_of[one.channel]
        assert one.from_stock >= 0 and one.presale >= 0 and one.quantity % step == 0
        assert terms.cap is None or one.quantity <= terms.cap
        assert one.quantity == 0 or one.quantity >= terms.minimum
        assert one.from_stock <= max(D(0), available - terms.buffer_pieces)
        assert (one.expected_on is None) == (one.presale == 0)


@given(st.decimals(0, 500, places=3), claims)
def test_more_stock_never_means_less_for_the_first(available: Decimal, several: list[Claim]) -> None:
    alone = [claim for claim in several if claim.terms.priority == min(c.terms.priority for c in several)][:1]
    (less,) = promises(available, [], alone, WEIGHED)
    (more,) = promises(available + 1, [], alone, WEIGHED)
    assert more.from_stock >= less.from_stock
