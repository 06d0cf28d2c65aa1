"""The margin effect on real sales: worked examples."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from catalog.models import Product
from pricing.actions.price_changes import approve_change
from pricing.queries.lines import line_rows
from pricing.queries.replay import replay
from sales.models import DailyFact
from tests.pricing.builders import House, a_draft, a_house, a_list, a_product, priced, submitted

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
D = Decimal


@pytest.fixture
def house() -> House:
    made = a_house()
    a_product("A")
    priced(made.clerk, ("BASE", "A", "4.80"))
    return made


def sell(house: House, units: int, on: date) -> None:
    DailyFact.objects.create(
        site=house.london,
        product=Product.objects.get(sku="A"),
        on=on,
        units_sold=units,
        revenue=units * 5,
        lines=3,
    )


def last_week() -> date:
    return NOW.date() - timedelta(days=NOW.date().weekday() + 3)


def test_effect_is_units_times_net_difference(house: House) -> None:
    sell(house, 80, last_week())
    change = a_draft(house.clerk, ("BASE", "A", "5.40"))
    found = replay(line_rows(change.pk), actor=house.clerk, at=datetime.now(UTC))
    assert found is not None
    # 80 units in 8 weeks: 10 a week × (4.50 − 4.00) net of 20 % tax
    assert (found.effect, found.sale_lines, found.line_effects) == (D(5), 3, {("BASE", "A"): D(5)})
    assert (found.before, found.after) == (D(20), D(25))  # 10 × (4.00 − 2.00), 10 × (4.50 − 2.00)


def test_nothing_is_told_without_sales_of_the_last_weeks(house: House) -> None:
    sell(house, 80, NOW.date() - timedelta(weeks=12))
    change = a_draft(house.clerk, ("BASE", "A", "5.40"))
    assert replay(line_rows(change.pk), actor=house.clerk, at=datetime.now(UTC)) is None


def test_line_in_a_list_that_does_not_apply_here_has_no_effect(house: House) -> None:
    sell(house, 80, last_week())
    a_list("EU", kind="region", region=house.berlin.region)
    change = a_draft(house.clerk, ("EU", "A", "5.40"))
    found = replay(line_rows(change.pk), actor=house.clerk, at=datetime.now(UTC))
    assert found is not None
    assert found.effect == 0


def test_placed_change_is_weighed_against_what_was_before(house: House) -> None:
    sell(house, 80, last_week())
    change = submitted(house.clerk, ("BASE", "A", "6.00"))
    placed = approve_change(actor=house.manager, change_id=change.pk)
    assert placed.placed_at is not None
    found = replay(
        line_rows(change.pk), actor=house.manager, at=placed.placed_at,
        known_at=placed.placed_at - timedelta(microseconds=1),
    )  # fmt: skip
    assert found is not None
    assert found.effect == D(10)
