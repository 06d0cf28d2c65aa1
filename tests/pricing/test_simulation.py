"""The simulator: worked examples on real sales, with and without elasticity; refusals."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, Product
from lib.faults import Faults
from pricing.queries.simulated_lines import NewPrice, PercentRule, prices_by_rule, prices_of_change
from pricing.queries.simulation import Simulation, simulate
from pricing.rules.elasticity import Sums, estimate, student_t, units_factor
from sales.models import DailyFact
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, a_user, priced
from tests.pricing.test_pages import client_of

D = Decimal
NOW = datetime.now(UTC)


def sell(house: House, sku: str, on: date, units: int, price: str) -> None:
    DailyFact.objects.create(
        site=house.london, product=Product.objects.get(sku=sku), on=on, units_sold=units,
        revenue=units * D(price), lines=1,
    )  # fmt: skip


def sell_for_weeks(house: House, sku: str = "A", weeks: int = 20, strength: float = -2.0) -> None:
    """Every week at 4.00 or 5.00 in turn, answering exactly by `strength`."""
    for week in range(weeks):
        price = 4 if week % 2 else 5
        units = 100 * (price / 4) ** strength + (1 if week % 4 < 2 else -1)
        DailyFact.objects.create(
            site=house.london, product=Product.objects.get(sku=sku), units_sold=D(str(round(units, 3))),
            on=NOW.date() - timedelta(days=7 * week + 3), revenue=D(str(round(units * price, 3))), lines=1,
        )  # fmt: skip


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    for sku in ("A", "B"):
        a_product(sku)
        priced(made.clerk, ("BASE", sku, "4.80"))
    return made


def run(house: House, *lines: tuple[Any, ...], days: int = 90) -> Simulation:
    change = a_draft(house.clerk, *lines)
    return simulate(prices_of_change(change.pk), actor=house.clerk, at=datetime.now(UTC), days=days)


def test_same_units_at_the_new_price(house: House) -> None:
    sell(house, "A", NOW.date() - timedelta(days=10), 10, "4.80")
    total = run(house, ("BASE", "A", "6.00")).total
    # net of 20 % tax 4.00 becomes 5.00, cost 2.00
    assert (total.units, total.revenue, total.margin) == (10, 40, 20)
    assert (total.new_revenue, total.new_margin) == (50, 30)
    assert (total.answered_units, total.answered_margin) == (10, 30)


def test_where_the_data_do_not_allow_it_it_says_so(house: House) -> None:
    sell(house, "A", NOW.date() - timedelta(days=10), 10, "4.80")
    found = run(house, ("BASE", "A", "6.00"))
    assert (found.estimated, dict(found.untold)) == (0, {"few_weeks": 1})
    assert found.estimates["A"].value is None


def test_buyers_answer_by_the_estimated_elasticity(house: House) -> None:
    sell_for_weeks(house)
    found = run(house, ("BASE", "A", "6.00"))
    one = found.estimates["A"]
    assert one.value == pytest.approx(-2.0, abs=0.15)
    assert one.low is not None and one.high is not None and one.low < one.value < one.high < 0
    assert found.total.answered_units < found.total.units
    assert found.total.margin_low <= found.total.answered_margin <= found.total.margin_high


def test_365_days_reach_further_than_90(house: House) -> None:
    sell(house, "A", NOW.date() - timedelta(days=10), 10, "4.80")
    sell(house, "A", NOW.date() - timedelta(days=200), 30, "4.80")
    assert run(house, ("BASE", "A", "6.00")).total.units == 10
    assert run(house, ("BASE", "A", "6.00"), days=365).total.units == 40


def test_by_category_and_region_they_add_up(house: House) -> None:
    toys = Category.objects.create(path="Toys / Small", name="Small")
    Product.objects.filter(sku="A").update(category=toys)
    for sku in ("A", "B"):
        sell(house, sku, NOW.date() - timedelta(days=10), 10, "4.80")
    found = run(house, ("BASE", "A", "6.00"), ("BASE", "B", "6.00"))
    assert {name: one.new_margin for name, one in found.categories.items()} == {"Toys": 30, "": 30}
    assert {name: one.new_margin for name, one in found.regions.items()} == {"United Kingdom": 60}


def test_unknown_cost_is_counted_not_guessed(house: House) -> None:
    a_product("C", cost=None)
    sell(house, "C", NOW.date() - timedelta(days=10), 10, "4.80")
    found = run(house, ("BASE", "C", "6.00"))
    assert (found.products, dict(found.skipped)) == (0, {"unknown_cost": 1})


def test_sales_outside_the_scope_are_not_seen(house: House) -> None:
    sell(house, "A", NOW.date() - timedelta(days=10), 10, "4.80")
    stranger = a_user("stranger", "price_clerk")
    stranger.scopes.all().delete() if hasattr(stranger, "scopes") else stranger.scope_set.all().delete()
    price = prices_of_change(a_draft(house.clerk, ("BASE", "A", "6.00")).pk)
    assert simulate(price, actor=stranger.as_actor(channel="api"), at=datetime.now(UTC)).products == 0


def test_percentage_over_a_category_follows_into_derived_lists(house: House) -> None:
    a_list("WEST", kind="region", region=house.london.region, parent=house.base, float_fraction="0.10")
    sell(house, "A", NOW.date() - timedelta(days=10), 10, "4.80")
    prices = prices_by_rule(PercentRule("BASE", D(10)), datetime.now(UTC))
    assert [(one.sku, one.amount) for one in prices] == [("A", D("5.28")), ("B", D("5.28"))]
    found = simulate(prices, actor=house.clerk, at=datetime.now(UTC))
    assert found.total.new_revenue > found.total.revenue == D("44.00")


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (PercentRule("NONE", D(3)), "unknown_price_list"),
        (PercentRule("BASE", D(-91)), "out_of_range"),
        (PercentRule("BASE", D(3), "No such"), "unknown_category"),
    ],
)
def test_rule_is_refused(house: House, rule: PercentRule, code: str) -> None:
    with pytest.raises(Faults) as refused:
        prices_by_rule(rule, datetime.now(UTC))
    assert refused.value.faults[0].code == code


def test_number_of_queries_does_not_grow(house: House) -> None:
    def count() -> int:
        products = Product.objects.values_list("id", "sku")
        prices = [NewPrice(pk, sku, house.base.pk, "GBP", D("6.00")) for pk, sku in products]
        with CaptureQueriesContext(connection) as asked:
            simulate(prices, actor=house.clerk, at=datetime.now(UTC))
        return len(asked)

    sell(house, "A", NOW.date() - timedelta(days=10), 10, "4.80")
    few = count()
    for number in range(10):
        a_product(f"N{number}")
        sell(house, f"N{number}", NOW.date() - timedelta(days=9), 10, "4.80")
    assert count() == few <= 14


def test_estimate_is_the_least_squares_slope_with_its_interval() -> None:
    sums = Sums(weeks=12, sites=1, spread=math.log(1.2), xx=0.1, xy=-0.2, yy=0.42)
    found = estimate(sums)
    error = math.sqrt(0.02 / 10 / 0.1) * 2.2281
    assert found.value == -2
    assert (found.low, found.high) == (
        pytest.approx(-2 - error, abs=1e-3),
        pytest.approx(-2 + error, abs=1e-3),
    )


@pytest.mark.parametrize(
    ("sums", "problem"),
    [
        (Sums(9, 1, 0.2, 0.1, -0.2, 0.42), "few_weeks"),
        (Sums(20, 1, 0.02, 0.1, -0.2, 0.42), "price_never_moved"),
        (Sums(20, 1, 0.2, 0.1, 0.2, 0.42), "wrong_sign"),
        (Sums(20, 1, 0.2, 0.1, -0.02, 9.0), "not_proven"),
    ],
)
def test_no_estimate_without_proof(sums: Sums, problem: str) -> None:
    assert (estimate(sums).value, estimate(sums).problem) == (None, problem)


def test_student_t_agrees_with_the_tables_and_far_moves_are_not_guessed() -> None:
    assert [round(student_t(freedom), 2) for freedom in (3, 5, 10, 30)] == [3.18, 2.57, 2.23, 2.04]
    assert units_factor(-2, 4) == units_factor(-2, 1.5)


def test_pages_answer_and_keep_what_was_asked(house: House) -> None:
    sell_for_weeks(house)
    change = a_draft(house.clerk, ("BASE", "A", "6.00"))
    client = client_of(house.clerk.id)
    page = client.get(f"/prices/simulate/?change={change.pk}&days=365").content.decode()
    assert "New prices, buyers answer" in page and "95 % interval" in page
    assert "Open the simulator" in client.get(f"/prices/changes/{change.pk}/simulation/").content.decode()
    rule = client.get("/prices/simulate/?price_list=BASE&percent=%2B3")
    assert (rule.status_code, "What it would have done" in rule.content.decode()) == (200, True)


def test_pages_tell_what_is_wrong(house: House) -> None:
    client = client_of(house.clerk.id)
    wrong = client.get("/prices/simulate/?price_list=BASE&percent=abc")
    assert (wrong.status_code, "from −90 to 200" in wrong.content.decode()) == (422, True)
    assert client.get("/prices/simulate/?change=9999999").status_code == 404
    assert client_of(a_user("shop", "sales").pk).get("/prices/simulate/").status_code == 403


def test_rest(house: House) -> None:
    sell(house, "A", NOW.date() - timedelta(days=10), 10, "4.80")
    change = a_draft(house.clerk, ("BASE", "A", "6.00"))
    client = client_of(house.clerk.id)
    url = f"/api/v1/price-changes/{change.pk}/simulate/"
    answer = client.post(url, {"days": 90}, "application/json").json()
    assert (answer["total"]["margin"], answer["total"]["new_margin"], answer["untold"]) == (
        "20.00", "30.00", {"few_weeks": 1},
    )  # fmt: skip
    assert client.post(url, {"days": 30}, "application/json").json()["errors"][0]["code"] == "unknown_days"
    body = {"price_list": "BASE", "percent": "x"}
    refused = client.post("/api/v1/prices/simulate/", body, "application/json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not_a_number")
