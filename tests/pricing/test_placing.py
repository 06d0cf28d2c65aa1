"""Placing: the database's timeline equals the pure one, and its laws hold against anyone."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal

import psycopg2
import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.actions import next_event_id
from lib import clock
from lib.faults import Faults
from pricing.actions import placing
from pricing.actions.price_changes import approve_change
from pricing.models import Price, PriceChange
from pricing.rules.timelines import Segment, lay
from tests.embedded import server
from tests.pricing.builders import House, a_house, a_product, priced, submitted


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    a_product("A")
    return made


# -- the same as the pure rule ---------------------------------------------------------------------------------------

hours = st.tuples(
    st.integers(0, 30), st.one_of(st.none(), st.integers(1, 12)), st.one_of(st.none(), st.integers(1, 9))
)


@given(st.lists(hours, min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_stored_timeline_equals_the_pure_one(
    house: House, parts: list[tuple[int, int | None, int | None]]
):
    zero = datetime.fromisoformat("2040-01-01T00:00:00+00:00")
    with transaction.atomic():
        change = PriceChange.objects.create(title="x")
        product = a_product(f"P{change.pk}", cost=None)
        pure: list[Segment] = []
        for start, length, amount in parts:
            begin, end = (
                zero + timedelta(hours=start),
                None if length is None else zero + timedelta(hours=start + length),
            )
            segment = Segment(begin, end, None if amount is None else Decimal(amount), change.pk)
            pure = lay(pure, [segment])
            lay_down(house, product.pk, segment, change.pk)
        stored = Price.objects.filter(product=product, known__endswith__isnull=True).order_by("valid")
        assert [(p.valid.lower, p.valid.upper, p.amount) for p in stored] == [
            (s.start, s.end, s.amount) for s in pure
        ]


def lay_down(house: House, product_id: int, segment: Segment, change_id: int) -> None:
    placing._make_stage()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pricing_placing (price_list_id, product_id, min_quantity, currency, amount, asked_from,"
            " asked_until, price_change_id) VALUES (%s, %s, 1, 'GBP', %s, %s, %s, %s)",
            [house.base.pk, product_id, segment.amount, segment.start, segment.end, change_id],
        )
    placing.lock_prices()
    placing.place_staged(next_event_id(), placing.fix_spans())


def test_rows_become_known_after_the_ones_they_replace(house: House):
    priced(house.clerk, ("BASE", "A", "10.00"))
    priced(house.clerk, ("BASE", "A", "10.40"))
    closed, rest, new = Price.objects.order_by("id")
    assert closed.known.upper == rest.known.lower == new.known.lower > closed.known.lower
    assert (closed.closed_event_id, rest.event_id, new.event_id) == (new.event_id,) * 3
    assert rest.valid.upper == new.valid.lower


# -- refused by the database -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pricing_price SET amount = 1",
        "UPDATE pricing_price SET valid = tstzrange(now(), NULL)",
        "UPDATE pricing_price SET price_change_id = 1",
        "DELETE FROM pricing_price",
        "TRUNCATE pricing_price",
    ],
)
def test_the_application_may_not_change_a_price_row(house: House, statement: str):
    priced(house.clerk, ("BASE", "A", "10.00"))
    with pytest.raises(DatabaseError, match="permission denied|refused"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.parametrize(
    "known", ["tstzrange(lower(known) - interval '1 day', now())", "tstzrange(lower(known), NULL)"]
)
def test_only_closing_an_open_known_range_is_allowed(house: House, known: str):
    priced(house.clerk, ("BASE", "A", "10.00"))
    with pytest.raises(DatabaseError, match="may be closed, once"), transaction.atomic():
        connection.cursor().execute(f"UPDATE pricing_price SET known = {known}, closed_event_id = 1")


def test_a_closed_range_stays_closed(house: House):
    priced(house.clerk, ("BASE", "A", "10.00"))
    priced(house.clerk, ("BASE", "A", "10.40"))
    with pytest.raises(DatabaseError, match="may be closed, once"), transaction.atomic():
        connection.cursor().execute(
            "UPDATE pricing_price SET known = tstzrange(lower(known), now() + interval '1 day')"
            " WHERE NOT upper_inf(known)"
        )


def insert(house: House, **fields: str) -> None:
    values = {
        "price_list_id": str(house.base.pk), "product_id": "1", "min_quantity": "1", "currency": "'GBP'",
        "amount": "1", "valid": "tstzrange('2030-01-01+00', '2031-01-01+00')",
        "known": "tstzrange('2026-01-01+00', NULL)", "known_from": "'2026-01-01+00'::timestamptz",
        "price_change_id": str(PriceChange.objects.create(title="x").pk), "event_id": "1", **fields,
    }  # fmt: skip
    with transaction.atomic():
        connection.cursor().execute(
            f"INSERT INTO pricing_price ({', '.join(values)}) VALUES ({', '.join(values.values())})"
        )


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"valid": "'empty'"}, "pricing_price_valid_range"),
        ({"valid": "tstzrange(NULL, now())"}, "pricing_price_valid_range"),
        ({"valid": "tstzrange('2030-01-01+00', 'infinity')"}, "pricing_price_valid_range"),
        ({"known": "'empty'", "closed_event_id": "5"}, "pricing_price_known_range"),
        ({"known_from": "now()"}, "pricing_price_known_range"),
        ({"closed_event_id": "5"}, "pricing_price_closed_by_event"),
        ({"amount": "-1"}, "pricing_price_amount"),
        ({"min_quantity": "0"}, "pricing_price_min_quantity"),
    ],
)
def test_a_raw_row_that_breaks_a_law_is_refused(house: House, fields: dict[str, str], constraint: str):
    with pytest.raises(IntegrityError, match=constraint):
        insert(house, **fields)


def test_overlap_is_refused_by_the_database(house: House):
    """erpnext#53534, #54674: of overlapping windows none is picked, the second is refused."""
    insert(house)
    insert(house, valid="tstzrange('2031-01-01+00', NULL)")
    insert(house, min_quantity="10")
    with pytest.raises(IntegrityError, match="pricing_price_no_overlap"):
        insert(house, valid="tstzrange('2030-06-01+00', '2030-07-01+00')")


