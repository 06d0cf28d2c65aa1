"""The shorter way of plain movements in bulk: the same ledger, answers and refusals as one by one the long way."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.queries import digests_of
from catalog.models import Category, UnitCost
from inventory.actions.bulk import BulkItem, post_movements
from inventory.actions.movements import post_movement
from inventory.actions.periods import close_period
from inventory.models import Movement, StandardCost
from inventory.queries.verification import ledger_breaches
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.plain import plain_draft
from lib.clock import frozen
from lib.faults import Faults
from tests.inventory.builders import AT, TESTER, make_product, make_rate, make_site

NOW = AT + timedelta(hours=1)
SKUS = ("A1", "B2", "LOT", "FIFO", "STD", "COST", "nothing")
SITES = ("LON", "YRK", "PAR", "nowhere")

amounts = st.one_of(st.none(), st.integers(0, 90_000).map(lambda n: Decimal(n) / 1000))
quantities = st.one_of(
    st.integers(1, 30).map(Decimal),
    st.integers(1, 40_000).map(lambda n: Decimal(n) / 1000),
    st.sampled_from([Decimal(0), Decimal(-1), Decimal("1E+1"), Decimal("0.0000001"), Decimal("NaN")]),
)
times = st.one_of(
    st.none(), st.integers(-400_000, 200).map(lambda s: AT + timedelta(seconds=s, microseconds=s * 7))
)
routes = st.sampled_from(
    [("receipt", "supplier", ""), ("return", "customer", ""), ("sale", "", "customer"), ("issue", "", "customer"),
     ("issue", "", "supplier"), ("transfer", "", "LON"), ("transfer", "", "YRK"), ("receipt", "", "")]
)  # fmt: skip


@st.composite
def drafts(draw: Any) -> MovementDraft:
    kind, source, target = draw(routes)
    site = draw(st.sampled_from(SITES))
    lines = tuple(
        LineDraft(
            draw(st.sampled_from(SKUS)),
            source or site,
            target or site,
            draw(quantities),
            unit_cost=draw(amounts) if kind in ("receipt", "return", "sale") else None,
            unit_price=draw(amounts) if kind in ("sale", "return") else None,
        )
        for _ in range(draw(st.integers(1, 4)))
    )
    reference = draw(st.sampled_from(["R1", 'quo"te\\', "tab\tline\nend", "编号 7", " "]))
    return MovementDraft(
        reference, kind, lines, draw(times), reason=draw(st.sampled_from(["", "why\r\x01 not"]))
    )


@pytest.fixture
def house(db: None) -> None:
    for code, currency in (("LON", "GBP"), ("YRK", "GBP"), ("PAR", "EUR")):
        make_site(code, currency, currency.lower())
    valued = {
        sku: Category.objects.create(
            path=method.title(), name=method, own_costing_method=method, costing_method=method
        )
        for sku, method in (("FIFO", "fifo"), ("STD", "standard"))
    }
    for sku in SKUS[:-1]:
        made = make_product(sku, tracks_lots=sku == "LOT", category=valued.get(sku))
        if sku == "STD":
            StandardCost.objects.create(
                product=made, currency="GBP", amount=Decimal("2.5"), valid_from=AT - timedelta(days=90),
                reason="test", event_id=0,
            )  # fmt: skip
        if sku == "COST":
            UnitCost.objects.create(
                product=made, amount=Decimal("3.3"), currency="GBP", valid_from=AT - timedelta(days=90)
            )
    make_rate(days_ago=6)


LEDGER = (
    "SELECT line, location_id, counter_id, destination_id, product_id, lot, state, owner_id, is_assumed, quantity,"
    " unit_cost, value, currency, occurred_at FROM inventory_entry ORDER BY id",
    "SELECT site_id, product_id, lot, state, owner_id, on_hand, value, in_transit, in_transit_value, pair_on_hand,"
    " pair_value, last_cost, is_layered, last_occurred_at FROM inventory_balance"
    " WHERE on_hand <> 0 OR value <> 0 OR last_occurred_at IS NOT NULL ORDER BY 1, 2, 3, 4, 5",
    "SELECT reference, kind, state, occurred_at, reported_at, destination_id, reason, source, draft"
    " FROM inventory_movement ORDER BY id",
    "SELECT site_id, product_id, lot FROM inventory_negativecase WHERE state = 'open' ORDER BY 1, 2, 3",
    "SELECT site_id, channel_id, product_id, quantity, unit_price, currency, sold_at, reference"
    " FROM sales_saleline ORDER BY 8, 3, 4, 5, 7, 1",
    'SELECT site_id, product_id, "on", units_sold, units_returned, revenue, lines, lowest_price'
    " FROM sales_dailyfact ORDER BY 1, 2, 3",
    "SELECT key, state FROM alerts_alert WHERE kind = 'stock_negative' AND state <> 'resolved' ORDER BY 1",
)


def ledger() -> list[list[tuple]]:
    tables = []
    with connection.cursor() as cursor:
        for statement in LEDGER:
            cursor.execute(statement)
            tables.append(cursor.fetchall())
    return tables


def items(made: list[MovementDraft]) -> list[BulkItem]:
    return [BulkItem(f"k{n}", repr(draft).encode(), draft) for n, draft in enumerate(made)]


def one_by_one(made: list[MovementDraft]) -> tuple[list, list]:
    """Answers and ledger of the single path; nothing stays."""
    answers: list = []
    with transaction.atomic():
        for draft in made:
            try:
                answers.append(post_movement(actor=TESTER, draft=draft).state)
            except Faults as refused:
                answers.append([(fault.pointer, fault.code, fault.detail) for fault in refused.faults])
        left = ledger()
        transaction.set_rollback(True)
    return answers, left


def in_bulk(made: list[MovementDraft]) -> tuple[list, list]:
    answers: list = []
    with transaction.atomic():
        for result in post_movements(actor=TESTER, items=items(made)):
            faults = [(fault.pointer, fault.code, fault.detail) for fault in result.faults]
            answers.append(faults if result.status == "refused" else "posted")
        left = ledger()
        assert list(ledger_breaches()) == []
        _digests_hold()
        transaction.set_rollback(True)
    return answers, left


def _digests_hold() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, digests FROM audit_event WHERE kind = 'movements.posted'")
        for event_id, digests in cursor.fetchall():
            found = digests_of(event_id, ["inventory_entry", "inventory_movement"])
            assert [one.as_json() for one in found] == json.loads(digests)


@given(before=st.lists(drafts(), max_size=4), made=st.lists(drafts(), min_size=1, max_size=12))
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_batch_is_what_its_movements_are_one_by_one(house: None, before: list, made: list) -> None:
    with frozen(NOW), transaction.atomic():
        for draft in before:
            try:
                post_movement(actor=TESTER, draft=draft)
            except Faults:
                continue
        assert in_bulk(made) == one_by_one(made)
        transaction.set_rollback(True)


def test_most_of_a_shop_is_plain(house: None) -> None:
    sale = MovementDraft(
        "R", "sale", (LineDraft("A1", "LON", "customer", Decimal(1), unit_price=Decimal(3)),)
    )
    assert plain_draft(sale, NOW) is not None


def test_a_closed_month_is_as_one_by_one(house: None) -> None:
    made = [
        MovementDraft("R", kind, (LineDraft("A1", source, target, Decimal(2)),), AT - timedelta(days=days))
        for days in (45, 0)
        for kind, source, target in (
            ("receipt", "supplier", "LON"),
            ("sale", "LON", "customer"),
            ("issue", "LON", "customer"),
        )
    ]
    with frozen(NOW):
        month = (AT - timedelta(days=45)).date().replace(day=1)
        post_movement(actor=TESTER, draft=made[0])
        close_period(actor=TESTER, site_code="LON", month=month)
        assert in_bulk(made) == one_by_one(made)
    assert Movement.objects.count() == 1


def test_a_refused_command_leaves_the_others_and_its_key(house: None) -> None:
    issue = MovementDraft(
        "R", "issue", tuple(LineDraft("A1", "LON", "customer", Decimal(n)) for n in (3, 8, 1))
    )
    receipt = MovementDraft("R", "receipt", (LineDraft("A1", "supplier", "LON", Decimal(10)),))
    with frozen(NOW):
        results = post_movements(actor=TESTER, items=items([receipt, issue, receipt, issue]))
        assert [result.status for result in results] == ["posted", "refused", "posted", "posted"]
        assert [fault.pointer for fault in results[1].faults] == ["/lines/1/quantity", "/lines/2/quantity"]
        again = post_movements(actor=TESTER, items=items([receipt, issue, receipt, issue]))
    assert [result.status for result in again] == ["replayed", "refused", "replayed", "replayed"]
    assert again[0].id == results[0].id


def test_a_large_single_movement_is_written_as_a_small_one(house: None) -> None:
    lines = tuple(LineDraft("A1", "supplier", "LON", Decimal(n), unit_cost=Decimal(n)) for n in range(1, 401))
    with frozen(NOW):
        made = post_movement(actor=TESTER, draft=MovementDraft('a"b', "receipt", lines))
    assert list(ledger_breaches()) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT digests FROM audit_event WHERE id = %s", [made.event_id])
        stored = json.loads(cursor.fetchone()[0])
    found = digests_of(made.event_id, ["inventory_entry", "inventory_movement"])
    assert [one.as_json() for one in found] == stored
    assert found[0].count == 800
