"""Goods set aside, goods of others, and goods that pass from one legal entity to another."""

from decimal import Decimal

import pytest

from catalog.models import LegalEntity, Supplier
from inventory.actions.movements import reverse_movement
from inventory.models import Balance, Entry
from inventory.queries.ledger import Asked, balance_page
from inventory.queries.verification import ledger_breaches
from lib.faults import Faults
from tests.inventory.builders import TESTER, line, make_product, make_site, post, receive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house() -> None:
    make_site("LON")
    make_site("YRK")
    make_product("A1")
    Supplier.objects.create(code="ACME", name="Acme", country="GB", currency="GBP")


def aside(quantity: str, **fields: str) -> None:
    post("transfer", line("A1", "LON", "LON", quantity, **fields), at=None)


def codes(refused: pytest.ExceptionInfo[Faults]) -> list[str]:
    return [fault.code for fault in refused.value.faults]


def test_what_is_set_aside_is_on_hand_but_not_available() -> None:
    receive(quantity="10", cost="3", at=None)
    aside("4", to_state="quarantine")
    (row,), _ = balance_page(Asked(site="LON"), at=None, known_at=None, after=None, limit=9)
    assert (row["on_hand"], row["available"], row["states"]) == ("10", "6", {"quarantine": "4"})
    assert (row["unit_cost"], row["value"]) == ("3", "30")
    assert list(ledger_breaches()) == []


def test_a_sale_takes_only_what_is_available_and_goes_negative_there() -> None:
    receive(quantity="10", at=None)
    aside("10", to_state="blocked")
    with pytest.raises(Faults) as refused:
        post("issue", line("A1", "LON", "customer", "1"), at=None)
    assert codes(refused) == ["insufficient_stock"]
    post("sale", line("A1", "LON", "customer", "1"), at=None)
    assert Balance.objects.get(state="available").on_hand == -1
    assert list(ledger_breaches()) == []


def test_a_return_comes_in_to_be_inspected_and_is_graded() -> None:
    receive(quantity="10", cost="3", at=None)
    post("return", line("A1", "customer", "LON", "2", to_state="inspect"), at=None)
    aside("1", from_state="inspect", to_state="available")
    post("scrap", line("A1", "LON", "scrap", "1", from_state="inspect"), at=None)
    assert {b.state: b.on_hand for b in Balance.objects.all()} == {"available": 11, "inspect": 0}
    assert sum(b.value for b in Balance.objects.all()) == 33
    assert list(ledger_breaches()) == []


def test_more_than_is_set_aside_cannot_be_released() -> None:
    receive(quantity="10", at=None)
    aside("4", to_state="quarantine")
    with pytest.raises(Faults) as refused:
        aside("5", from_state="quarantine", to_state="available")
    assert codes(refused) == ["insufficient_stock"]


def test_a_change_of_state_is_reversed() -> None:
    receive(quantity="10", cost="3", at=None)
    moved = post("transfer", line("A1", "LON", "LON", "4", to_state="blocked"), at=None)
    reverse_movement(actor=TESTER, movement_id=moved.pk, reason="Wrong pallet")
    assert {b.state: b.on_hand for b in Balance.objects.all()} == {"available": 10, "blocked": 0}
    assert list(ledger_breaches()) == []


@pytest.mark.parametrize(
    ("kind", "ends", "fields", "code"),
    [
        ("transfer", ("LON", "LON"), {}, "same_location"),
        ("adjustment", ("LON", "LON"), {"to_state": "blocked"}, "same_location"),
        ("sale", ("LON", "customer"), {"from_state": "blocked"}, "invalid_state"),
        ("transfer", ("LON", "YRK"), {"to_state": "lost"}, "invalid_state"),
        ("receipt", ("supplier", "LON"), {"from_state": "inspect"}, "invalid_state"),
        ("receipt", ("supplier", "LON"), {"owner": "NOBODY"}, "unknown_owner"),
        ("receipt", ("supplier", "LON"), {"owner": "ACME", "unit_cost": "2"}, "not_ours"),
    ],
)
def test_what_makes_no_sense_is_refused(
    kind: str, ends: tuple[str, str], fields: dict[str, str], code: str
) -> None:
    receive(quantity="10", at=None)
    before = Entry.objects.count()
    with pytest.raises(Faults) as refused:
        post(kind, line("A1", *ends, "1", **fields), at=None)
    assert codes(refused) == [code]
    assert Entry.objects.count() == before


def test_goods_of_others_are_counted_not_valued() -> None:
    receive(quantity="10", cost="3", at=None)
    post("receipt", line("A1", "supplier", "LON", "5", owner="ACME"), at=None)
    post("sale", line("A1", "LON", "customer", "2", owner="ACME"), at=None)
    rows, _ = balance_page(Asked(site="LON"), at=None, known_at=None, after=None, limit=9)
    assert [(r.get("owner"), r["on_hand"], r["unit_cost"], r["value"]) for r in rows] == [
        (None, "10", "3", "30"),
        ("ACME", "3", None, "0"),
    ]
    pair = Balance.objects.get(owner_id=0)
    assert (pair.pair_on_hand, pair.pair_value) == (10, 30)
    assert list(ledger_breaches()) == []


def test_goods_of_others_sold_beyond_their_stock_go_negative_by_themselves() -> None:
    receive(quantity="10", at=None)
    post("sale", line("A1", "LON", "customer", "2", owner="ACME"), at=None)
    assert {b.owner_id == 0: b.on_hand for b in Balance.objects.all()} == {True: 10, False: -2}
    assert list(ledger_breaches()) == []


def test_between_legal_entities_goods_are_sold_at_the_transfer_price() -> None:
    entity = LegalEntity.objects.create(code="other", name="Other", country="GB", currency="GBP")
    shop = make_site("SHP")
    shop.legal_entity = entity
    shop.save()
    receive(quantity="10", cost="3", at=None)
    post("transfer", line("A1", "LON", "SHP", "4", unit_cost="5"), at=None)
    values = {b.site.code: b.value for b in Balance.objects.select_related("site")}
    assert values == {"LON": 18, "SHP": 20}
    assert Balance.objects.get(site=shop).last_cost == 5
    # The margin of the sale stands on a value of its own, so that the movement sums to zero.
    margin = Entry.objects.filter(quantity=0).order_by("value").values_list("location_id", "value")
    assert list(margin) == [(-3, Decimal(-8)), (shop.pk, Decimal(8))]
    assert list(ledger_breaches()) == []


def test_within_one_legal_entity_a_transfer_carries_its_cost() -> None:
    receive(quantity="10", cost="3", at=None)
    post("transfer", line("A1", "LON", "YRK", "4", unit_cost="5"), at=None)
    assert {b.site.code: b.value for b in Balance.objects.select_related("site")} == {"LON": 18, "YRK": 12}
