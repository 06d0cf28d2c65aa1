"""post_movements: results by item, and the same outcome as posting one by one."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from inventory.actions.bulk import BulkItem, post_movements
from inventory.actions.movements import post_movement
from inventory.models import Balance, Movement
from inventory.rules.drafts import MovementDraft
from lib.clock import frozen
from lib.faults import Faults
from tests.inventory.builders import AT, TESTER, draft, held, line, make_product, make_rate, make_site


@pytest.fixture(autouse=True)
def house(db: None):
    with frozen(AT + timedelta(hours=1)):
        for code, currency in (("LON", "GBP"), ("YRK", "GBP"), ("PAR", "EUR")):
            make_site(code, currency, currency.lower())
        make_product("A1")
        make_product("B2")
        make_rate(days_ago=6)
        yield


def item(key: str, made: MovementDraft) -> BulkItem:
    return BulkItem(key, repr(made).encode(), made)


def receipt(quantity: str = "10", **fields) -> MovementDraft:
    return draft("receipt", line("A1", "supplier", "LON", quantity, unit_cost="2"), **fields)


def issue(quantity: str, **fields) -> MovementDraft:
    return draft("issue", line("A1", "LON", "customer", quantity), **fields)


def outcome(results) -> list[str]:
    return [r.status if r.status != "refused" else r.faults[0].code for r in results]


def test_each_item_is_posted_or_refused_by_itself() -> None:
    results = post_movements(
        actor=TESTER, items=[item("1", receipt("10")), item("2", issue("11")), item("3", issue("4"))]
    )
    assert outcome(results) == ["posted", "insufficient_stock", "posted"]
    assert held().on_hand == 6


def test_a_key_has_one_effect_and_the_refused_key_stays_free() -> None:
    items = [item("1", receipt("10")), item("2", issue("11"))]
    first = post_movements(actor=TESTER, items=items)
    again = post_movements(actor=TESTER, items=items)
    assert (outcome(again), again[0].id) == (["replayed", "insufficient_stock"], first[0].id)
    assert outcome(post_movements(actor=TESTER, items=[item("2", issue("3"))])) == ["posted"]


def test_a_key_with_another_body_is_refused() -> None:
    post_movements(actor=TESTER, items=[item("1", receipt("10"))])
    assert outcome(post_movements(actor=TESTER, items=[item("1", receipt("11"))])) == ["key_reused"]


def test_a_key_twice_in_one_batch() -> None:
    results = post_movements(
        actor=TESTER, items=[item("1", receipt("10")), item("1", receipt("10")), item("1", receipt("9"))]
    )
    assert outcome(results) == ["posted", "replayed", "key_reused"]
    assert (results[1].id, held().on_hand) == (results[0].id, 10)


def test_more_than_ten_thousand_are_too_many() -> None:
    with pytest.raises(Faults) as caught:
        post_movements(actor=TESTER, items=[item("1", receipt())] * 10_001)
    assert caught.value.status == 413


def mixed() -> list[MovementDraft]:
    """Receipts, sales below zero, settlements, transfers across currencies, transit, backdated commands, refusals."""
    day = timedelta(days=1)
    made = [
        receipt("10", at=AT - 9 * day),
        draft("sale", line("A1", "LON", "customer", "13"), at=AT - 8 * day),
    ]
    made += [receipt("20", at=AT - 7 * day), issue("3", at=AT - 6 * day), issue("2", at=AT - 9 * day)]
    made += [draft("transfer", line("A1", "LON", "PAR", "5"), at=AT - 5 * day), issue("500")]
    made += [draft("transfer", line("A1", "LON", "transit", "4"), destination="YRK", at=AT - 4 * day)]
    made += [draft("receipt", line("A1", "transit", "YRK", "4"), destination="YRK", at=AT - 3 * day)]
    made += [
        draft("return", line("A1", "customer", "PAR", "1"), at=AT - 2 * day),
        issue("1", at=AT - 7 * day),
    ]
    return [m for _ in range(3) for m in made]


def ledger() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line, location_id, counter_id, product_id, quantity, unit_cost, value, currency, occurred_at"
            " FROM inventory_entry ORDER BY id"
        )
        return cursor.fetchall() + list(
            Balance.objects.order_by("site", "product", "lot").values_list(
                "on_hand", "value", "in_transit", "last_cost"
            )
        )


def test_bulk_and_single_posting_give_the_same_ledger() -> None:
    with transaction.atomic():
        codes = []
        for made in mixed():
            try:
                codes.append(post_movement(actor=TESTER, draft=made).state)
            except Faults as faults:
                codes.append(faults.faults[0].code)
        single = ledger()
        transaction.set_rollback(True)
    results = post_movements(actor=TESTER, items=[item(str(n), made) for n, made in enumerate(mixed())])
    assert outcome(results) == codes
    assert {"negative_later", "insufficient_stock", "posted"} == set(codes)
    assert ledger() == single


def test_a_large_batch_takes_as_many_statements_as_a_small_one(django_assert_num_queries) -> None:
    def batch(start: int, count: int) -> list[BulkItem]:
        return [item(str(n), receipt("1", reference=f"R{n}")) for n in range(start, start + count)]

    post_movements(actor=TESTER, items=batch(0, 500))
    with django_assert_num_queries(14):
        post_movements(actor=TESTER, items=batch(1000, 500))
    with django_assert_num_queries(14):
        post_movements(actor=TESTER, items=batch(2000, 1000))
    assert Movement.objects.count() == 2000
