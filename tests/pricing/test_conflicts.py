"""Conflicts on the timelines: each kind is found, its outcome is what placing does, and none is invented."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lib import clock
from pricing.actions.price_changes import approve_change
from pricing.models import PriceList
from pricing.queries.conflicts import KINDS, ConflictFilter, conflict_counts, conflicts
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, priced, submitted
from tests.pricing.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    for sku in ("A", "B"):
        a_product(sku)
        priced(made.clerk, ("BASE", sku, "4.00"))
    return made


def found(kind: str = "") -> list[Any]:
    return conflicts(ConflictFilter(clock.now(), kind), limit=100)


def placed(house: House, *lines: tuple[Any, ...], **fields: Any) -> None:
    """Prices that stand, a manager having looked where the policy wants one."""
    change = submitted(house.clerk, *lines, **fields)
    if change.state == "pending":
        approve_change(actor=house.manager, change_id=change.pk)


def test_nothing_collides(house: House) -> None:
    submitted(house.clerk, ("BASE", "A", "9.00"))
    submitted(house.clerk, ("BASE", "B", "9.00"))
    assert found() == []
    assert conflict_counts(ConflictFilter(clock.now())) == dict.fromkeys(KINDS, 0)
    assert "Nothing collides" in client_of(house.clerk.id).get("/prices/conflicts/").content.decode()


def test_two_pending_changes_of_one_price_collide_once(house: House) -> None:
    first = submitted(house.clerk, ("BASE", "A", "9.00"))
    second = submitted(house.clerk, ("BASE", "A", "9.50"))
    (one,) = found()
    assert (one.kind, one.outcome, one.sku) == ("overlap", "first_placed", "A")
    assert one.other is not None and {one.change.id, one.other.id} == {first.pk, second.pk}
    page = client_of(house.clerk.id).get("/prices/conflicts/").content.decode()
    assert first.reference in page and second.reference in page


def test_a_change_over_a_scheduled_price_it_knows_covers_it(house: House) -> None:
    soon = clock.now() + timedelta(days=3)
    scheduled = priced(house.clerk, ("BASE", "A", "4.05"), effective_from=soon)
    later = submitted(house.clerk, ("BASE", "A", "9.00"))
    (one,) = found()
    assert (one.kind, one.outcome, one.start) == ("overlap", "later_covers", soon)
    assert one.other is not None and (one.change.id, one.other.id) == (scheduled.pk, later.pk)


def test_a_price_that_moved_since_makes_the_change_stale(house: House) -> None:
    waiting = submitted(house.clerk, ("BASE", "A", "9.00"))
    other = submitted(house.clerk, ("BASE", "A", "4.01"))
    if other.state == "pending":
        approve_change(actor=house.manager, change_id=other.pk)
    (one,) = found("stale_base")
    assert (one.change.id, str(one.other_amount)[:4], one.outcome) == (waiting.pk, "4.01", "later_refused")


def test_a_price_that_ends_says_what_comes_after(house: House) -> None:
    until = clock.now() + timedelta(days=3)
    a_list("WEB", kind="site", site=house.web)
    priced(house.clerk, ("WEB", "A", "3.90"), effective_until=until)
    (one,) = found("price_ends")
    assert (one.price_list, one.start) == ("WEB", until)
    page = client_of(house.clerk.id).get("/prices/conflicts/?kind=price_ends").content.decode()
    assert "Then BASE applies" in page


def test_a_promotion_above_the_price_is_passed_over(house: House) -> None:
    a_list("SALE", kind="promotion", priority=10)
    placed(house, ("SALE", "A", "3.90"), reason_code="promotion")
    assert found("promotion_above_price") == []
    placed(house, ("BASE", "A", "3.85"))
    (one,) = found("promotion_above_price")
    assert (one.price_list, one.sku, str(one.other_amount)[:4], one.outcome) == (
        "SALE",
        "A",
        "3.85",
        "passed_over",
    )
    page = client_of(house.clerk.id).get("/prices/conflicts/?kind=promotion_above_price").content.decode()
    assert "Nobody is asked for it" in page and "/prices/?q=A&amp;lists=SALE" in page


def test_two_lists_come_to_the_same_priority(house: House) -> None:
    for code, priority in (("SALE", 10), ("MORE", 11)):
        made = a_list(code, kind="promotion", priority=priority)
        placed(house, (code, "A", "3.90"), reason_code="promotion")
    assert found("equal_priority") == []
    PriceList.objects.filter(pk=made.pk).update(priority=10)
    (one,) = found("equal_priority")
    assert ({one.price_list}, one.sku, one.outcome) == ({"SALE"}, "A", "by_chance")
    page = client_of(house.clerk.id).get("/prices/conflicts/?kind=equal_priority").content.decode()
    assert "/prices/lists/SALE/" in page


@pytest.mark.parametrize(
    ("amount", "outcome"), [("4.40", "below_band"), ("6.10", "above_band"), ("5.00", None)]
)
def test_an_own_price_leaves_the_band_of_its_list(house: House, amount: str, outcome: str | None) -> None:
    a_rate("GBP", "EUR", "1.25")
    a_list(
        "EURO", kind="region", region=house.berlin.region, currency="EUR", parent=house.base,
        floor_fraction="-0.10", ceiling_fraction="0.20",
    )  # fmt: skip
    placed(house, ("EURO", "A", amount))
    assert [(one.price_list, one.outcome) for one in found("outside_band")] == (
        [("EURO", outcome)] if outcome else []
    )


def test_rest_pages_forth_and_back(house: House) -> None:
    for sku in ("A", "B"):
        submitted(house.clerk, ("BASE", sku, "9.00"))
        submitted(house.clerk, ("BASE", sku, "9.50"))
    client = client_of(house.clerk.id)
    first = client.get("/api/v1/price-conflicts/?page_size=1").json()
    second = client.get(first["next"]).json()
    assert [first["results"][0]["sku"], second["results"][0]["sku"]] == ["A", "B"]
    assert (first["previous"], second["next"]) == (None, None)
    back = client.get(second["previous"]).json()
    assert [one["sku"] for one in back["results"]] == ["A"] and back["previous"] is None


@pytest.mark.parametrize(
    ("asked", "status"), [("kind=x", 422), ("cursor=%20", 400), ("cursor=WyJuZXh0IiwxXQ==", 400)]
)
def test_rest_refuses_what_it_cannot_read(house: House, asked: str, status: int) -> None:
    assert client_of(house.clerk.id).get(f"/api/v1/price-conflicts/?{asked}").status_code == status


def test_more_conflicts_cost_no_more_queries(house: House) -> None:
    client = client_of(house.clerk.id)

    def cost() -> int:
        with CaptureQueriesContext(connection) as told:
            assert client.get("/prices/conflicts/").status_code == 200
        return len(told)

    submitted(house.clerk, ("BASE", "A", "9.00"))
    submitted(house.clerk, ("BASE", "A", "9.50"))
    cost()
    few = cost()
    for amount in ("9.60", "9.70", "9.80"):
        submitted(house.clerk, ("BASE", "A", amount))
    assert cost() == few
