"""Sources, their feeds and keys: rotation, revocation, who sees what."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from alerts.models import Alert
from audit.models import Event
from catalog.actions import upsert_sites
from catalog.models import Scope, Site
from feeds import actions
from feeds.actions.inlets import InletDraft, save_inlet
from feeds.actions.keys import create_source_key
from feeds.actions.lateness import alert_feed_trouble, alert_late_feeds
from feeds.actions.sources import FeedDraft, SourceDraft, save_feed, save_source
from feeds.models import Delivery, Feed, FeedKey, RefusedPush, Source, Stream
from feeds.queries import till_marks
from feeds.rules.signatures import signature_of
from feeds.tasks import process
from lib import clock
from lib.actors import Actor
from lib.faults import Faults
from tests.approvals.builders import a_user
from tests.feeds.builders import LOOP, PRODUCTS, SET_UP, a_key, push

pytestmark = pytest.mark.django_db


def a_source(code: str = "erp", **changes: Any) -> Source:
    draft = SourceDraft(**{"code": code, "name": code, "kind": "erp", **changes})
    return save_source(actor=SET_UP, draft=draft)


def a_site(code: str) -> Site:
    row = {"code": code, "name": code, "kind": "store", "region": "UK", "country": "GB"}
    upsert_sites(actor=SET_UP, rows=[{**row, "timezone": "Europe/London", "currency": "GBP"}])
    return Site.objects.get(code=code)


def client_of(role: str) -> Client:
    client = Client()
    user = a_user(role, role)
    Scope.objects.create(user=user, valid_from=clock.now() - timedelta(days=1))
    client.force_login(user)
    return client


def local_duty(site: Site) -> Client:
    user = a_user("local.duty", "duty")
    Scope.objects.filter(user=user).delete()
    Scope.objects.create(user=user, site=site, valid_from=clock.now() - timedelta(days=1))
    client = Client()
    client.force_login(user)
    return client


# -- keys ----------------------------------------------------------------------------------------------------------------


def test_a_key_of_the_source_signs_for_all_its_feeds_and_the_feeds_own_no_more() -> None:
    own = a_key("products")
    a_source()
    for name in ("products", "unit-costs"):
        save_feed(actor=SET_UP, draft=FeedDraft(name, name, source="erp"))
    key = create_source_key(actor=SET_UP, code="erp")
    assert push(key.secret, PRODUCTS).status_code == 202
    assert push(key.secret, b"x", feed="unit-costs").status_code == 202
    assert push(own.secret, PRODUCTS, webhook_id="m2").status_code == 401


def test_keys_are_changed_without_a_gap_and_a_third_is_refused() -> None:
    a_source()
    save_feed(actor=SET_UP, draft=FeedDraft("products", "products", source="erp"))
    old, new = (create_source_key(actor=SET_UP, code="erp") for _ in range(2))
    with pytest.raises(Faults) as refused:
        create_source_key(actor=SET_UP, code="erp")
    assert (refused.value.status, refused.value.faults[0].code) == (409, "two_keys_live")
    answers = [push(key.secret, PRODUCTS, webhook_id=f"m{key.pk}").status_code for key in (old, new)]
    actions.revoke_key(actor=SET_UP, key_id=old.pk)
    answers += [push(key.secret, PRODUCTS, webhook_id=f"n{key.pk}").status_code for key in (old, new)]
    assert answers == [202, 202, 401, 202]
    kinds = Event.objects.filter(subject="source:erp").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["source.made", "feed_key.created", "feed_key.created", "feed_key.revoked"]


def test_switching_a_source_off_ends_its_keys() -> None:
    a_source()
    save_feed(actor=SET_UP, draft=FeedDraft("products", "products", source="erp"))
    key = create_source_key(actor=SET_UP, code="erp")
    a_source(is_active=False)
    assert push(key.secret, PRODUCTS).status_code == 401
    a_source()
    assert push(key.secret, PRODUCTS).status_code == 401


def test_a_source_that_is_switched_off_is_not_waited_for() -> None:
    source = a_source()
    Feed.objects.filter(name="sales").update(source=source, is_expected=True)
    feed = Feed.objects.get(name="sales")
    stream = Stream.objects.create(feed=feed, name="t1", state="asking", clock_skew_s=900)
    at = stream.created_at + timedelta(hours=2)
    mine = {"feed_late:sales:t1", "feed_gap:sales:t1", "feed_clock:sales:t1"}

    def told() -> set[str]:
        alert_late_feeds(actor=LOOP, at=at)
        alert_feed_trouble(actor=LOOP, at=at)
        return mine & set(Alert.objects.exclude(state="resolved").values_list("key", flat=True))

    assert (told(), "sales:t1" in till_marks()) == (mine, True)
    a_source(is_active=False)
    assert (told(), "sales:t1" in till_marks()) == (set(), False)


def test_wrong_signatures_are_counted_and_many_are_an_alert() -> None:
    for _ in range(9):
        push("whsec_wrong", PRODUCTS)
    actions.alert_feed_trouble(actor=LOOP, at=clock.now())
    assert (RefusedPush.objects.get().count, Alert.objects.count()) == (9, 0)
    push("whsec_wrong", PRODUCTS)
    actions.alert_feed_trouble(actor=LOOP, at=clock.now())
    found = Alert.objects.get()
    assert (found.kind, found.category) == ("feed_signature", "unauthorised_change")
    actions.alert_feed_trouble(actor=LOOP, at=clock.now() + timedelta(minutes=7))
    assert Alert.objects.get().state == "resolved"


# -- making them ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "Ünfit"}, "invalid_code"),
        ({"name": " "}, "invalid_name"),
        ({"kind": "fax"}, "unknown_kind"),
        ({"site": "NOWHERE"}, "unknown_site"),
        ({"owner": "nobody"}, "unknown_owner"),
    ],
)
def test_sources_that_are_refused(changes: dict[str, str], code: str) -> None:
    with pytest.raises(Faults) as refused:
        a_source(**{"code": "erp", **changes})
    assert [fault.code for fault in refused.value.faults] == [code]
    assert Source.objects.count() == 0


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (FeedDraft("a b", "products"), "invalid_name"),
        (FeedDraft("mine", "fax"), "unknown_kind"),
        (FeedDraft("products", "sites"), "other_kind"),
        (FeedDraft("mine", "products", source="none"), "unknown_source"),
        (FeedDraft("mine", "products", site="none"), "unknown_site"),
    ],
)
def test_feeds_that_are_refused(draft: FeedDraft, code: str) -> None:
    with pytest.raises(Faults) as refused:
        save_feed(actor=SET_UP, draft=draft)
    assert refused.value.faults[0].code == code


def test_sources_and_keys_over_rest() -> None:
    admin, duty = client_of("admin"), client_of("duty")
    site = a_site("S1")
    made = admin.post(
        "/api/v1/feeds/sources/",
        {"code": "till-1", "name": "Till", "kind": "till", "site": site.code},
        content_type="application/json",
    )
    assert (made.status_code, made.json()["site"]) == (201, "S1")
    feed = {"name": "till-1-sales", "kind": "sales", "source": "till-1"}
    assert admin.post("/api/v1/feeds/", feed, content_type="application/json").status_code == 201
    keys = [admin.post("/api/v1/feeds/sources/till-1/keys/") for _ in range(3)]
    assert [answer.status_code for answer in keys] == [201, 201, 409]
    listed = admin.get("/api/v1/feeds/sources/").json()["results"]
    assert (listed[0]["feeds"], len(listed[0]["keys"])) == (["till-1-sales"], 2)
    assert "secret" not in json.dumps(listed)
    assert admin.post(f"/api/v1/feeds/keys/{keys[0].json()['id']}/revoke/").status_code == 200
    assert FeedKey.objects.filter(revoked_at=None).count() == 1
    assert duty.post("/api/v1/feeds/sources/till-1/keys/").status_code == 403


# -- scope ---------------------------------------------------------------------------------------------------------------


def test_feeds_of_a_site_are_seen_only_with_the_site_in_scope() -> None:
    here, there = a_site("S1"), a_site("S2")
    for site in (here, there):
        Feed.objects.create(name=f"till-{site.code}", kind="sales", site=site)
        Delivery.objects.create(
            feed=Feed.objects.get(name=f"till-{site.code}"), way="push", sha256="0" * 64, size=1
        )
    local = local_duty(here)
    seen = [row["feed"] for row in local.get("/api/v1/feeds/deliveries/").json()["results"]]
    assert seen == ["till-S1"]
    hidden = Delivery.objects.get(feed__name="till-S2")
    assert local.get(f"/api/v1/feeds/deliveries/{hidden.pk}/").status_code == 404
    assert local.get("/api/v1/feeds/till-S2/streams/").status_code == 404
    assert local.get(f"/feeds/deliveries/{hidden.pk}/").status_code == 404
    page = local.get("/feeds/").content.decode()
    assert ("till-S1" in page, "till-S2" in page) == (True, False)


def test_a_feed_of_a_site_outside_the_scope_is_not_moved_and_no_hidden_source_is_taken() -> None:
    here, there = a_site("S1"), a_site("S2")
    local_duty(here)
    user = User.objects.get(username="local.duty")
    local = Actor("user", user.pk, user.username, frozenset({"feeds.manage"}))
    a_source("tills-there", site="S2")
    Feed.objects.create(name="till-S2", kind="sales", site=there)
    Feed.objects.create(name="erp-S2", kind="sales", source=Source.objects.get(code="tills-there"))
    drafts = [
        (FeedDraft("till-S2", "sales", "", "S1"), "unknown_feed"),
        (FeedDraft("erp-S2", "sales"), "unknown_feed"),
        (FeedDraft("till-S1", "sales", "tills-there", "S1"), "unknown_source"),
    ]
    for draft, code in drafts:
        with pytest.raises(Faults) as refused:
            save_feed(actor=local, draft=draft)
        assert refused.value.faults[0].code == code
    save_feed(actor=local, draft=FeedDraft("till-S1", "sales", "", "S1"))
    with pytest.raises(Faults) as refused:
        save_inlet(actor=local, draft=InletDraft("there", "till-S2", "folder"))
    assert refused.value.faults[0].code == "unknown_feed"


# -- what the sender is told ---------------------------------------------------------------------------------------------


def test_a_sender_asks_what_its_streams_wait_for() -> None:
    key = a_key("products")
    rows = [{"sku": "A", "name": "Cup", "category": "Kitchen", "unit": "pcs"}]
    push(key.secret, json.dumps({"stream": "main", "sequence": 2, "rows": rows}).encode())
    process()
    stamp = str(int(datetime.now(UTC).timestamp()))
    headers = {
        "webhook-id": "ask", "webhook-timestamp": stamp, "webhook-signature": signature_of(key.secret, "ask", stamp, b""),
    }  # fmt: skip
    answer = Client().get("/api/v1/feeds/products/streams/", headers=headers)
    (told,) = answer.json()["results"]
    assert (told["stream"], told["state"], told["sequence"]) == ("main", "gap", None)
    assert told["awaiting"] == {"stream": "main", "epoch": 0, "from": 1, "to": 1, "snapshot": False}
    wrong = {**headers, "webhook-signature": "v1,AAAA"}
    assert Client().get("/api/v1/feeds/products/streams/", headers=wrong).status_code == 401
    assert Client().get("/api/v1/feeds/products/streams/").status_code == 401
    assert client_of("duty").get("/api/v1/feeds/products/streams/").status_code == 200
