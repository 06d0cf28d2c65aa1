"""What is taken back is checked against the timeline that other changes have made since."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from alerts.models import Alert
from audit.models import Event
from catalog.models import Product, UnitCost
from lib import actors, clock
from lib.faults import Faults
from pricing.actions.applying import apply_due
from pricing.actions.price_changes import approve_change, roll_back_change, withdraw_change
from pricing.actions.rechecking import recheck_due
from pricing.models import Price, PriceChange
from tests.approvals.test_races import together
from tests.pricing.builders import LONG_AGO, House, a_house, a_product, priced, submitted

LOOP = actors.job("pricing.apply_due")
DAY = timedelta(days=1)


@pytest.fixture
def house(db: None) -> House:
    house = a_house()
    a_product("A")
    priced(house.clerk, ("BASE", "A", "10.00"))
    return house


def approved(house: House, amount: str, days: int) -> PriceChange:
    """A change that takes effect in so many days, by policy or by the manager."""
    change = submitted(house.clerk, ("BASE", "A", amount), effective_from=clock.now() + days * DAY)
    if change.state == "pending":
        change = approve_change(actor=house.manager, change_id=change.pk)
    return change


def standing(days: int) -> list[str]:
    """What stands in so many days and an hour."""
    at = clock.now() + days * DAY + timedelta(hours=1)
    found = Price.objects.filter(valid__contains=at, known__upper_inf=True)
    return [f"{amount.normalize():f}" for amount in found.values_list("amount", flat=True)]


def test_the_price_of_a_withdrawn_change_does_not_come_back_with_the_next(house: House):
    first, second = approved(house, "10.20", 2), approved(house, "10.40", 4)
    withdraw_change(actor=house.clerk, change_id=first.pk)
    assert [standing(days) for days in (1, 2, 4)] == [["10"], ["10"], ["10.4"]]
    withdraw_change(actor=house.clerk, change_id=second.pk)
    assert [standing(days) for days in (1, 2, 4)] == [["10"], ["10"], ["10"]]


def test_the_other_way_round_each_step_restores_what_still_holds(house: House):
    first, second = approved(house, "10.20", 2), approved(house, "10.40", 4)
    withdraw_change(actor=house.clerk, change_id=second.pk)
    assert [standing(days) for days in (1, 2, 4)] == [["10"], ["10.2"], ["10.2"]]
    withdraw_change(actor=house.clerk, change_id=first.pk)
    assert [standing(days) for days in (1, 2, 4)] == [["10"], ["10"], ["10"]]


def test_three_deep_the_lowest_that_holds_is_found(house: House):
    made = [approved(house, amount, days) for amount, days in (("10.10", 2), ("10.20", 3), ("10.30", 4))]
    for change in made:
        withdraw_change(actor=house.clerk, change_id=change.pk)
    assert [standing(days) for days in (1, 2, 3, 4)] == [["10"]] * 4


def test_a_rolled_back_price_does_not_come_back_when_a_later_change_is_withdrawn(house: House):
    wrong = priced(house.clerk, ("BASE", "A", "10.20"))
    apply_due(actor=LOOP)
    later = approved(house, "10.40", 2)
    back = roll_back_change(actor=house.manager, change_id=wrong.pk)
    if back.state == "pending":
        approve_change(actor=house.other_manager, change_id=back.pk)
    assert [standing(days) for days in (0, 2)] == [["10"], ["10.4"]]
    withdraw_change(actor=house.clerk, change_id=later.pk)
    assert [standing(days) for days in (0, 2)] == [["10"], ["10"]]


def test_without_a_price_beneath_the_stretch_is_empty_again(house: House):
    """A first price that was withdrawn leaves nothing, not its own ghost."""
    a_product("NEW")
    moment = clock.now()
    made = []
    for amount, days in (("5.00", 2), ("5.10", 4)):
        change = submitted(house.clerk, ("BASE", "NEW", amount), effective_from=moment + days * DAY)
        if change.state == "pending":
            change = approve_change(actor=house.manager, change_id=change.pk)
        made.append(change)
    for change in made:
        withdraw_change(actor=house.clerk, change_id=change.pk)
    live = Price.objects.filter(product__sku="NEW", known__upper_inf=True)
    assert list(live) == []


def test_a_later_change_whose_base_was_withdrawn_lapses_at_its_moment(house: House):
    first, second = approved(house, "9.00", 2), approved(house, "8.80", 4)
    withdraw_change(actor=house.clerk, change_id=first.pk)
    with clock.frozen(clock.now() + 3 * DAY + timedelta(hours=1)):
        recheck_due(actor=LOOP)
    assert Alert.objects.filter(key=f"price_change.drift:{second.pk}", state="firing").count() == 1
    with clock.frozen(clock.now() + 4 * DAY):
        recheck_due(actor=LOOP)
    second.refresh_from_db()
    assert (second.state, bool(second.lapsed_reason)) == ("withdrawn", True)


def test_of_two_loops_at_once_one_warns_and_one_lapses(cloned_db: str) -> None:
    house = a_house()
    product: Product = a_product("A")
    priced(house.clerk, ("BASE", "A", "10.00"))
    change = approved(house, "9.80", 3)
    moment = change.effective_from
    assert moment is not None
    UnitCost.objects.create(product=product, amount="4.00", currency="GBP", valid_from=LONG_AGO + DAY)

    def looked_at(at: datetime) -> list[object]:
        def look() -> int:
            with clock.frozen(at):
                return recheck_due(actor=LOOP)

        return together(look, look, look)

    results = looked_at(moment - timedelta(hours=23))
    assert sorted(map(str, results)) == ["0", "0", "1"]
    assert Event.objects.filter(kind="price_change.rechecked").count() == 1
    assert list(Alert.objects.filter(kind="price_change_drift").values_list("count", flat=True)) == [1]
    results = looked_at(moment)
    assert sorted(map(str, results)) == ["0", "0", "1"]
    assert Event.objects.filter(kind="price_change.lapsed").count() == 1
    assert Alert.objects.filter(kind="price_change_lapsed").count() == 1
    live = Price.objects.get(known__upper_inf=True, valid__contains=moment + DAY)
    assert live.amount == Decimal("10")


def test_a_loop_killed_in_the_middle_leaves_the_stage_to_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    change = approved(house, "9.80", 3)
    UnitCost.objects.filter(product__sku="A").update(amount="4.00")
    assert change.effective_from is not None
    with clock.frozen(change.effective_from - timedelta(hours=23)):
        with monkeypatch.context() as broken, pytest.raises(SystemExit):
            broken.setattr(
                "pricing.actions.rechecking.record", lambda **_told: (_ for _ in ()).throw(SystemExit)
            )
            recheck_due(actor=LOOP)
        change.refresh_from_db()
        assert (change.recheck_stage, Alert.objects.count()) == (0, 0)
        assert recheck_due(actor=LOOP) == 1
    assert Alert.objects.filter(key=f"price_change.drift:{change.pk}").count() == 1


def test_the_preview_tells_what_would_stand_and_who_builds_on_it(house: House, client: Client):
    first = approved(house, "10.20", 2)
    second = approved(house, "10.40", 4)
    client.force_login(User.objects.get(username="clerk"))
    told = client.get(f"/api/v1/price-changes/{first.pk}/taken-back/").json()
    [row] = told["standing"]
    assert (row["asked_amount"], row["amount"], told["without_price"]) == ("10.20", "10.00", 0)
    assert (row["begins"], row["ends"]) == (
        first.effective_from.isoformat(),  # type: ignore[union-attr]
        second.effective_from.isoformat(),  # type: ignore[union-attr]
    )
    assert [(one["reference"], one["lines"]) for one in told["later_changes"]] == [(second.reference, 1)]
    shown = client.get(f"/prices/changes/{first.pk}/taken-back/").content.decode()
    assert second.reference in shown and "10.00" in shown
    assert (
        f"/prices/changes/{first.pk}/taken-back/"
        in client.get(f"/prices/changes/{first.pk}/").content.decode()
    )
    withdraw_change(actor=house.clerk, change_id=first.pk)
    assert [standing(days) for days in (2, 4)] == [["10"], ["10.4"]]
    assert client.get("/api/v1/price-changes/999999/taken-back/").status_code == 404


def test_the_preview_of_a_first_price_tells_that_nothing_takes_its_place(house: House, client: Client):
    a_product("NEW")
    change = submitted(house.clerk, ("BASE", "NEW", "5.00"), effective_from=clock.now() + DAY)
    if change.state == "pending":
        change = approve_change(actor=house.manager, change_id=change.pk)
    client.force_login(User.objects.get(username="clerk"))
    told = client.get(f"/api/v1/price-changes/{change.pk}/taken-back/").json()
    assert (told["total"], told["without_price"], told["standing"][0]["amount"]) == (1, 1, None)
    assert "tone-red" in client.get(f"/prices/changes/{change.pk}/taken-back/").content.decode()


def test_ending_a_price_is_a_change_like_any_other(house: House, client: Client):
    """Pending it moves nothing; approved it ends the price; withdrawn before its moment the price is back."""
    client.force_login(User.objects.get(username="clerk"))
    change = submitted(house.clerk, ("BASE", "A", None), effective_from=clock.now() + 2 * DAY)
    assert (change.state, standing(3)) == ("pending", ["10"])
    assert "ends" in client.get(f"/prices/changes/{change.pk}/").content.decode()
    change = approve_change(actor=house.manager, change_id=change.pk)
    assert [standing(days) for days in (1, 3)] == [["10"], []]
    [line] = client.get(f"/api/v1/price-changes/{change.pk}/").json()["lines"]
    assert line["amount"] is None
    withdraw_change(actor=house.manager, change_id=change.pk)
    assert [standing(days) for days in (1, 3)] == [["10"], ["10"]]


def test_an_ended_price_comes_back_when_the_end_is_rolled_back(house: House):
    """The change that only ends a price leaves no row; what was valid is found all the same."""
    approved(house, "10.40", 4)
    change = submitted(house.clerk, ("BASE", "A", None))
    if change.state == "pending":
        change = approve_change(actor=house.manager, change_id=change.pk)
    apply_due(actor=LOOP)
    assert standing(0) == []
    after = standing(4)
    back = roll_back_change(actor=house.manager, change_id=change.pk)
    if back.state == "pending":
        approve_change(actor=house.other_manager, change_id=back.pk)
    assert [standing(days) for days in (0, 2)] == [["10"], ["10"]]
    assert standing(4) == (after or ["10.4"]) == ["10.4"]


def test_an_end_that_was_overwritten_meanwhile_leaves_nothing_to_roll_back(house: House):
    change = submitted(house.clerk, ("BASE", "A", None))
    if change.state == "pending":
        change = approve_change(actor=house.manager, change_id=change.pk)
    apply_due(actor=LOOP)
    priced(house.clerk, ("BASE", "A", "9.90"))
    with pytest.raises(Faults) as refused:
        roll_back_change(actor=house.manager, change_id=change.pk)
    assert (refused.value.status, refused.value.faults[0].code) == (409, "nothing_left")
    assert standing(1) == ["9.9"]
