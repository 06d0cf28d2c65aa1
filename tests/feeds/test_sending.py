"""Batches go out signed, in order and at least once; what comes back is written down, and a dead end pauses."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from alerts.models import Alert
from audit.models import Event
from feeds import storage
from feeds.actions.dispatching import claim_batch, make_batch
from feeds.actions.sending import Turn, send_publication
from feeds.models import Dispatch, DispatchAttempt, Publication, PublicationKey, PublishedItem
from feeds.senders.files import folder_of
from lib import clock
from lib.actors import job
from tests.feeds.publications import SECRET, Other, a_publication, another_side, is_genuine, kept
from tests.pricing.builders import House, a_house, a_product, priced

pytestmark = pytest.mark.django_db
LOOP = job("feeds.send")


@pytest.fixture
def house() -> House:
    house = a_house()
    for sku in ("A", "B", "C"):
        a_product(sku)
    priced(house.clerk, *(("BASE", sku, "10.00") for sku in ("A", "B", "C")))
    return house


@pytest.fixture
def other() -> Iterator[Other]:
    with another_side() as running:
        yield running


def a_shop(other: Other, **settings: object) -> Publication:
    shop = a_publication(way="webhook", endpoint=other.url, settings=settings)
    kept(shop)
    return shop


def sent(shop: Publication) -> Turn:
    return send_publication(actor=LOOP, publication_id=shop.pk)


def states() -> list[str]:
    return list(Dispatch.objects.order_by("id").values_list("state", flat=True))


def test_a_batch_goes_out_signed_and_comes_back_with_a_receipt(house: House, other: Other) -> None:
    shop = a_shop(other)
    assert sent(shop) == Turn(1, True)
    [(_method, _path, headers, body)] = other.requests
    told = json.loads(body)
    assert is_genuine(headers, body)
    assert told["totals"] == {"items": 3, "amount": "30.00"}
    assert [item["key"] for item in told["items"]] == ["WEB/A", "WEB/B", "WEB/C"]
    one = Dispatch.objects.get()
    assert (one.state, one.receipt, one.message_id) == (
        "delivered",
        {"taken": 0, "refused": 0, "silent": 3, "unlisted": 0},
        headers["webhook-id"],
    )
    assert set(PublishedItem.objects.values_list("taken_version", flat=True)) == {1, 2, 3}
    assert sent(shop) == Turn(0, True)


def test_only_what_changed_goes_out_and_in_batches(house: House, other: Other) -> None:
    shop = a_shop(other, batch_items=2)
    assert sent(shop) == Turn(2, True)
    priced(house.clerk, ("BASE", "B", "10.30"))
    priced(house.clerk, ("BASE", "B", "10.40"))
    kept(shop)
    sent(shop)
    assert [[item["sku"] for item in body["items"]] for body in other.bodies] == [["A", "B"], ["C"], ["B"]]
    assert other.bodies[-1]["items"][0]["amount"] == "10.40"


def test_the_other_side_says_what_it_took(house: House, other: Other) -> None:
    shop = a_shop(other)
    said = [
        {"sku": "A", "status": "accepted"},
        {"key": "WEB/B", "status": "refused", "code": "too_low"},
        {"key": "WEB/C", "status": "refused", "code": "unknown_sku"},
    ]
    other.answers(200, {"items": [*said, {"sku": "Z"}, "nonsense"]})
    sent(shop)
    assert Dispatch.objects.get().receipt == {"taken": 1, "refused": 1, "silent": 0, "unlisted": 1}
    assert states() == ["partly"]
    assert PublishedItem.objects.get(key="WEB/B").refused == "too_low"
    assert Alert.objects.filter(key="publication_refused:shop-prices", state="firing").count() == 1
    other.answers(200)
    priced(house.clerk, ("BASE", "B", "10.30"))
    kept(shop)
    sent(shop)
    assert set(PublishedItem.objects.values_list("refused", flat=True)) == {"", "not_listed"}
    assert Alert.objects.get(key="publication_refused:shop-prices").state == "resolved"


def test_a_failure_waits_and_repeats_the_same_bytes_under_the_same_id(house: House, other: Other) -> None:
    shop = a_shop(other)
    other.answers(503, b"later", Retry_After="120")
    at = clock.now()
    assert sent(shop).batches == 1
    priced(house.clerk, ("BASE", "B", "10.30"))
    kept(shop)
    assert sent(shop) == Turn(0, True)
    other.answers(200)
    with clock.frozen(at + timedelta(seconds=119)):
        assert sent(shop).batches == 0
    with clock.frozen(at + timedelta(minutes=5)):
        assert sent(shop).batches == 2
    assert other.ids[0] == other.ids[1] != other.ids[2]
    assert other.requests[0][3] == other.requests[1][3]
    assert list(DispatchAttempt.objects.order_by("id").values_list("number", "status_code", "answer")) == [
        (1, 503, "later"),
        (2, 200, "{}"),
        (1, 200, "{}"),
    ]


def test_a_dead_end_warns_then_pauses_with_an_incident_and_goes_on_when_told(
    house: House, other: Other
) -> None:
    shop = a_shop(other, pause_after=4)
    other.answers(401)
    at = clock.now()
    for attempt in range(6):
        at += timedelta(minutes=15)
        with clock.frozen(at):
            sent(shop)
        if attempt == 2:
            assert Alert.objects.get(key="publication_failing:shop-prices").category == ""
    shop.refresh_from_db()
    assert (len(other.requests), shop.failures, shop.pause_reason) == (4, 4, "http_401")
    assert Alert.objects.get(key="publication_failing:shop-prices").category == "feed_trouble"
    assert Event.objects.filter(kind="publication.paused", subject="publication:shop-prices").count() == 1
    assert states() == ["waiting"]


def test_410_pauses_at_once_and_a_refused_batch_does_not_hold_up_the_next(house: House, other: Other) -> None:
    shop = a_shop(other, batch_items=2)
    other.answer = lambda path, body: (422 if b'"sku":"A"' in body else 200, {}, {})
    sent(shop)
    assert states() == ["refused", "delivered"]
    assert PublishedItem.objects.get(key="WEB/A").refused == "http_422"
    other.answers(410)
    priced(house.clerk, ("BASE", "C", "10.30"))
    kept(shop)
    sent(shop)
    shop.refresh_from_db()
    assert shop.paused_at is not None


def test_no_connection_is_a_failure_with_a_name(house: House, other: Other) -> None:
    shop = a_shop(other)
    Publication.objects.filter(pk=shop.pk).update(endpoint="http://127.0.0.1:1/hook")
    sent(shop)
    assert DispatchAttempt.objects.get().error_code == "no_connection"


def test_two_keys_sign_both_while_a_receiver_changes_over(house: House, other: Other) -> None:
    shop = a_shop(other)
    second = "whsec_c2Vjb25kIGtleSBvZiB0aGUgc2hvcA=="
    PublicationKey.objects.create(publication=shop, secret=second)
    sent(shop)
    [(_method, _path, headers, body)] = other.requests
    assert is_genuine(headers, body, SECRET) and is_genuine(headers, body, second)


def test_without_a_key_nothing_leaves(house: House, other: Other) -> None:
    shop = a_shop(other)
    PublicationKey.objects.all().delete()
    sent(shop)
    assert (other.requests, DispatchAttempt.objects.get().error_code) == ([], "no_key")


def test_a_claimed_batch_is_nobody_elses_until_its_lease_ends(house: House, other: Other) -> None:
    shop = a_shop(other)
    now = clock.now()
    make_batch(shop.pk, now)
    first = claim_batch(shop.pk, now)
    assert first is not None and claim_batch(shop.pk, now) is None
    again = claim_batch(shop.pk, now + timedelta(minutes=3))
    assert again is not None and (again.attempt, again.batch.message_id) == (2, first.batch.message_id)


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
def test_files_appear_whole_with_a_manifest(house: House, form: str) -> None:
    drop = a_publication("drop", way="file", settings={"format": form})
    kept(drop)
    sent(drop)
    one = Dispatch.objects.get()
    manifest = json.loads((folder_of("drop") / f"{one.filename}.manifest.json").read_text())
    body = (folder_of("drop") / one.filename).read_bytes()
    assert (manifest["totals"], manifest["size"]) == ({"items": 3, "amount": "30.00"}, len(body))
    if form == "csv":
        assert body.decode("utf-8-sig").splitlines()[1].startswith("WEB/A,WEB,A,1,")
    assert not [path for path in folder_of("drop").iterdir() if path.name.startswith(".part")]


def test_a_complete_file_holds_what_did_not_change_too(house: House) -> None:
    drop = a_publication("drop", way="file", settings={"format": "jsonl", "complete": True})
    kept(drop)
    sent(drop)
    priced(house.clerk, ("BASE", "B", "10.30"))
    kept(drop)
    sent(drop)
    newest = Dispatch.objects.order_by("-id")[0]
    assert (newest.kind, newest.items, newest.version_to) == ("full", 3, 4)
    assert json.loads(storage.read(newest.sha256))["totals"]["amount"] == "30.30"
