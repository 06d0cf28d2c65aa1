"""Months that close: what stands in the way, what late postings become, what was there at the end."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connections

from inventory.actions.periods import OpenDocument, close_period
from inventory.models import ClosingBalance, Movement, Period
from inventory.queries.ledger import Asked, balance_page
from inventory.queries.verification import ledger_breaches
from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from tests.inventory.builders import TESTER, line, make_product, make_site, post, receive

OCTOBER = date(2026, 10, 1)
IN_OCTOBER = datetime(2026, 10, 20, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
#: British summer time ended on 25 October: the month ends at midnight UTC.
FIRST_OPEN = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def house() -> Iterator[None]:
    make_site("LON")
    make_site("YRK")
    make_product("A1")
    with clock.frozen(NOW):
        yield


def close(site: str = "LON", month: date = OCTOBER, **fields: list[OpenDocument]) -> Period:
    return close_period(actor=TESTER, site_code=site, month=month, **fields)


def codes(refused: pytest.ExceptionInfo[Faults]) -> list[str]:
    return [fault.code for fault in refused.value.faults]


@pytest.mark.django_db
def test_a_month_keeps_what_was_there_at_its_end(house: None) -> None:
    receive(quantity="10", cost="3", at=IN_OCTOBER)
    post("sale", line("A1", "LON", "customer", "4"), at=NOW)
    period = close()
    kept = ClosingBalance.objects.get()
    assert (kept.quantity, kept.value, period.line_count, period.value) == (10, 30, 1, 30)
    assert list(ledger_breaches()) == []


@pytest.mark.django_db
def test_balances_of_any_day_start_from_the_last_close(house: None) -> None:
    receive(quantity="10", cost="3", at=IN_OCTOBER)
    post("transfer", line("A1", "LON", "transit", "1"), destination="LON", at=IN_OCTOBER)
    post("sale", line("A1", "LON", "customer", "4"), at=NOW - timedelta(days=2))

    def at(moment: datetime, known_at: datetime | None = None) -> list[tuple[str, str, str]]:
        rows, _ = balance_page(Asked(site="LON"), at=moment, known_at=known_at, after=None, limit=9)
        return [(row["on_hand"], row["in_transit"], row["value"]) for row in rows]

    moments = [IN_OCTOBER, FIRST_OPEN, NOW - timedelta(days=2), NOW]
    before = [at(moment) for moment in moments]
    close()
    assert [at(moment) for moment in moments] == before
    assert before == [[("9", "1", "27")], [("9", "1", "27")], [("5", "1", "15")], [("5", "1", "15")]]
    assert at(NOW, known_at=NOW + timedelta(days=9000)) == before[-1]


@pytest.mark.django_db
def test_a_late_fact_is_posted_at_the_first_open_instant_and_keeps_when_it_was_reported(house: None) -> None:
    receive(quantity="10", at=IN_OCTOBER)
    close()
    late = post("sale", line("A1", "LON", "customer", "4"), at=IN_OCTOBER)
    assert (late.occurred_at, late.reported_at) == (FIRST_OPEN, IN_OCTOBER)
    assert Movement.objects.get(pk=late.pk).reported_at == IN_OCTOBER
    assert ClosingBalance.objects.get().quantity == 10
    assert list(ledger_breaches()) == []


@pytest.mark.django_db
def test_a_fact_for_another_open_site_is_left_alone(house: None) -> None:
    receive(site="YRK", quantity="10", at=IN_OCTOBER)
    close("LON")
    assert post("sale", line("A1", "YRK", "customer", "4"), at=IN_OCTOBER).occurred_at == IN_OCTOBER


@pytest.mark.django_db
def test_a_command_into_a_closed_month_is_refused(house: None) -> None:
    receive(quantity="10", at=IN_OCTOBER)
    close()
    with pytest.raises(Faults) as refused:
        post("issue", line("A1", "LON", "customer", "1"), at=IN_OCTOBER)
    assert codes(refused) == ["closed_period"]
    with pytest.raises(Faults) as refused:
        post("issue", line("A1", "LON", "customer", "1"), at=IN_OCTOBER - timedelta(days=90))
    assert codes(refused) == ["closed_period"]


@pytest.mark.django_db
def test_open_documents_stand_in_the_way(house: None) -> None:
    receive(quantity="5000", at=IN_OCTOBER - timedelta(days=40))
    post("scrap", line("A1", "LON", "scrap", "900"), at=IN_OCTOBER, reason="Flood")
    with pytest.raises(Faults) as refused:
        close(open_documents=[OpenDocument("Delivery D-7")])
    assert codes(refused) == ["earlier_open", "open_documents", "open_documents"]
    assert "scrap-1 (movement" in str(refused.value.faults[1].detail)
    assert Period.objects.get(site__code="LON", month=OCTOBER).state == "open"


@pytest.mark.django_db
def test_a_month_closes_once_and_only_when_it_is_over(house: None) -> None:
    close()
    with pytest.raises(Faults) as refused:
        close()
    assert (codes(refused), refused.value.status) == (["already_closed"], 409)
    with pytest.raises(Faults) as refused:
        close(month=date(2026, 11, 1))
    assert codes(refused) == ["not_over"]


@pytest.mark.django_db
def test_only_who_may_closes_and_only_what_they_see(house: None) -> None:
    clerk = Actor("user", 7, "Clerk", frozenset({"stock.post"}))
    with pytest.raises(Faults) as refused:
        close_period(actor=clerk, site_code="LON", month=OCTOBER)
    assert refused.value.status == 403
    with pytest.raises(Faults) as refused:
        close("NOWHERE")
    assert codes(refused) == ["unknown_site"]


def test_a_close_waits_for_what_is_being_posted_and_loses_nothing(cloned_db: str) -> None:
    """Eight sellers backdate into October while it closes: each sale lies before the end or after it, none between."""
    make_site("LON")
    make_product("A1")
    receive(quantity="1000", cost="2", at=IN_OCTOBER - timedelta(hours=1))
    barrier = threading.Barrier(9)
    posted: list[Movement] = []

    def sell() -> None:
        try:
            barrier.wait()
            for _ in range(10):
                posted.append(post("sale", line("A1", "LON", "customer", "1"), at=IN_OCTOBER))
        finally:
            connections.close_all()

    def shut() -> None:
        try:
            barrier.wait()
            close()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sell) for _ in range(8)] + [threading.Thread(target=shut)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    before = [sale for sale in posted if sale.occurred_at == IN_OCTOBER]
    after = [sale for sale in posted if sale.occurred_at == FIRST_OPEN]
    assert len(posted) == 80 == len(before) + len(after)
    assert ClosingBalance.objects.get().quantity == 1000 - len(before)
    assert list(ledger_breaches()) == []
