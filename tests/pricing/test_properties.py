"""Laws: the timeline never overlaps, a roll-back restores, the resolver equals the naive one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.money import round_money
from pricing.rules.resolution import (
    ListFacts,
    Place,
    Plan,
    Question,
    Rate,
    Row,
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


def naive_list(
    book: dict[int, ListFacts], pk: int, rows: dict[int, list[Row]], quantity: Decimal
) -> Decimal | None:
    fitting = [row for row in rows.get(pk, []) if row.min_quantity <= quantity]
    if fitting:
        return max(fitting, key=lambda row: row.min_quantity).amount
    facts = book[pk]
    if facts.parent_id is None:
        return None
    amount = naive_list(book, facts.parent_id, rows, quantity)
    if amount is None:
        return None
    amount *= RATE.get((book[facts.parent_id].currency, facts.currency), Decimal(1))
    amount *= 1 + (facts.float_fraction or 0)
    if facts.ends_in is not None:
        whole = int(amount)
        near = [Decimal(n) + facts.ends_in for n in range(max(whole - 2, 0), whole + 3)]
        amount = min((n for n in near if n > 0), key=lambda n: (abs(n - amount), -n))
    return round_money(amount, facts.currency)


def naive(
    book: dict[int, ListFacts], place: Place, rows: dict[int, list[Row]], question: Question
) -> tuple[str, Decimal] | None:
    """Every list priced, then sorted: no short cuts."""
    priced = []
    for facts in book.values():
        if facts.region_id not in (None, place.region_id) or facts.site_id not in (None, place.site_id):
            continue
        if facts.channel_id not in (None, place.channel_id):
            continue
        amount = naive_list(book, facts.id, rows, question.quantity)
        if amount is None:
            continue
        if facts.currency != question.currency:
            amount = round_money(amount * RATE[facts.currency, question.currency], question.currency)
        if not facts.tax_included:
            amount += round_money(amount * question.tax_fraction, question.currency)
        priced.append((KINDS.index(facts.kind), -facts.priority, facts, amount))
    priced.sort(key=lambda row: row[:2])
    regular = next((row for row in priced if row[2].kind != "promotion"), None)
    for row in priced:
        if row[2].kind != "promotion" or row[2].exclusive or regular is None or row[3] <= regular[3]:
            return row[2].code, row[3]
    return None


@given(
    books(),
    rows,
    st.sampled_from([1, 2]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([1, 4, 7, 20]),
    st.sampled_from(["GBP", "EUR"]),
)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_the_resolver_equals_the_naive_one(book, rows, region, channel, quantity, currency):
    place = Place(1, region, channel)
    question = Question(Decimal(quantity), currency, Decimal("0.2"))
    rows = {pk: found for pk, found in rows.items() if pk in book}
    found = resolve(plan_for(book, place), rows, question, lambda a, b: Rate(RATE[a, b]))
    assert (found and (found.facts.code, found.amount)) == naive(book, place, rows, question)
    if found is not None:
        assert found.steps[-1].amount_to == found.amount
        chain = found.steps
        assert all(
            a.amount_to == b.amount_from or b.amount_from is None
            for a, b in zip(chain, chain[1:], strict=False)
        )


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
    ],
)
def test_scopes_overlap_where_a_place_lies_in_both(one: dict, other: dict, expected: bool):
    a, b = ListFacts(1, "A", "A", "GBP", "base", **one), ListFacts(2, "B", "B", "GBP", "base", **other)
    assert scopes_overlap(a, b, {1: 1, 2: 2}) is expected is scopes_overlap(b, a, {1: 1, 2: 2})
