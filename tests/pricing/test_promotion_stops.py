"""The kill switch of a promotion: one click ends everything its list says from now on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import Http404

from alerts.models import Alert
from audit.models import Event
from catalog.models import Scope
from lib import actors, clock
from lib.actors import Actor
from lib.faults import Faults
from pricing.actions.applying import apply_due
from pricing.actions.price_changes import approve_change, roll_back_change, submit_change
from pricing.actions.promotion_stops import stop_promotion
from pricing.models import Price, PriceChange, PriceList
from pricing.queries.quotes import QuoteLine, quote_lines
from tests.pricing.builders import House, a_draft, a_house, a_list, a_person, a_product, a_user, priced
from tests.pricing.test_pages import client_of
from tests.pricing.test_placing import refusals, together

D = Decimal


def promoted() -> House:
    """A costs 6.00, 5.50 in the promotion now and 5.40 in ten days; B 5.80 in it, boxes of ten 5.70."""
    house = a_house()
    a_list("PROMO", kind="promotion")
    a_list("OTHER", kind="promotion", region=house.berlin.region, currency="EUR")
    for sku in ("A", "B"):
        a_product(sku)
        priced(house.clerk, ("BASE", sku, "6.00"))
    priced(house.clerk, ("PROMO", "A", "5.80"), ("PROMO", "B", "5.80"), ("PROMO", "B", "5.70", "10"))
    priced(house.clerk, ("PROMO", "A", "5.75"), effective_from=clock.now() + timedelta(days=10))
    return house


@pytest.fixture
def house(db: None) -> House:
    return promoted()


def asked(actor: Actor, sku: str, quantity: str = "1", days: int = 0) -> Any:
    found = quote_lines(
        [QuoteLine(sku, "LON", quantity=D(quantity))], actor=actor, at=clock.now() + timedelta(days)
    )
    return found[0].amount


def code_of(refused: pytest.ExceptionInfo[Faults]) -> tuple[int, str]:
    return refused.value.status, refused.value.faults[0].code


def test_one_click_ends_what_is_in_force_and_what_is_to_come(house: House) -> None:
    officer = a_person("duty", "duty")
    assert (asked(officer, "A"), asked(officer, "B", "10"), asked(officer, "A", days=11)) == (
        D("5.80"), D("5.70"), D("5.75"),
    )  # fmt: skip
    change = stop_promotion(actor=officer, code="PROMO", comment="coupons stack below cost")
    assert {asked(officer, "A"), asked(officer, "B", "10"), asked(officer, "A", days=11)} == {D("6.00")}
    assert (change.state, change.reason_code, change.line_count) == ("approved", "emergency", 3)
    assert (change.prepared_by_id, change.decided_by_id, change.decided_by_kind) == (
        officer.id,
        None,
        "policy",
    )
    apply_due(actor=actors.job("tests"))
    assert PriceChange.objects.get(pk=change.pk).state == "applied"


def test_the_trail_and_an_alert_tell_it(house: House) -> None:
    officer = a_person("duty", "duty")
    change = stop_promotion(actor=officer, code="PROMO", comment="too cheap")
    told = Event.objects.get(kind="promotion.stopped")
    assert (told.reason, told.after["price_change"]) == ("too cheap", change.pk)
    approved = Event.objects.get(kind="price_change.approved", subject=f"price_change:{change.pk}")
    assert (approved.policy, bool(approved.digests)) == ("promotion stop", True)
    assert Alert.objects.get(key=f"promotion.stopped:{change.pk}").state == "firing"


def test_what_was_believed_before_the_stop_is_still_answered(house: House) -> None:
    before = clock.now()
    stop_promotion(actor=house.manager, code="PROMO", comment="too cheap")
    line = [QuoteLine("A", "LON")]
    assert quote_lines(line, actor=house.clerk, at=clock.now(), known_at=before)[0].amount == D("5.80")


@pytest.mark.parametrize(
    ("code", "comment", "expected"),
    [("PROMO", " ", (422, "reason_required")), ("BASE", "x", (409, "no_promotion")),
     ("OTHER", "x", (409, "nothing_left"))],
)  # fmt: skip
def test_what_cannot_be_stopped_says_why_and_leaves_nothing(
    house: House, code: str, comment: str, expected: tuple[int, str]
) -> None:
    before = PriceChange.objects.count()
    with pytest.raises(Faults) as refused:
        stop_promotion(actor=house.manager, code=code, comment=comment)
    assert code_of(refused) == expected and PriceChange.objects.count() == before
    assert asked(house.clerk, "A") == D("5.80")


def test_only_the_right_stops_and_only_lists_that_are_there(house: House) -> None:
    with pytest.raises(Faults) as refused:
        stop_promotion(actor=house.clerk, code="PROMO", comment="x")
    assert code_of(refused) == (403, "not_allowed")
    with pytest.raises(Http404):
        stop_promotion(actor=house.manager, code="NONE", comment="x")


def test_rest_and_page_stop_it(house: House) -> None:
    officer = a_person("duty", "duty")
    page = client_of(officer.id).get("/prices/lists/").content.decode()
    assert 'data-stop="PROMO"' in page and 'data-stop="OTHER"' not in page
    assert "data-stop" not in client_of(house.clerk.id).get("/prices/lists/").content.decode()
    answer = client_of(officer.id).post("/prices/lists/PROMO/stop/", {"comment": "too cheap"}, follow=True)
    assert "The promotion is stopped." in answer.content.decode()
    again = client_of(officer.id).post("/prices/lists/PROMO/stop/", {"comment": "too cheap"}, follow=True)
    assert "Nothing of this promotion is in force or to come." in again.content.decode()
    rest = client_of(officer.id).post(
        "/api/v1/promotions/BASE/stop/", {"comment": "x"}, content_type="application/json"
    )
    assert (rest.status_code, rest.json()["errors"][0]["code"]) == (409, "no_promotion")


def test_the_page_offers_only_lists_in_scope(house: House) -> None:
    officer = a_user("german", "duty")
    Scope.objects.filter(user=officer).update(site=house.berlin)
    PriceList.objects.filter(code="PROMO").update(region=house.london.region)
    assert "data-stop" not in client_of(officer.pk).get("/prices/lists/").content.decode()
    answer = client_of(officer.pk).post("/prices/lists/PROMO/stop/", {"comment": "x"})
    assert answer.status_code == 404 and asked(house.clerk, "A") == D("5.80")


def test_of_two_stops_at_once_one_stops(cloned_db: str) -> None:
    house = promoted()
    people = (house.manager, house.other_manager)
    results = together(
        *(lambda who=who: stop_promotion(actor=who, code="PROMO", comment="now") for who in people)
    )
    assert refusals(results) == ["nothing_left"]
    assert PriceChange.objects.filter(reason_code="emergency").count() == 1
    connection.close()


def test_a_stop_against_a_new_price_of_the_promotion_leaves_the_later_one(cloned_db: str) -> None:
    """Either the price came first and is stopped, or it was written against what the stop ended and is refused."""
    house = promoted()
    draft = a_draft(house.clerk, ("PROMO", "B", "5.79"))
    results = together(
        lambda: stop_promotion(actor=house.manager, code="PROMO", comment="now"),
        lambda: submit_change(actor=house.clerk, change_id=draft.pk),
    )
    assert not [one for one in results if type(one) not in (PriceChange, Faults)]
    assert not Price.objects.filter(
        price_list__code="PROMO", known__endswith=None, valid__contains=clock.now() + timedelta(minutes=1)
    ).exists()
    connection.close()


def test_a_stop_rolled_back_brings_the_promotion_back(house: House) -> None:
    """What was in force and what was to come; B's boxes too. The stop's own window stays as it was believed then."""
    officer = a_person("duty", "duty")
    change = stop_promotion(actor=officer, code="PROMO", comment="coupons stack below cost")
    apply_due(actor=actors.job("tests"))
    stopped = clock.now()
    back = roll_back_change(actor=house.manager, change_id=change.pk, comment="stopped by mistake")
    if back.state == "pending":
        assert asked(officer, "A") == D("6.00")
        approve_change(actor=house.other_manager, change_id=back.pk)
    assert (asked(officer, "A"), asked(officer, "B", "10"), asked(officer, "A", days=11)) == (
        D("5.80"), D("5.70"), D("5.75"),
    )  # fmt: skip
    line = [QuoteLine("A", "LON")]
    assert quote_lines(line, actor=officer, at=stopped, known_at=stopped)[0].amount == D("6.00")
    with pytest.raises(Faults) as refused:
        roll_back_change(actor=house.manager, change_id=change.pk)
    assert code_of(refused) == (409, "already_rolled_back")
