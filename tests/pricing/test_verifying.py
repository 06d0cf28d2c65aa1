"""What was announced is held against what stands: nothing is found in a sound house, a torn timeline is."""

from datetime import timedelta

import pytest
from django.db import connection

from lib import actors, clock
from pricing import checks
from pricing.actions.applying import apply_due
from pricing.actions.price_changes import approve_change, roll_back_change
from pricing.models import PriceChange
from tests.pricing.builders import House, a_house, a_product, priced, submitted

pytestmark = pytest.mark.django_db
LOOP = actors.job("pricing.apply_due")
DAY = timedelta(days=1)


@pytest.fixture
def house() -> House:
    made = a_house()
    for sku in ("A", "B"):
        a_product(sku)
        priced(made.clerk, ("BASE", sku, "10.00"))
    return made


def through(house: House, *lines: tuple[str, str, str | None], days: int = 0) -> PriceChange:
    when = clock.now() + days * DAY if days else None
    change = submitted(house.clerk, *lines, **({"effective_from": when} if when else {}))
    if change.state == "pending":
        change = approve_change(actor=house.manager, change_id=change.pk)
    return change


def found() -> list[str]:
    apply_due(actor=LOOP)
    return [one.key for one in checks.applied_as_announced(clock.now() + timedelta(seconds=5))]


def test_changes_ends_later_changes_and_roll_backs_are_as_announced(house: House) -> None:
    first = through(house, ("BASE", "A", "10.20"), ("BASE", "B", "10.10"))
    through(house, ("BASE", "A", "10.40"), days=2)
    through(house, ("BASE", "B", None))
    assert found() == []
    back = roll_back_change(actor=house.manager, change_id=first.pk)
    if back.state == "pending":
        approve_change(actor=house.other_manager, change_id=back.pk)
    assert found() == [] and PriceChange.objects.filter(state="applied").count() >= 4


@pytest.mark.parametrize("asked", ["9.99", None])
def test_a_line_that_does_not_stand_is_found(house: House, asked: str | None) -> None:
    """As if the line had been touched after the approval, behind every action."""
    change = through(house, ("BASE", "A", "10.20"), ("BASE", "B", "10.10"))
    assert found() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pricing_pricechangeline SET amount = %s WHERE change_id = %s AND position = 0",
            [asked, change.pk],
        )
    [told] = checks.applied_as_announced(clock.now() + timedelta(seconds=5))
    assert (told.key, told.severity, told.detail) == (f"price_change_differs:{change.pk}", "major", "1: A …")
    assert checks.applied_as_announced(clock.now() + timedelta(hours=5)) == []
