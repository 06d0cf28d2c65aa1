"""What stock is worth with its age: published cases over the real posting path, groups, other days, scope."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from approvals.actions import decide
from approvals.models import ApprovalRequest
from catalog.models import Category, Site, Supplier
from inventory.actions.movements import reverse_movement
from inventory.actions.placing import place_approved
from inventory.actions.revaluations import RevaluationDraft, Wish, request_revaluation
from inventory.actions.valuation_decisions import apply_valuation_decisions
from inventory.queries.ageing import ValueAsked, ValueRow, stock_value, totals
from tests.inventory.builders import TESTER, held, line, make_product, make_site, post
from tests.inventory.transfer_builders import person

CASES = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parent / "oracles" / "reconciliation_ageing.json").read_text(encoding="utf8")
    )
}
#: Cases of counts, which are tests of counting, and why.
ELSEWHERE = {
    "count-backdated-chain": "a count compares with the book as of its own scan and posts a difference once; what comes"
    " later and is dated before it moves the difference, never an earlier balance (tests of counts)",
    "count-live": "a count that is open while goods come (tests of counts)",
}


def value(**asked: Any) -> list[ValueRow]:
    return stock_value(ValueAsked(**asked))


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00+00:00")


@pytest.fixture
def house(db: None) -> None:
    make_site("LON")
    make_site("YRK")
    make_product()


def come(day: str, quantity: str, site: str = "LON", cost: str = "1") -> Any:
    return post("receipt", line("A1", "supplier", site, quantity, unit_cost=cost), at=at(day))


def go(day: str, quantity: str, site: str = "LON") -> Any:
    return post("sale", line("A1", site, "customer", quantity), at=at(day))


def count(day: str, counted: int, site: str = "LON") -> None:
    """A count as it is posted: the difference, as an adjustment."""
    there = sum(row.quantity for row in value(site_ids=_ids(site)))
    ends = ("adjustment", site) if counted > there else (site, "adjustment")
    post(
        "adjustment", line("A1", *ends, str(abs(counted - there)), unit_cost="1"), at=at(day), reason="count"
    )


def _ids(site: str) -> list[int]:
    return [Site.objects.get(code=site).pk]


def test_published_layers_of_age(house: None) -> None:
    """age-1: 30, then 20, then 10 gone: 20 of each day are left, all of them young and worth 40."""
    for move in CASES["age-1"]["input"]["ledger"]:
        (come if move["qty"] > 0 else go)(move["date"], str(abs(move["qty"])))
    expected = CASES["age-1"]["expect"]
    day = date.fromisoformat(CASES["age-1"]["input"]["as_of"])
    (row,) = value(day=day)
    assert (row.quantity, row.values[0]) == (expected["qty"], expected["value_0_30"])
    assert _layers(date(2021, 12, 1)) == expected["layers_qty"]


def _layers(first: date) -> list[Decimal]:
    """Layers by what leaves the first bucket from one day to the next."""
    found = []
    for later in range(5):
        young = [value(day=first + timedelta(days=later + more))[0].quantities[0] for more in (30, 31)]
        if young[0] != young[1]:
            found.append(young[0] - young[1])
    return found


def test_a_published_count_upwards_is_a_layer_of_its_day(house: None) -> None:
    come("2021-12-01", "30")
    count("2021-12-02", 50)
    go("2021-12-03", "10")
    assert value()[0].quantity == CASES["age-count"]["expect"]["qty"]
    assert _layers(date(2021, 12, 1)) == CASES["age-count"]["expect"]["layers_qty"]


def test_a_published_count_in_one_site_leaves_the_other_alone(house: None) -> None:
    come("2021-12-01", "1000")
    come("2021-12-02", "400", "YRK")
    go("2021-12-03", "10")
    expected = CASES["age-two-wh"]["expect"]
    found = {row.key: row.quantity for row in value()}
    assert list(found.values()) == list(expected["by_warehouse"].values())
    assert sum(found.values()) == expected["qty_total"]


def test_a_published_repack_that_gives_back_less(house: None) -> None:
    (first, took, gave) = CASES["age-repack-less"]["input"]["ledger"]
    come(first[0], str(first[1]))
    post("issue", line("A1", "LON", "customer", str(-took[1])), at=at(took[0]))
    come(gave[0], str(gave[1]))
    expected = CASES["age-repack-less"]["expect"]
    assert value()[0].quantity == expected["qty"]
    assert _layers(date(2021, 12, 3)) == expected["layers_qty"]


def test_published_values_of_counts_with_a_rate(house: None) -> None:
    """count-values: a count corrects the quantity, its rate is a revaluation; the value is the sum of entries."""
    case = CASES["count-values"]
    for step, (counted, expected) in enumerate(
        zip(case["input"]["counts"], case["expect"]["stock_values"], strict=True)
    ):
        count(f"2021-12-0{step + 1}", counted["qty"])
        _approve_all()
        wish = Wish("LON", "A1", unit_cost=Decimal(counted["rate"]))
        draft = RevaluationDraft(f"R{step}", "rate of the count", (wish,))
        request_revaluation(actor=TESTER, draft=draft)
        _approve_all()
        assert held().pair_value == value()[0].value == expected


def _approve_all() -> None:
    for request in ApprovalRequest.objects.filter(state="pending"):
        decide(actor=person(f"f{request.pk}", "admin"), request_id=request.pk, approve=True)
    place_approved(actor=TESTER)
    apply_valuation_decisions(actor=TESTER)


def test_every_case_is_run_or_named() -> None:
    run = {"age-1", "age-count", "age-two-wh", "age-repack-less", "count-values"}
    assert run | set(ELSEWHERE) == set(CASES)


def test_buckets_begin_and_end_on_their_days(house: None) -> None:
    last = date(2026, 6, 30)
    for days in (0, 30, 31, 60, 61, 90, 91, 180, 181, 400):
        come((last - timedelta(days=days)).isoformat(), "1", cost="2")
    (row,) = value(day=last)
    assert row.quantities == (2, 2, 2, 2, 2)
    assert row.values == (4, 4, 4, 4, 4)
    assert row.oldest_share == Decimal("0.2")


def test_a_day_before_shows_what_was_there_then(house: None) -> None:
    come("2026-01-10", "10", cost="3")
    go("2026-02-10", "4")
    assert [(row.quantity, row.value) for row in value(day=date(2026, 2, 9))] == [(10, 30)]
    assert [(row.quantity, row.value) for row in value(day=date(2026, 2, 10))] == [(6, 18)]
    assert value(day=date(2026, 1, 9)) == []


def test_the_days_are_those_of_the_site(db: None) -> None:
    site = make_site("SHA")
    site.timezone = "Asia/Shanghai"
    site.save()
    make_product()
    post(
        "receipt",
        line("A1", "supplier", "SHA", "1", unit_cost="1"),
        at=datetime(2026, 3, 31, 20, tzinfo=UTC),
    )
    assert value(day=date(2026, 3, 31)) == []
    assert value(day=date(2026, 4, 1))[0].quantities[0] == 1


def test_what_was_taken_back_and_a_change_of_state_make_nothing_younger(house: None) -> None:
    come("2026-01-01", "10")
    sold = go("2026-06-01", "4")
    reverse_movement(actor=TESTER, movement_id=sold.pk, reason="wrong")
    post("transfer", line("A1", "LON", "LON", "3", to_state="blocked"), at=at("2026-06-02"))
    (row,) = value(day=date(2026, 11, 24))
    assert (row.quantity, row.quantities) == (10, (0, 0, 0, 0, 10))


def test_groups_filters_and_totals(house: None) -> None:
    make_site("PAR", "EUR", "eu")
    top = Category.objects.create(path="Toys", name="Toys")
    make_product("B2", category=Category.objects.create(path="Toys / Cars", name="Cars", parent=top))
    Supplier.objects.create(code="SUP", name="Supplier")
    come("2026-06-01", "10", cost="2")
    post("receipt", line("B2", "supplier", "PAR", "5", unit_cost="4"), at=at("2026-06-01"))
    post("receipt", line("B2", "supplier", "LON", "7", owner="SUP"), at=at("2026-06-01"))
    assert [(row.key, row.currency, row.value) for row in value()] == [("LON", "GBP", 20), ("PAR", "EUR", 20)]
    assert [(row.key, row.quantity) for row in value(group="owner")] == [("", 5), ("", 10), ("SUP", 7)]
    assert [row.key for row in value(group="category", category="Toys")] == ["Toys / Cars", "Toys / Cars"]
    assert [row.value for row in value(group="product", owner="own", sort="value")] == [20, 20]
    assert [(row.quantity, row.value) for row in value(owner="SUP")] == [(7, 0)]
    assert [(row.currency, row.value) for row in totals(value())] == [("EUR", 20), ("GBP", 20)]


def test_stock_below_zero_has_no_age(house: None) -> None:
    come("2026-06-01", "2", cost="5")
    go("2026-06-02", "5")
    (row,) = value()
    assert (row.quantity, row.value, row.quantities) == (-3, -15, (0, 0, 0, 0, 0))
