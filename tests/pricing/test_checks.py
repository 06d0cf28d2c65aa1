"""What a patrol finds in pricing, and the timeline of one price."""

from datetime import UTC, date, datetime, timedelta

import pytest

from approvals.actions import decide
from catalog.models import UnitCost
from lib import clock
from pricing import checks
from pricing.actions.price_changes import approve_change
from pricing.models import PriceList
from pricing.queries.quotes import QuoteLine
from pricing.queries.timelines import quote_timeline
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, amount, priced, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A")
    priced(made.clerk, ("BASE", "A", "10.00"))
    return made


def test_a_quiet_house_has_no_findings(house: House):
    now = clock.now()
    found = [
        check(now) for check in (checks.below_cost, checks.derived_without_rate, checks.equal_priorities)
    ]
    assert found == [[], [], []]
    assert checks.unplaced(now) == checks.unapplied(now) == []


def test_a_cost_that_rose_above_the_price_is_found(house: House):
    UnitCost.objects.create(product_id=house_product(), amount="9", currency="GBP", valid_from=clock.now())
    [found] = checks.below_cost(clock.now() + timedelta(seconds=1))
    assert (found.key, str(found.title)) == (
        "price_below_cost:BASE:A",
        "A is sold below cost in BASE: 10.00 GBP",
    )


def house_product() -> int:
    from catalog.models import Product

    return Product.objects.get(sku="A").pk


def test_a_derived_list_without_a_rate_is_found(house: House):
    a_list("EU", kind="region", region=house.berlin.region, currency="EUR", parent=house.base)
    assert [f.code for f in checks.derived_without_rate(clock.now())] == ["missing_exchange_rate"]
    a_rate("GBP", "EUR", "1.15", on=date(2024, 1, 1))
    assert [f.code for f in checks.derived_without_rate(clock.now())] == ["stale_exchange_rate"]


def test_lists_made_equal_afterwards_are_found(house: House):
    a_list("OTHER", priority=7)
    priced(house.clerk, ("OTHER", "A", "10.00"))
    assert checks.equal_priorities(clock.now()) == []
    PriceList.objects.update(priority=0)
    assert [f.key for f in checks.equal_priorities(clock.now())] == ["price_lists_equal:BASE:OTHER"]


def test_what_the_loop_left_lying_is_found(house: House):
    change = submitted(house.clerk, ("BASE", "A", "11.00"))
    decide(actor=house.manager, request_id=change.approval_id or 0, approve=True)
    later = clock.now() + timedelta(minutes=6)
    assert [f.key for f in checks.unplaced(later)] == [f"price_change_unplaced:{change.pk}"]
    assert [f.code for f in checks.unapplied(later)] == ["price_change_unapplied"]


def test_the_timeline_shows_each_stretch_with_its_lowest_of_30_days(house: House):
    now = clock.now()
    begin = now + timedelta(days=2)
    priced(
        house.clerk, ("BASE", "A", "9.80"), effective_from=begin, effective_until=begin + timedelta(days=1)
    )
    points = quote_timeline(
        QuoteLine("A", "LON"), actor=house.clerk, since=now, until=now + timedelta(days=9)
    )
    assert [(p.amount, p.lowest_30_days) for p in points] == [
        (amount("10"), amount("10")),
        (amount("9.8"), amount("10")),
        (amount("10"), amount("9.8")),
    ]
    assert (points[1].start, points[1].end, points[2].end) == (
        begin,
        begin + timedelta(days=1),
        now + timedelta(days=9),
    )


def test_a_derived_price_follows_the_rate_of_each_day(house: House):
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    a_list("EU", kind="region", region=house.berlin.region, currency="EUR", parent=house.base)
    a_rate("GBP", "EUR", "1.15", on=today.date())
    a_rate("GBP", "EUR", "1.20", on=today.date() + timedelta(days=2))
    points = quote_timeline(
        QuoteLine("A", "BER"), actor=house.clerk, since=clock.now(), until=today + timedelta(days=4)
    )
    assert [p.amount for p in points] == [amount("11.5"), amount("12")]
    assert points[1].start == today + timedelta(days=2)


def test_an_unknown_product_has_no_timeline(house: House):
    now = clock.now()
    assert quote_timeline(QuoteLine("NOPE", "LON"), actor=house.clerk, since=now, until=now) == []


@pytest.mark.parametrize(("exclusive", "keys"), [(False, ["promotion_above_price:DEAL:A"]), (True, [])])
def test_a_promotion_above_the_price_is_found_unless_it_is_exclusive(
    house: House, exclusive: bool, keys: list[str]
):
    """It was below when it was submitted; then the ordinary price fell under it."""
    a_list("DEAL", kind="promotion", exclusive=exclusive)
    change = submitted(house.clerk, ("DEAL", "A", "9.80"))
    if change.state == "pending":
        approve_change(actor=house.manager, change_id=change.pk)
    assert checks.promotions_above_price(clock.now()) == []
    undercut = priced(house.clerk, ("BASE", "A", "9.70"))
    codes = [one.code for one in undercut.findings.all()]
    assert codes == ([] if exclusive else ["promotion_overtaken"])
    found = checks.promotions_above_price(clock.now())
    assert [one.key for one in found] == keys
    assert all(one.url == "/prices/why/?sku=A&site=LON" for one in found)
