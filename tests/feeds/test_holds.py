"""A delivery that changes too much waits for a person, with its figures; limits of each feed."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from rest_framework.test import APIClient

from accounts.actions import create_token
from alerts.models import Alert
from audit.models import Event
from catalog.actions import upsert_products, upsert_sites
from catalog.models import Scope, UnitCost
from feeds.actions.holding import discard_delivery, release_delivery, set_hold_limits
from feeds.models import Delivery, Feed, Hold
from feeds.rules.holds import Facts, Limits, figures
from feeds.tasks import process
from inventory.models import Snapshot
from lib import clock
from lib.faults import Faults
from tests.approvals.builders import a_user
from tests.feeds.builders import SET_UP, applied

HEAD = b"sku,amount,currency,valid_from\n"


def products(count: int) -> list[str]:
    skus = [f"P{number:04d}" for number in range(count)]
    rows = [{"sku": sku, "name": sku, "category": "K", "unit": "pcs"} for sku in skus]
    upsert_products(actor=SET_UP, rows=rows)
    return skus


def costs(skus: list[str], amount: str, day: str = "2026-01-01") -> bytes:
    return HEAD + "".join(f"{sku},{amount},GBP,{day}\n" for sku in skus).encode()


def a_held_delivery() -> Delivery:
    skus = products(120)
    applied(costs(skus, "10"), "unit-costs")
    return applied(costs(skus, "100", "2026-02-01"), "unit-costs")


def code_of(refused: Any) -> str:
    return str(refused.value.faults[0].code)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (Facts(before=200, now=100), []),
        (Facts(before=200, now=99), ["fewer_rows"]),
        (Facts(before=99, now=0, removed=99), []),
        (Facts(before=200, removed=101), ["removed_rows"]),
        (Facts(compared=200, jumped=20), []),
        (Facts(compared=200, jumped=21), ["jumped_rows"]),
        (Facts(compared=200, changed=200), []),
    ],
)
def test_what_is_beyond_the_defaults(facts: Facts, codes: list[str]) -> None:
    assert [figure["code"] for figure in figures(facts, Limits())] == codes


def test_a_limit_that_is_not_set_is_not_watched() -> None:
    facts = Facts(before=200, now=0, removed=200, compared=200, changed=150, jumped=200)
    none = Limits(100, None, None, None, None, None)
    assert figures(facts, none) == []
    (figure,) = figures(facts, Limits(100, Decimal("0.5"), None, None, None, None))
    assert figure == {"code": "changed_rows", "value": "0.7500", "limit": "0.5", "rows": 150, "of": 200}


@pytest.mark.django_db
class TestHolding:
    def test_costs_that_jump_are_held_with_the_figures(self) -> None:
        delivery = a_held_delivery()
        assert (delivery.state, delivery.hold_code) == ("held", "changes_too_much")
        assert Hold.objects.get().figures[0] == {
            "code": "jumped_rows", "value": "1.0000", "limit": "0.1", "rows": 120, "of": 120,
        }  # fmt: skip
        assert UnitCost.objects.count() == 120
        assert Alert.objects.get().kind == "delivery_held"

    def test_a_released_delivery_is_applied_as_it_is(self) -> None:
        delivery = a_held_delivery()
        release_delivery(actor=SET_UP, delivery_id=delivery.pk, reason="the supplier confirmed it")
        process()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.accepted, UnitCost.objects.count()) == ("applied", 120, 240)
        event = Event.objects.get(kind="delivery.released")
        assert event.reason == "the supplier confirmed it"
        assert Alert.objects.get().resolved_at is not None

    def test_a_discarded_delivery_has_no_effect(self) -> None:
        delivery = a_held_delivery()
        discard_delivery(actor=SET_UP, delivery_id=delivery.pk, reason="wrong unit")
        process()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.error_code, UnitCost.objects.count()) == (
            "refused",
            "discarded",
            120,
        )

    @pytest.mark.parametrize(("reason", "code"), [(" ", "reason_needed"), ("x" * 501, "too_long")])
    def test_a_decision_says_why(self, reason: str, code: str) -> None:
        delivery = a_held_delivery()
        with pytest.raises(Faults) as refused:
            release_delivery(actor=SET_UP, delivery_id=delivery.pk, reason=reason)
        assert code_of(refused) == code

    def test_what_is_decided_stays_decided(self) -> None:
        delivery = a_held_delivery()
        discard_delivery(actor=SET_UP, delivery_id=delivery.pk, reason="wrong unit")
        with pytest.raises(Faults) as refused:
            release_delivery(actor=SET_UP, delivery_id=delivery.pk, reason="no, right")
        assert code_of(refused) == "not_held"

    def test_a_snapshot_of_half_the_warehouse_is_held(self) -> None:
        site = {"code": "UK-1", "name": "Bath", "kind": "store", "region": "UK", "country": "GB"}
        upsert_sites(actor=SET_UP, rows=[{**site, "timezone": "Europe/London", "currency": "GBP"}])
        skus = products(120)
        head = b"site,sku,quantity,taken_at\n"

        def lines(count: int, hour: int) -> bytes:
            return head + "".join(f"UK-1,{sku},4,2026-01-05T{hour}:00:00Z\n" for sku in skus[:count]).encode()

        assert applied(lines(120, 10), "snapshots").state == "applied"
        assert applied(lines(50, 11), "snapshots").state == "held"
        assert Snapshot.objects.count() == 1
        assert {figure["code"] for figure in Hold.objects.get().figures} == {"fewer_rows", "removed_rows"}

    def test_limits_can_be_changed_and_say_who(self) -> None:
        feed = Feed.objects.get(name="unit-costs")
        set_hold_limits(
            actor=SET_UP, feed=feed, values={"min_rows": "2", "jump_fraction": "0.2", "jumped_fraction": "0"}
        )
        skus = products(3)
        applied(costs(skus, "10"), "unit-costs")
        assert applied(costs(skus, "11", "2026-02-01"), "unit-costs").state == "applied"
        assert applied(costs(skus, "14", "2026-03-01"), "unit-costs").state == "held"
        assert Event.objects.get(kind="feed.limits_set").after["jump_fraction"] == "0.2"

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"removed_fraction": "x"}, "not_a_number"),
            ({"removed_fraction": "1.5"}, "out_of_range"),
            ({"drop_fraction": "0.12345"}, "out_of_range"),
            ({"min_rows": "0"}, "out_of_range"),
        ],
    )
    def test_limits_that_are_refused(self, values: dict[str, str], code: str) -> None:
        with pytest.raises(Faults) as refused:
            set_hold_limits(actor=SET_UP, feed=Feed.objects.get(name="unit-costs"), values=values)
        assert code_of(refused) == code

    def test_the_page_and_rest(self) -> None:
        delivery = a_held_delivery()
        user = a_user("boss", "admin")
        Scope.objects.create(user=user, valid_from=clock.now() - timedelta(days=1))
        client = Client()
        client.force_login(user)
        page = client.get("/feeds/held/").content.decode()
        assert "unit-costs" in page and "120" in page
        assert client.post(f"/feeds/held/{delivery.pk}/release/", {"reason": ""}).status_code == 302
        rest = APIClient()
        rest.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(actor=SET_UP, user=user, name='tests')}")
        assert rest.get("/api/v1/feeds/held/").json()["results"][0]["delivery"] == delivery.pk
        answer = rest.post(
            f"/api/v1/feeds/held/{delivery.pk}/release/", {"reason": "confirmed"}, format="json"
        )
        assert (answer.status_code, answer.json()["state"]) == (200, "received")
        assert (
            client.post("/feeds/unit-costs/limits/", {"min_rows": "5", "drop_fraction": "0.3"}).status_code
            == 302
        )
        assert client.post("/feeds/unit-costs/limits/", {"drop_fraction": "3"}).status_code == 422
        assert rest.get("/api/v1/feeds/unit-costs/limits/").json()["drop_fraction"] == "0.3000"


def test_one_of_two_decisions_counts(cloned_db: str) -> None:
    delivery = a_held_delivery()
    barrier, told = threading.Barrier(2), []

    def decide(action: Any) -> None:
        barrier.wait()
        try:
            action(actor=SET_UP, delivery_id=delivery.pk, reason="decided")
            told.append("done")
        except Faults as faults:
            told.append(faults.faults[0].code)
        finally:
            connections.close_all()

    people = [
        threading.Thread(target=decide, args=(action,)) for action in (release_delivery, discard_delivery)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(told) == ["done", "not_held"]
