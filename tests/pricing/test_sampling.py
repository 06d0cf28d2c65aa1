"""The nightly sample: it agrees in a sound house, and it finds each way to ask that strays."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from alerts.models import Alert
from catalog.models import CustomerGroup
from lib import actors, clock
from pricing.actions.price_changes import approve_change
from pricing.actions.sampling import verify_sample
from pricing.queries import sampling
from tests.pricing.builders import House, a_house, a_list, a_product, a_rate, priced, submitted

pytestmark = pytest.mark.django_db
SLOT = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)


@pytest.fixture
def house() -> House:
    made = a_house()
    a_rate("GBP", "EUR", "1.15")
    for sku in ("A", "B", "C"):
        a_product(sku)
    a_list(
        "EU", kind="region", region=made.berlin.region, currency="EUR", parent=made.base, float_fraction="0.08",
        float_amount="0.30", floor_fraction="0", ceiling_fraction="0.1", ends_in="0.99",
    )  # fmt: skip
    a_list("CLUB", customer_group=CustomerGroup.objects.create(code="CLUB", name="Club"))
    a_list("DEAL", kind="promotion")
    priced(made.clerk, ("BASE", "A", "10.00"), ("BASE", "B", "4.49"))
    change = submitted(made.clerk, ("EU", "B", "5.20"), ("CLUB", "A", "9.60"), ("DEAL", "A", "9.80"))
    approve_change(actor=made.manager, change_id=change.pk)
    return made


def verified(size: int = 60) -> dict[str, Any]:
    return verify_sample(actor=actors.job("tests"), slot=SLOT, size=size)


def test_a_sound_house_agrees_in_every_way_to_ask(house: House) -> None:
    told = verified()
    assert told["first"] == []
    assert (told["quotes"], told["cells"], told["rows"], told["differing"]) == (60, 12, 5, 0)
    assert not Alert.objects.exists()


def test_a_sample_is_the_same_for_its_slot_and_asks_for_everything(house: House) -> None:
    actor = actors.job("tests")
    lines = sampling.sample_lines(actor, "x", 60)
    assert lines == sampling.sample_lines(actor, "x", 60) != sampling.sample_lines(actor, "y", 60)
    assert {line.sku for line in lines} == {"A", "B", "C"}
    assert {line.customer_group for line in lines} == {"", "CLUB"}
    assert {line.channel for line in lines} == {"", "market"}


@pytest.mark.parametrize("stray", ["naive_price", "bulk_prices", "list_cells", "prices_at"])
def test_whichever_way_strays_is_told_as_a_major_alert_until_it_agrees(
    house: House, stray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(sampling, stray)

    def wrong(*args: Any, **kwargs: Any) -> Any:
        found = right(*args, **kwargs)
        if stray == "naive_price":
            return found and (found[0], found[1] + Decimal("0.01"))
        if stray == "list_cells":
            return dict(list(found.items())[1:])
        if stray == "bulk_prices":
            return [one._replace(price_list="OTHER") for one in found]
        return found[1:]

    with monkeypatch.context() as patch:
        patch.setattr(sampling, stray, wrong)
        assert verified()["differing"] > 0
    alert = Alert.objects.get(key="price_sample")
    assert (alert.severity, alert.state) == ("major", "firing")
    assert verified()["differing"] == 0
    assert Alert.objects.get(key="price_sample").state == "resolved"


def test_a_price_that_wants_a_rate_is_refused_in_every_way_alike(house: House) -> None:
    """A missing rate is an error of the line and an empty cell, and no difference."""
    from catalog.models import ExchangeRate

    ExchangeRate.objects.all().delete()
    assert verified()["differing"] == 0


def test_an_empty_house_has_nothing_to_compare() -> None:
    assert verify_sample(actor=actors.job("tests"), slot=clock.now(), size=5)["quotes"] == 0


def test_the_slot_is_in_the_schedule() -> None:
    from config.schedule import SCHEDULE

    assert [one.local_times for one in SCHEDULE if one.name == "pricing.verify_sample"] == [("03:30",)]
