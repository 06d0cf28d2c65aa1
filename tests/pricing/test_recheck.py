"""Approved changes are looked at again before their moment: warned of, lapsed, or escalated when advertised."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from alerts.models import Alert
from audit.models import Event
from catalog.models import UnitCost
from lib import actors, clock
from lib.faults import Faults
from pricing.actions.applying import settle_all
from pricing.actions.guardrails import checked_guardrail
from pricing.actions.price_changes import approve_change
from pricing.actions.rechecking import recheck_due
from pricing.models import Guardrail, Price, PriceChange
from pricing.queries.guardrail_dry_runs import dry_run
from pricing.rules.drift import Drift, beyond, stage_at
from tests.pricing.builders import House, a_draft, a_house, a_product, priced, submitted

NOW = datetime.now(UTC)
MOMENT = NOW + timedelta(days=3)
LOOP = actors.job("pricing.apply_due")


@pytest.fixture
def house(db: None) -> House:
    house = a_house()
    a_product()
    priced(house.clerk, ("BASE", "A", "5.00"))
    return house


def a_scheduled(house: House, **fields: object) -> PriceChange:
    change = submitted(house.clerk, ("BASE", "A", "4.95"), effective_from=MOMENT, **fields)
    if change.state == "pending":
        change = approve_change(actor=house.manager, change_id=change.pk)
    assert change.placed_at is not None
    return change


def cost_becomes(amount: str) -> None:
    product_id = PriceChange.objects.latest("id").lines.get().product_id
    UnitCost.objects.create(product_id=product_id, amount=amount, currency="GBP", valid_from=NOW)


def looked_at(before: timedelta) -> int:
    with clock.frozen(MOMENT - before):
        return recheck_due(actor=LOOP)


def test_stages_are_a_day_two_hours_and_the_moment():
    hours = [25, 24, 3, 2, 1]
    assert [stage_at(MOMENT, MOMENT - timedelta(hours=h)) for h in hours] == [0, 1, 1, 2, 2]
    assert stage_at(MOMENT, MOMENT - timedelta(seconds=60)) == 3


def test_drift_is_a_fraction_and_what_is_gone_is_all_of_it():
    moved = Drift("A", "L", "cost", Decimal(2), Decimal("2.2"))
    gone = Drift("B", "L", "base", Decimal(5), None)
    assert (moved.fraction, gone.fraction) == (Decimal("0.1"), Decimal(1))
    assert beyond([moved, gone], Decimal("0.05")) == [gone, moved]
    assert beyond([moved], Decimal("0.1")) == []


def test_nothing_is_looked_at_before_its_time_and_each_stage_once(house: House):
    a_scheduled(house)
    assert looked_at(timedelta(hours=25)) == 0
    assert (looked_at(timedelta(hours=24)), looked_at(timedelta(hours=23))) == (1, 0)
    assert not Alert.objects.filter(kind="price_change_drift").exists()


def test_a_moved_cost_is_an_alert_a_day_before_and_gone_when_it_is_back(house: House):
    change = a_scheduled(house)
    cost_becomes("2.20")
    looked_at(timedelta(hours=24))
    alert = Alert.objects.get(key=f"price_change.drift:{change.pk}")
    assert (alert.severity, "10.0%" in alert.detail) == ("warning", True)
    UnitCost.objects.filter(amount="2.20").delete()
    looked_at(timedelta(hours=2))
    assert Alert.objects.get(pk=alert.pk).state == "resolved"


def test_at_the_moment_the_approval_lapses_before_anybody_is_quoted_it(house: House):
    change = a_scheduled(house)
    cost_becomes("2.20")
    looked_at(timedelta(seconds=60))
    change.refresh_from_db()
    assert (change.state, "cost 2 → 2.2" in change.lapsed_reason) == ("withdrawn", True)
    live = Price.objects.filter(known__endswith=None)
    assert {row.amount for row in live if MOMENT in row.valid} == {Decimal("5.00")}
    assert Event.objects.filter(kind="price_change.lapsed", subject=f"price_change:{change.pk}").exists()


def test_what_an_advertised_promotion_lost_escalates_and_it_stands(house: House):
    change = a_scheduled(house, reason_code="promotion", is_advertised=True)
    cost_becomes("2.20")
    looked_at(timedelta(seconds=60))
    change.refresh_from_db()
    assert change.state == "approved"
    assert Alert.objects.get(key=f"price_change.drift:{change.pk}").severity == "major"


def test_a_moved_base_lapses_too(house: House):
    change = a_scheduled(house)
    moved = submitted(house.clerk, ("BASE", "A", "5.60"), effective_until=MOMENT)
    if moved.state == "pending":
        approve_change(actor=house.manager, change_id=moved.pk)
    looked_at(timedelta(seconds=60))
    change.refresh_from_db()
    assert (change.state, "base 5 → 5.6" in change.lapsed_reason) == ("withdrawn", True)


def test_within_the_band_it_is_applied(house: House):
    change = a_scheduled(house)
    cost_becomes("2.06")
    with clock.frozen(MOMENT):
        settle_all()
    change.refresh_from_db()
    assert change.state == "applied"


def test_the_band_is_a_versioned_guardrail(house: House):
    change = a_scheduled(house)
    Guardrail.objects.create(rule="approval_band", version=2, review_at="0.30", block_at="0.50")
    cost_becomes("2.20")
    looked_at(timedelta(seconds=60))
    change.refresh_from_db()
    assert change.state == "approved"


def test_only_promotions_can_be_advertised(house: House):
    with pytest.raises(Faults) as refused:
        a_draft(house.clerk, ("BASE", "A", "4.95"), is_advertised=True)
    assert [fault.code for fault in refused.value.faults] == ["not_a_promotion"]


def test_two_loops_look_once(house: House):
    a_scheduled(house)
    looked_at(timedelta(hours=24))
    looked_at(timedelta(hours=24))
    assert Event.objects.filter(kind="price_change.rechecked").count() == 1


def test_a_band_for_one_list_is_refused_and_its_dry_run_finds_nothing(house: House):
    with pytest.raises(Faults) as refused:
        checked_guardrail({"rule": "approval_band", "price_list": "BASE", "block_at": "0.1"})
    assert [fault.code for fault in refused.value.faults] == ["house_wide"]
    band = checked_guardrail({"rule": "approval_band", "review_at": "0.05", "block_at": "0.1"})
    assert dry_run(band, clock.now()).changes_held == 0
