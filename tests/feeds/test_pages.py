from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from alerts.models import Alert
from feeds import actions, queries
from feeds.models import Delivery, Feed
from lib import clock
from tests.approvals.builders import a_user
from tests.feeds.builders import LOOP, PRODUCTS, SET_UP, applied

pytestmark = pytest.mark.django_db


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(a_user(role, role))
    return client


def test_pages_and_fragments() -> None:
    delivery = applied(PRODUCTS + b"A9,x,Kitchen,furlong\n")
    duty, clerk = client_of("duty"), client_of("price_clerk")
    for path in ("/feeds/", "/feeds/?feed=products&state=quarantined", f"/feeds/deliveries/{delivery.pk}/"):
        assert duty.get(path).status_code == 200
        assert clerk.get(path).status_code == 403
    for path in ("/feeds/watch/", "/feeds/late/", "/feeds/late-count/"):
        assert clerk.get(path).status_code == 200


def test_upload_and_keys_by_the_administrator() -> None:
    admin = client_of("admin")
    file = SimpleUploadedFile("p.csv", PRODUCTS)
    assert admin.post("/feeds/upload/", {"feed": "products", "file": file}).status_code == 302
    assert Delivery.objects.get().state == "received"
    assert b"whsec_" in admin.post("/feeds/products/keys/").content
    assert client_of("duty").post("/feeds/products/keys/").status_code == 403
    admin.post("/feeds/upload/", {"feed": "products"})
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("minutes", "state", "category"), [(19, None, None), (20, "near", ""), (30, "late", "feed_trouble")]
)
def test_late_at_20_and_30_minutes(minutes: int, state: str | None, category: str | None) -> None:
    actions.set_expectation(
        actor=SET_UP, name="snapshots", is_expected=True, warn_after_s=1200, alarm_after_s=1800
    )
    created_at = Feed.objects.get(name="snapshots").created_at
    at = created_at + timedelta(minutes=minutes)
    assert actions.alert_late_feeds(actor=LOOP, at=at) == (0 if state is None else 1)
    assert [lag.state for lag in queries.lags(at)] == [state or "well"]
    assert [alert.category for alert in Alert.objects.all()] == ([] if category is None else [category])


def test_a_feed_that_has_come_is_fresh() -> None:
    actions.set_expectation(
        actor=SET_UP, name="products", is_expected=True, warn_after_s=1200, alarm_after_s=1800
    )
    applied(PRODUCTS)
    assert actions.alert_late_feeds(actor=LOOP, at=clock.now()) == 0
