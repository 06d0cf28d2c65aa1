"""Laws of choosing lots, without a database; and sellers, receipts and transfers of lots at once, with one."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from inventory.actions.movements import post_movement
from inventory.models import Balance
from inventory.queries.verification import ledger_breaches
from inventory.rules.lines import Held, Line, LotFacts, Move, ProductFacts
from inventory.rules.locations import CUSTOMER
from inventory.rules.lots import by_lot, life_left, lots_to_take
from inventory.rules.posting import Book
from lib import clock
from lib.faults import Faults
from tests.inventory.builders import TESTER, draft, line, make_product, make_site, post

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = date(2026, 11, 20)
lots = st.lists(st.tuples(st.integers(-5, 30), st.integers(0, 9), st.integers(0, 3)), max_size=6)


def book_of(held: list[tuple[int, int, int]], loose: int) -> Book:
    """Site 1, product 7; (days to expiry, on hand, reserved) of each lot, and so much without one."""
    book = Book(currencies={1: "GBP"}, rate=lambda *_: Decimal(1), fallback=lambda *_: Decimal(1))
    book.products[7] = ProductFacts(tracks_lots=True)
    book.balances[1, 7, "", "available", 0] = Held(Decimal(loose))
    for number, (days, on_hand, reserved) in enumerate(held):
        lot = f"L{number}"
        book.balances[1, 7, lot, "available", 0] = Held(Decimal(on_hand), reserved=Decimal(reserved))
        book.lots[7, lot] = LotFacts(DAY + timedelta(days=days))
        book.lots_at.setdefault((1, 7, 0), []).append(lot)
    return book


def taken(book: Book, kind: str, quantity: int) -> tuple[dict[str, Decimal], list]:
    made = by_lot(book, Move(kind, AT, (Line(0, 7, 1, CUSTOMER, Decimal(quantity)),)))
    return {one.lot: one.quantity for one in made.move.lines}, list(made.shorts)


@given(held=lots, loose=st.integers(-3, 5), quantity=st.integers(1, 40))
def test_a_fact_takes_exactly_what_it_says_and_the_good_lots_in_order(
    held: list, loose: int, quantity: int
) -> None:
    book = book_of(held, loose)
    parts, shorts = taken(book, "sale", quantity)
    assert (sum(parts.values()), shorts) == (quantity, [])
    assert all(amount <= held[int(lot[1:])][1] for lot, amount in parts.items() if lot)
    good = sorted(
        (days, f"L{n}", on_hand) for n, (days, on_hand, _r) in enumerate(held) if days >= 0 and on_hand
    )
    touched = [on_hand - parts.get(lot, 0) for _days, lot, on_hand in good]
    # Every lot before the last one touched is empty, and an expired one is touched only when all good ones are.
    assert [left for left in touched if left] == touched[len([left for left in touched if not left]) :]
    if any(lot and held[int(lot[1:])][0] < 0 for lot in parts):
        assert not any(touched)


@given(held=lots, loose=st.integers(-3, 5), quantity=st.integers(1, 40))
def test_a_command_takes_only_what_is_free_and_good_or_nothing(held: list, loose: int, quantity: int) -> None:
    free = sum(max(on_hand - reserved, 0) for days, on_hand, reserved in held if days >= 0) + loose
    parts, shorts = taken(book_of(held, loose), "issue", quantity)
    assert bool(shorts) == (quantity > free)
    for lot, amount in ({} if shorts else parts).items():
        days, on_hand, reserved = held[int(lot[1:])] if lot else (0, loose, 0)
        assert days >= 0 and amount <= on_hand - reserved


@given(held=lots, quantity=st.integers(1, 40))
def test_a_proposal_adds_up(held: list, quantity: int) -> None:
    rows = [
        (f"L{n}", DAY + timedelta(days=days), Decimal(on_hand)) for n, (days, on_hand, _r) in enumerate(held)
    ]
    assert sum(amount for _lot, amount in lots_to_take(rows, Decimal(quantity))) == quantity


def test_life_left_is_a_share_of_the_whole() -> None:
    product = ProductFacts(shelf_life_days=20)
    assert life_left(LotFacts(DAY + timedelta(days=5)), product, DAY) == Decimal("0.25")
    made = LotFacts(DAY + timedelta(days=5), DAY - timedelta(days=5))
    assert life_left(made, product, DAY) == Decimal("0.5")
    assert life_left(LotFacts(), product, DAY) is None


def test_sellers_receipts_and_transfers_of_lots_do_not_deadlock(cloned_db: str) -> None:
    make_site("LON")
    make_site("YRK")
    make_product("M1", tracks_lots=True)
    on = clock.now().date() + timedelta(days=9)
    for site in ("LON", "YRK"):
        for lot in ("L1", "L2"):
            post(
                "receipt", line("M1", "supplier", site, "60", lot=lot, unit_cost="2", expires_on=on), at=None
            )
    barrier, wrong = threading.Barrier(12), []
    refusals: list[int] = []

    def run(number: int) -> None:
        here, there = ("LON", "YRK") if number % 2 else ("YRK", "LON")
        kinds = (
            ("sale", line("M1", here, "customer", "1", unit_price="5")),
            ("transfer", line("M1", here, there, "2")),
            ("receipt", line("M1", "supplier", here, "1", lot=f"N{number}", unit_cost="2", expires_on=on)),
        )
        barrier.wait()
        try:
            for _ in range(6):
                try:
                    kind, one = kinds[number % 3]
                    post_movement(actor=TESTER, draft=draft(kind, one, at=None))
                except Faults as refused:
                    # A transfer reads its lots before it locks, a few times over; then who was faster makes it a refusal.
                    assert (kind, refused.faults[0].code) == ("transfer", "insufficient_stock")
                    refusals.append(number)
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum(int(one.on_hand) for one in Balance.objects.all())
    assert (wrong, total, list(ledger_breaches())) == ([], 240 - 24 + 24, [])
    assert len(refusals) <= 6  # of 24
