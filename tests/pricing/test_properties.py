"""Laws: the timeline never overlaps, a roll-back restores, the resolver equals the naive one."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricing.rules.derivation import band_of, clamped, ended_within, rounded_within
from pricing.rules.naive import naive_price
from pricing.rules.resolution import (
    ListFacts,
    Place,
    Plan,
    Question,
    Rate,
    Row,
    are_rivals,
    packed,
    plan_for,
    resolve,
    scopes_overlap,
)
from pricing.rules.timelines import Segment, lay, overlap, restoring

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def at(hour: int) -> datetime:
    return DAY + timedelta(hours=hour)


@st.composite
def segments(draw: st.DrawFn, with_gaps: bool = True) -> Segment:
    start = draw(st.integers(0, 40))
    length = draw(st.one_of(st.none(), st.integers(1, 20)))
    amount = draw(st.integers(1, 9).map(Decimal))
    ended = with_gaps and draw(st.integers(0, 5)) == 0
    return Segment(
        at(start), None if length is None else at(start + length), None if ended else amount, start
    )


def laid_in_turn(parts: list[Segment]) -> list[Segment]:
    timeline: list[Segment] = []
    for part in parts:
        timeline = lay(timeline, [part])
    return timeline


def amount_at(timeline: list[Segment], moment: datetime) -> Decimal | None:
    found = [s for s in timeline if s.start <= moment and (s.end is None or moment < s.end)]
    assert len(found) <= 1
    return found[0].amount if found else None


@given(st.lists(segments(), max_size=8))
def test_a_timeline_never_overlaps_itself(parts: list[Segment]):
    timeline = laid_in_turn(parts)
    assert not any(overlap(a, b) for i, a in enumerate(timeline) for b in timeline[i + 1 :])
    for hour in range(62):
        newest = next(
            (p for p in reversed(parts) if p.start <= at(hour) and (p.end is None or at(hour) < p.end)), None
        )
        assert amount_at(timeline, at(hour)) == (newest.amount if newest else None)


@given(st.lists(segments(), max_size=6), segments())
def test_laying_what_restores_brings_back_what_was(parts: list[Segment], change: Segment):
    before = laid_in_turn(parts)
    after = lay(before, [change])
    back = lay(after, restoring(before, [change]))
    for hour in range(62):
        assert amount_at(back, at(hour)) == amount_at(before, at(hour))


# -- resolver = naive resolver ---------------------------------------------------------------------------------------

KINDS = ["promotion", "site", "channel", "region", "base"]


@st.composite
def books(draw: st.DrawFn) -> dict[int, ListFacts]:
    book: dict[int, ListFacts] = {}
    for pk in range(1, draw(st.integers(1, 7)) + 1):
        kind = draw(st.sampled_from(KINDS))
        parent = draw(st.one_of(st.none(), st.sampled_from(sorted(book)))) if book else None
        book[pk] = ListFacts(
            pk, f"L{pk}", f"L{pk}", draw(st.sampled_from(["GBP", "EUR"])), kind, parent,
            region_id=draw(st.sampled_from([1, 2])) if kind == "region" else None,
            channel_id=draw(st.sampled_from([1, 2])) if kind == "channel" else None,
            site_id=draw(st.sampled_from([1, 2])) if kind == "site" else None,
            priority=pk,
            float_fraction=draw(st.sampled_from([None, Decimal("0.1"), Decimal("-0.07")])) if parent else None,
            ends_in=draw(st.sampled_from([None, Decimal("0.99"), Decimal("0.5")])) if parent else None,
            tax_included=draw(st.booleans()), exclusive=draw(st.booleans()),
            customer_group_id=draw(st.sampled_from([None, None, 1, 2])),
            float_amount=draw(st.sampled_from([None, Decimal("0.30"), Decimal("-2")])) if parent else None,
            floor_fraction=draw(st.sampled_from([None, Decimal("-0.1"), Decimal("0.013")])) if parent else None,
            ceiling_fraction=draw(st.sampled_from([None, Decimal("0.013"), Decimal("0.25")])) if parent else None,
        )  # fmt: skip
    return book


rows = st.dictionaries(
    st.integers(1, 7),
    st.lists(
        st.builds(
            Row,
            st.sampled_from([1, 5, 10]).map(Decimal),
            st.integers(1, 3000).map(lambda n: Decimal(n) / 100),
            st.integers(1, 9),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda row: row.min_quantity,
    ),
)
RATE = {("GBP", "EUR"): Decimal("1.15"), ("EUR", "GBP"): Decimal("0.87")}


def rates(base: str, quote: str) -> Rate:
    return Rate(RATE[base, quote])


@given(
    st.integers(1, 90_000).map(lambda n: Decimal(n) / 1000),
    st.sampled_from([None, "-0.3", "0"]),
    st.sampled_from([None, "0", "0.02"]),
    st.sampled_from([None, "0.99", "9.9", "0"]),
    st.sampled_from(["GBP", "JPY"]),
)
def test_a_derived_price_stays_in_its_band(parent, low, high, ends_in, currency):
    """An ending or a rounding never steps outside, unless no whole minor unit lies inside."""
    number = {
        name: text and Decimal(text) for name, text in (("low", low), ("high", high), ("ends", ends_in))
    }
    band = band_of(parent, number["low"], number["high"])
    amount = clamped(parent * Decimal("0.8") + 1, band)
    if number["ends"] is not None:
        amount = ended_within(amount, number["ends"], band)
    assert band.holds(amount)
    rounded = rounded_within(amount, currency, band)
    unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
    inside = [n for n in (amount // unit * unit, -(-amount // unit) * unit) if band.holds(n)]
    assert band.holds(rounded) if inside else abs(rounded - amount) < unit


@given(
    books(),
    rows,
    st.sampled_from([1, 2]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([1, 4, 7, 20]),
    st.sampled_from(["GBP", "EUR"]),
    st.sampled_from([None, 1, 3]),
)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_the_resolver_equals_the_naive_one(book, rows, region, channel, quantity, currency, group):
    place = Place(1, region, channel, group)
    question = Question(Decimal(quantity), currency, Decimal("0.2"))
    rows = {pk: found for pk, found in rows.items() if pk in book}
    found = resolve(plan_for(book, place), rows, question, rates)
    assert (found and (found.facts.code, found.amount)) == naive_price(book, place, rows, question, rates)
    if found is not None:
        assert found.steps[-1].amount_to == found.amount
        chain = found.steps
        assert all(
            a.amount_to == b.amount_from or b.amount_from is None
            for a, b in zip(chain, chain[1:], strict=False)
        )


@given(
    st.integers(0, 900_000).map(lambda n: Decimal(n) / 100),
    st.sampled_from(["1.5", "6", "12", "0.25"]).map(Decimal),
    st.sampled_from(["0", "0.07", "0.2"]).map(Decimal),
    st.booleans(),
)
def test_a_pack_is_its_units_with_tax_on_the_whole(amount, factor, tax, tax_included):
    facts = ListFacts(1, "A", "A", "GBP", "base", tax_included=tax_included)
    question = Question(factor, "GBP", tax)
    one = resolve(plan_for({1: facts}, Place(1, 1, None)), {1: [Row(Decimal(1), amount, 1)]}, question, rates)
    pack = packed(one, factor, question, "box")
    listed = pack.amount if tax_included or not tax else pack.net
    assert listed == (amount * factor).quantize(Decimal("0.01"), ROUND_HALF_UP)
    counted = pack.net + (pack.net * tax).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert abs(counted - pack.amount) <= Decimal("0.01") and pack.steps[-1].amount_to == pack.amount


def test_plans_share_their_book():
    facts = ListFacts(1, "A", "A", "GBP", "base")
    assert plan_for({1: facts}, Place(1, 1, None)) == Plan({1: facts}, (), (facts,))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, {}, True),
        ({"region_id": 1}, {"region_id": 2}, False),
        ({"region_id": 1}, {"channel_id": 2}, True),
        ({"site_id": 1}, {"region_id": 1}, True),
        ({"site_id": 1}, {"region_id": 2}, False),
        ({"site_id": 1}, {"site_id": 2}, False),
        ({"customer_group_id": 1}, {"customer_group_id": 2}, False),
        ({"customer_group_id": 1}, {}, True),
    ],
)
def test_scopes_overlap_where_a_place_lies_in_both(one: dict, other: dict, expected: bool):
    a, b = ListFacts(1, "A", "A", "GBP", "base", **one), ListFacts(2, "B", "B", "GBP", "base", **other)
    assert scopes_overlap(a, b, {1: 1, 2: 2}) is expected is scopes_overlap(b, a, {1: 1, 2: 2})


def test_a_list_for_a_group_is_no_rival_of_one_for_all():
    """The group's list is asked first, whatever the priorities say."""
    group, everyone = (
        ListFacts(1, "A", "A", "GBP", "base", customer_group_id=7),
        ListFacts(2, "B", "B", "GBP", "base"),
    )
    assert not are_rivals(group, everyone, {})
    assert are_rivals(everyone, ListFacts(3, "C", "C", "GBP", "base"), {})
    plan = plan_for({1: group, 2: everyone}, Place(1, 1, None, 7))
    assert [one.code for one in plan.regulars] == ["A", "B"]
    assert plan_for({1: group, 2: everyone}, Place(1, 1, None)).regulars == (everyone,)
