"""What users of other ledgers report (threads by repository and number): back-dating, running balances, reports."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.actions.movements import reverse_movement
from inventory.actions.periods import close_period
from inventory.models import Entry
from inventory.queries.ledger import Asked, balance_page
from inventory.queries.verification import ledger_breaches
from lib import clock
from lib.faults import Faults
from tests.inventory.builders import TESTER, held, line, make_product, make_site, post, receive

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 10, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def house(db: None) -> Iterator[None]:
    make_site("LON")
    make_site("YRK")
    make_product("A1")
    make_product("B2")
    with clock.frozen(NOW):
        yield


def days(count: int) -> datetime:
    return NOW - timedelta(days=count)


def cut(at: datetime | None, site: str = "LON", **fields: Any) -> list[dict[str, Any]]:
    return balance_page(Asked(site=site), at=at, known_at=fields.get("known_at"), after=None, limit=50)[0]


def written() -> list[tuple[Any, ...]]:
    return list(
        Entry.objects.order_by("pk").values_list("pk", "quantity", "value", "unit_cost", "occurred_at")
    )


@pytest.mark.parametrize("later", [3, 60])
def test_a_backdated_movement_writes_its_own_rows_and_no_others(later: int) -> None:
    """frappe/erpnext#53773 (1), #36634 (2), #24031 (4), #26335 (5): nothing is ever reposted, however much came later."""
    receive(quantity="900", cost="2", at=days(9))
    for number in range(later):
        post("sale", line("A1", "LON", "customer", "1"), at=days(5) + timedelta(minutes=number))
    before = written()
    with CaptureQueriesContext(connection) as statements:
        receive(quantity="5", cost="8", at=days(7))
    assert written()[: len(before)] == before
    assert (len(written()) - len(before), held().on_hand) == (2, 905 - later)
    assert len(statements) <= 6


def test_stock_and_its_value_are_one_row_so_they_cannot_part() -> None:
    """frappe/erpnext#26625 (3): after returns and reversals the book of pieces and the book of money still agree."""
    receive(quantity="10", cost="2")
    sale = post("sale", line("A1", "LON", "customer", "4", unit_price="5"), at=NOW)
    post("return", line("A1", "customer", "LON", "1", unit_price="5"), at=NOW)
    reverse_movement(actor=TESTER, movement_id=sale.pk, reason="till error")
    post("scrap", line("A1", "LON", "scrap", "2"), at=NOW)
    own = Entry.objects.filter(location_id__gt=0)
    assert sum(own.values_list("quantity", flat=True)) == held().on_hand == 9
    assert sum(own.values_list("value", flat=True)) == held().value == 18
    assert (sum(e.value for e in Entry.objects.all()), list(ledger_breaches())) == (0, [])


def test_what_was_posted_cannot_be_changed_and_what_was_filed_does_not_move() -> None:
    """frappe/erpnext#11782 (7): the cost of a sale stays what it was when it was recorded."""
    receive(quantity="10", cost="2", at=days(9))
    sale = post("sale", line("A1", "LON", "customer", "4"), at=days(3))
    receive(quantity="10", cost="9", at=days(6))
    assert Entry.objects.get(movement_id=sale.pk, location_id__gt=0).value == -8
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Entry.objects.update(value=0)


def test_backdating_before_a_count_is_allowed_and_the_count_stays_what_it_was() -> None:
    """frappe/erpnext#49861 (9): within an open month nothing is blocked because something was counted later."""
    receive(quantity="10", at=days(9))
    post("adjustment", line("A1", "LON", "adjustment", "1"), at=days(3), reason="cycle count")
    post("sale", line("A1", "LON", "customer", "2"), at=days(6))
    assert [row["on_hand"] for at in (days(9), days(6), days(3)) for row in cut(at)] == ["10", "8", "7"]
    assert list(ledger_breaches()) == []


