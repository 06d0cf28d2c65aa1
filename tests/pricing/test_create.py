"""Drafts: every fault at once, in words, by line; lines put and removed."""

from datetime import timedelta

import pytest

from audit.models import Event
from lib import clock
from lib.faults import Faults
from pricing.actions.price_changes import LineDraft, evaluate_change, put_lines, remove_lines
from pricing.models import PriceChange
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, amount

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A")
    a_product("B")
    return made


def refused(house: House, *lines: tuple[object, ...], **fields: object) -> list[tuple[str, str]]:
    with pytest.raises(Faults) as caught:
        a_draft(house.clerk, *lines, **fields)
    assert caught.value.status == 422
    assert not PriceChange.objects.exists()
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_a_draft_is_made_with_its_lines_and_an_event(house: House):
    change = a_draft(house.clerk, ("BASE", "A", "10.00"), ("BASE", "B", "5.00", "10"))
    assert (change.state, change.line_count, change.prepared_by_id) == ("draft", 2, house.clerk.id)
    event = Event.objects.get(kind="price_change.created")
    assert (event.subject, event.actor_id) == (f"price_change:{change.pk}", house.clerk.id)


def test_every_fault_is_told_at_once(house: House):
    found = refused(
        house,
        ("BASE", "NOPE", "10.00"),
        ("NOLIST", "A", "x"),
        ("BASE", "A", "1.005"),
        ("BASE", "B", "5", "0"),
        title=" ",
        reason_code="whim",
        effective_from="2026-01-01T00:00:00",
    )
    assert found == [
        ("/title", "blank"),
        ("/reason_code", "unknown_reason_code"),
        ("/effective_from", "no_offset"),
        ("/lines/0/sku", "unknown_sku"),
        ("/lines/1/price_list", "unknown_price_list"),
        ("/lines/1/amount", "not_a_number"),
        ("/lines/2/amount", "too_precise"),
        ("/lines/3/min_quantity", "not_above_zero"),
    ]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("1e400", "not_a_number"),
        (float("inf"), "not_a_number"),
        ("１２.５０", "not_a_number"),
        ("1 000", "not_a_number"),
        ("12,50", "not_a_number"),
        ("4.9O", "not_a_number"),
        (True, "not_a_number"),
        ("=1+1", "not_a_number"),
        ("-1", "negative"),
        ("0.001", "too_precise"),
        ("123456789012345", "too_large"),
    ],
)
def test_an_amount_that_is_none_is_refused_with_a_sentence(house: House, raw: object, code: str):
    with pytest.raises(Faults) as caught:
        a_draft(house.clerk, ("BASE", "A", raw))
    fault = caught.value.faults[0]
    assert (fault.pointer, fault.code) == ("/lines/0/amount", code)
    assert fault.detail.startswith("amount ")


def test_the_currencys_minor_unit_counts(house: House):
    a_list("JP", currency="JPY", priority=1)
    assert refused(house, ("JP", "A", "100.5")) == [("/lines/0/amount", "too_precise")]


def test_a_doubled_line_is_refused(house: House):
    assert refused(house, ("BASE", "A", "10"), ("BASE", "A", "11")) == [("/lines/1", "duplicate_line")]
    assert a_draft(house.clerk, ("BASE", "A", "10"), ("BASE", "A", "9", "10")).line_count == 2


def test_effective_times_in_the_past_are_refused(house: House):
    past = clock.now() - timedelta(minutes=2)
    line = ("BASE", "A", "10.00")
    assert refused(house, line, effective_from=past.isoformat()) == [("/effective_from", "effective_in_past")]
    assert refused(house, line, effective_until=past.isoformat()) == [
        ("/effective_until", "ends_before_it_begins")
    ]
    assert a_draft(house.clerk, line, effective_from=clock.now().isoformat()).effective_from is not None


def test_a_list_of_a_place_outside_ones_scope_is_unknown(house: House):
    from catalog.models import Scope

    a_list("S-BER", kind="site", site=house.berlin, currency="EUR")
    Scope.objects.filter(user_id=house.clerk.id).update(region=house.london.region)
    assert refused(house, ("S-BER", "A", "10.00")) == [("/lines/0/price_list", "unknown_price_list")]


def test_a_paste_takes_the_good_cells_and_returns_the_others(house: House):
    draft = a_draft(house.clerk)
    lines = [LineDraft("BASE", "A", "10.10"), LineDraft("BASE", "B", "n/a")]
    put = put_lines(actor=house.clerk, change_id=draft.pk, lines=lines, partial=True)
    assert (put.taken, [fault.pointer for fault in put.faults]) == (1, ["/lines/1/amount"])
    assert put.change.line_count == 1
    with pytest.raises(Faults):
        put_lines(actor=house.clerk, change_id=draft.pk, lines=lines)


def test_putting_a_line_again_overwrites_it(house: House):
    draft = a_draft(house.clerk, ("BASE", "A", "10.00"))
    put_lines(actor=house.clerk, change_id=draft.pk, lines=[LineDraft("BASE", "A", "10.40")])
    change = evaluate_change(actor=house.clerk, change_id=draft.pk)
    assert (change.lines.get().amount, change.edition, change.line_count) == (amount("10.4"), 2, 1)


def test_lines_can_be_taken_out(house: House):
    draft = a_draft(house.clerk, ("BASE", "A", "10.00"), ("BASE", "B", "5.00"))
    assert (
        remove_lines(actor=house.clerk, change_id=draft.pk, keys=[("BASE", "A", "1"), ("BASE", "NOPE", "1")])
        == 1
    )
    assert PriceChange.objects.get().line_count == 1
