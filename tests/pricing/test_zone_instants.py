"""Guardrails of a change with local times: each line meets what holds at the instant its own zone's clocks give."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, UnitCost
from lib import clock
from pricing.actions.judging import judge_by_zone
from pricing.actions.price_changes import approve_change
from pricing.messages import finding_message
from pricing.models import PriceChange
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, a_site, priced, submitted

#: 08:00 UTC in Berlin, 09:00 UTC in London.
WALL = "2030-11-30T09:00"
BETWEEN = datetime(2030, 11, 30, 8, 30, tzinfo=UTC)


@pytest.fixture
def house(db: None) -> House:
    """From 08:30 UTC of the day on, A costs 4.00 instead of 2.00."""
    made = a_house()
    product = a_product()
    UnitCost.objects.create(product=product, amount="4.00", currency="GBP", valid_from=BETWEEN)
    a_list("BER", kind="site", site=made.berlin)
    a_list("LON", kind="site", site=made.london)
    return made


def a_local(house: House, *lists: str, wall: str = WALL) -> PriceChange:
    return a_draft(house.clerk, *((code, "A", "4.20") for code in lists), local_from=wall)


def found(change: PriceChange) -> dict[str, list[str]]:
    rows = change.findings.filter(line__isnull=False).order_by("id")
    told: dict[str, list[str]] = {}
    for one in rows:
        assert one.line is not None
        told.setdefault(one.line.price_list.code, []).append(one.code)
    return told


def test_a_cost_that_rises_between_two_zones_meets_only_the_later(house: House):
    change = a_local(house, "BER", "LON")
    assert found(change) == {"LON": ["below_cost"]}
    costs = {line.price_list.code: line.unit_cost for line in change.lines.select_related("price_list")}
    assert costs == {"BER": Decimal("2"), "LON": Decimal("4")}
    one = change.findings.get(code="below_cost")
    assert finding_message(one.code, one.params).startswith("Europe/London: 4.20 GBP is below cost")


def test_the_worst_zone_of_a_list_over_several_is_told(house: House):
    """EU is sold in Berlin at 08:00 and in Lisbon at 09:00 UTC: it is held back, and Lisbon's finding is told."""
    a_list("EU", kind="region", region=house.berlin.region)
    a_site("LIS", house.berlin.region, timezone="Europe/Lisbon", currency="GBP", country="DE")
    change = a_local(house, "EU")
    assert found(change)["EU"] == ["several_zones", "below_cost"]
    params = change.findings.get(code="below_cost").params
    assert (params["seen_in"], params["site"], change.lines.count()) == ("Europe/Lisbon", "LIS", 1)


def test_the_old_price_is_that_of_the_own_instant(house: House):
    """London's price goes to 8.00 at 08:30: at its own 09:00 the step is from 8.00, not from 6.00."""
    priced(house.clerk, ("LON", "A", "6.00"), ("BER", "A", "6.00"))
    change = submitted(house.clerk, ("LON", "A", "8.00"), effective_from=BETWEEN)
    approve_change(actor=house.manager, change_id=change.pk)
    local = a_local(house, "BER", "LON")
    old = {line.price_list.code: line.old_amount for line in local.lines.select_related("price_list")}
    assert old == {"BER": Decimal("6"), "LON": Decimal("8")}


def test_one_instant_names_no_zone(house: House):
    change = a_draft(house.clerk, ("BER", "A", "1.00"), local_from=WALL)
    assert "seen_in" not in change.findings.get(code="below_cost").params


def test_however_many_lines_it_takes_the_same_queries(house: House):
    counts = []
    for size in (2, 30):
        skus = [f"P{size}-{number}" for number in range(size)]
        for sku in skus:
            a_product(sku)
        lines = [(code, sku, "9.00") for sku in skus for code in ("BER", "LON")]
        change = a_draft(house.clerk, *lines, local_from=WALL, title=f"{size}")
        with CaptureQueriesContext(connection) as captured:
            judged = judge_by_zone(PriceChange.objects.get(pk=change.pk), clock.now())
        counts.append(len(captured))
        assert len(judged) == 2 * size
    assert counts[0] == counts[1]
    assert Product.objects.count() == 33