# -- races -----------------------------------------------------------------------------------------------------------


def together(*calls: object) -> list[object]:
    barrier = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = calls[index]()  # type: ignore[operator]
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def refusals(results: list[object]) -> list[str]:
    unexpected = [r for r in results if isinstance(r, Exception) and not isinstance(r, Faults)]
    assert unexpected == []
    return sorted(r.faults[0].code for r in results if isinstance(r, Faults))


def test_of_two_sessions_placing_the_same_price_one_is_told(cloned_db: str):
    house = a_house()
    a_product("A")
    priced(house.clerk, ("BASE", "A", "10.00"))
    changes = [submitted(house.clerk, ("BASE", "A", text)) for text in ("11.00", "11.20")]
    results = together(
        *(lambda pk=change.pk: approve_change(actor=house.manager, change_id=pk) for change in changes)
    )
    assert refusals(results) == ["base_moved"]
    live = Price.objects.filter(known__endswith__isnull=True, valid__contains=clock.now())
    assert live.count() == 1


def test_of_two_approvers_one_decides(cloned_db: str):
    house = a_house()
    a_product("A")
    priced(house.clerk, ("BASE", "A", "10.00"))
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    results = together(
        *(
            lambda who=who: approve_change(actor=who, change_id=change.pk)
            for who in (house.manager, house.other_manager)
        )
    )
    assert refusals(results) == ["wrong_state"]


def test_changes_that_share_products_in_another_order_do_not_deadlock(cloned_db: str):
    """erpnext#53638: locks are taken in one order, whatever the order of the lines."""
    house = a_house()
    skus = [a_product(f"P{n}").sku for n in range(30)]
    changes = [
        submitted(house.clerk, *[("BASE", sku, price) for sku in order])
        for order, price in ((skus, "2.70"), (skus[::-1], "2.80"))
    ]
    assert {change.state for change in changes} == {"pending"}
    results = together(
        *(lambda pk=change.pk: approve_change(actor=house.manager, change_id=pk) for change in changes)
    )
    assert set(refusals(results)) <= {"base_moved", "below_cost"}


# -- found by the proof ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pricing_price SET amount = 99",
        "DELETE FROM pricing_price WHERE upper_inf(known)",
        "UPDATE pricing_price SET known = tstzrange(lower(known), NULL), closed_event_id = NULL,"
        " valid = tstzrange('2000-01-01+00', '2001-01-01+00') WHERE NOT upper_inf(known)",
    ],
)
def test_tampering_by_the_owner_is_found(cloned_db: str, statement: str):
    house = a_house()
    a_product("A")
    priced(house.clerk, ("BASE", "A", "10.00"))
    priced(house.clerk, ("BASE", "A", "10.40"))
    call_command("verify_trail")
    owner = psycopg2.connect(server().url("steelyard_owner", cloned_db))
    with owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE pricing_price DISABLE TRIGGER ALL")
        cursor.execute(statement)
    owner.close()
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_trail")
    assert stopped.value.code == 1