def test_a_backdated_count_cannot_take_a_later_day_below_zero() -> None:
    """frappe/erpnext#33936 (11): the adjustment is refused and the refusal names the first moment it would be short.

    #51183 (10) asks for a warning before a back-dated save: no later entry changes here, and what would be short later
    is refused, which is all there was to warn of.
    """
    receive(quantity="10", at=days(9))
    post("sale", line("A1", "LON", "customer", "9"), at=days(4))
    receive(quantity="10", at=days(1))
    with pytest.raises(Faults) as refused:
        post("adjustment", line("A1", "LON", "adjustment", "3"), at=days(7))
    (fault,) = refused.value.faults
    assert (fault.code, days(4).isoformat() in fault.detail) == ("negative_later", True)
    assert held().on_hand == 11


def test_a_backdated_count_of_a_lot_moves_that_lot_by_its_difference() -> None:
    """frappe/erpnext#37192 (12): 90 counted where 100 stood leaves 110 after 20 more, not 90."""
    receive(quantity="100", lot="L1", at=days(9))
    receive(quantity="50", lot="L2", at=days(9))
    receive(quantity="20", lot="L1", at=days(3))
    post("adjustment", line("A1", "LON", "adjustment", "10", lot="L1"), at=days(6), reason="count")
    assert (held(lot="L1").on_hand, held(lot="L2").on_hand) == (110, 50)


def test_balances_and_entries_are_the_same_figures() -> None:
    """frappe/erpnext#45191 (13): the balance of now, the balance as of now and the sum of entries agree row by row."""
    receive("A1", quantity="10", cost="2", at=days(9))
    receive("B2", quantity="7", cost="3.333333", at=days(2))
    post("transfer", line("A1", "LON", "YRK", "4"), at=days(1))
    post("sale", line("B2", "LON", "customer", "9"), at=days(1))
    figures = ("sku", "on_hand", "value")
    now, as_of = ([[row[f] for f in figures] for row in cut(at)] for at in (None, NOW))
    summed = [[row["sku"], row["on_hand"]] for row in cut(None, known_at=NOW + timedelta(days=9000))]
    assert now == as_of
    assert summed == [row[:2] for row in now]


def test_a_backdated_question_is_answered_with_the_lots_of_that_day() -> None:
    """frappe/erpnext#40551 (14): lots that came later are not offered, lots that are gone by now are."""
    receive(quantity="5", lot="OLD", at=days(9))
    post("sale", line("A1", "LON", "customer", "5", lot="OLD"), at=days(4))
    receive(quantity="5", lot="NEW", at=days(2))
    lots_then = [row["lot"] for row in cut(days(6)) if row["on_hand"] != "0"]
    assert (lots_then, [row["lot"] for row in cut(NOW) if row["on_hand"] != "0"]) == (["OLD"], ["NEW"])


def test_the_average_as_of_a_day_is_made_of_what_lay_there_then() -> None:
    """odoo/odoo#265536, #247407, #257915 (15): a backdated receipt counts from its own day on; what was known before
    it was recorded is answered as it was."""
    receive(quantity="10", cost="2", at=days(9))
    known_then = Entry.objects.order_by("-pk")[0].recorded_at
    receive(quantity="10", cost="4", at=days(6))
    averages = [cut(at)[0]["unit_cost"] for at in (days(8), days(6), NOW)]
    assert averages == ["2", "3", "3"]
    assert cut(NOW, known_at=known_then)[0]["unit_cost"] == "2"


def test_a_count_has_one_date_in_the_book_of_pieces_and_of_money() -> None:
    """odoo/odoo#39538 (16): quantity and value of an adjustment are one entry with one `occurred_at`."""
    receive(quantity="10", at=days(9))
    counted = post("adjustment", line("A1", "LON", "adjustment", "3"), at=days(5), reason="count")
    moments = set(Entry.objects.filter(movement_id=counted.pk).values_list("occurred_at", flat=True))
    assert moments == {days(5)} == {counted.occurred_at}


def test_the_end_of_a_month_is_read_by_when_things_happened() -> None:
    """OCA/stock-logistics-warehouse#1686 (17): recorded in November, happened in October: it is in October's close."""
    receive(quantity="10", cost="3", at=OCTOBER)
    period = close_period(actor=TESTER, site_code="LON", month=date(2026, 10, 1))
    assert (period.value, [row["value"] for row in cut(period.ends_at - timedelta(seconds=1))]) == (
        30,
        ["30"],
    )
