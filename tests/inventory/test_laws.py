"""Laws of the ledger: whatever is posted, reversed and moved, sums stay zero and balances are their entries."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.actions.movements import post_movement, reverse_movement
from inventory.queries.verification import ledger_breaches
from inventory.rules.valuation import Pool
from lib.clock import frozen
from lib.faults import Faults
from tests.inventory.builders import AT, TESTER, draft, line, make_product, make_rate, make_site

PLACES = ("LON", "YRK", "PAR")
quantities = st.integers(1, 20).map(str)
costs = st.integers(1, 900).map(lambda cents: str(Decimal(cents) / 100))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("receipt"), st.just("supplier"), st.sampled_from(PLACES), quantities, costs),
        st.tuples(
            st.sampled_from(["sale", "issue"]),
            st.sampled_from(PLACES),
            st.just("customer"),
            quantities,
            costs,
        ),
        st.tuples(st.just("return"), st.just("customer"), st.sampled_from(PLACES), quantities, costs),
        st.tuples(st.just("transfer"), st.sampled_from(PLACES), st.sampled_from(PLACES), quantities, costs),
        st.tuples(st.just("reverse"), st.just(""), st.just(""), st.integers(0, 30).map(str), costs),
    ),
    min_size=1,
    max_size=25,
)


@pytest.fixture
def house(db: None) -> None:
    make_site("LON")
    make_site("YRK")
    make_site("PAR", "EUR", "eu")
    make_product("A1")
    make_rate()


@given(taken=steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sums_stay_zero_and_balances_are_their_entries(house: None, taken: list) -> None:
    posted: list[int] = []
    with frozen(AT + timedelta(hours=1)), transaction.atomic():
        for kind, source, target, quantity, cost in taken:
            try:
                if kind == "reverse":
                    if posted:
                        which = posted[int(quantity) % len(posted)]
                        reverse_movement(actor=TESTER, movement_id=which, reason="law")
                else:
                    given_cost = {"unit_cost": cost} if kind == "receipt" else {}
                    made = draft(kind, line("A1", source, target, quantity, **given_cost))
                    posted.append(post_movement(actor=TESTER, draft=made).pk)
            except Faults:
                continue
        assert list(ledger_breaches()) == []
        transaction.set_rollback(True)


flows = st.lists(
    st.tuples(st.integers(-30, 30).filter(bool), st.one_of(st.none(), st.integers(1, 99999))),
    min_size=1,
    max_size=30,
)


@given(flow=flows)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sql_average_is_the_pool(db: None, flow: list) -> None:
    rows = [(Decimal(q), None if c is None else Decimal(c) / 1000, Decimal("1.5")) for q, c in flow]
    pool, expected = Pool(), []
    for quantity, cost, fallback in rows:
        if quantity > 0:
            made = pool.take_in(quantity, cost, fallback=fallback)
        else:
            made = pool.take_out(-quantity, fallback=fallback)
        expected.append((pool.quantity, pool.value, pool.last_cost, made.value, made.settlement))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inventory_average(q, c, f) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING)"
            " FROM unnest(%s::numeric[], %s::numeric[], %s::numeric[]) WITH ORDINALITY AS t (q, c, f, n) ORDER BY n",
            [list(column) for column in zip(*rows, strict=True)],
        )
        assert [tuple(row[0]) for row in cursor.fetchall()] == expected
