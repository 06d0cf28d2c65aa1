from datetime import UTC, datetime

import pytest

from alerts.models import Alert
from audit.models import Event
from catalog.models import Product
from feeds import actions
from feeds.models import Delivery
from feeds.rules.signatures import signature_of
from feeds.tasks import process
from tests.feeds.builders import LOOP, PRODUCTS, SET_UP, a_key, push

pytestmark = pytest.mark.django_db


def test_a_signed_push_is_taken_and_applied_by_the_loop() -> None:
    answer = push(a_key().secret, PRODUCTS)
    assert answer.status_code == 202
    assert answer.json() == {"id": Delivery.objects.get().pk, "state": "received"}
    process()
    assert Delivery.objects.get().state == "applied"
    assert Product.objects.filter(sku__in=["A001", "A002"]).count() == 2
    kinds = [e.kind for e in Event.objects.filter(subject__startswith="delivery:").order_by("id")]
    assert kinds == ["delivery.received", "delivery.applied"]


def test_the_same_again_gets_the_first_answer() -> None:
    secret = a_key().secret
    first = push(secret, PRODUCTS)
    process()
    again = push(secret, PRODUCTS)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Idempotent-Replay"] == "true"
    assert Delivery.objects.count() == 1


def test_the_same_id_with_another_body_is_a_security_alert() -> None:
    secret = a_key().secret
    push(secret, PRODUCTS)
    answer = push(secret, PRODUCTS + b"A003,Jug,Kitchen,pcs\n")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "id_reused")
    assert Alert.objects.get().kind == "feed_replayed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signature": "v1,AAAA"}, "bad_signature"),
        ({"signature": "garbage ünïcode"}, "bad_signature"),
        ({"signed_body": b"other"}, "bad_signature"),
        ({"feed": "no-such-feed"}, "bad_signature"),
        ({"offset_s": -310}, "bad_timestamp"),
        ({"offset_s": 310}, "bad_timestamp"),
        ({"timestamp": "now"}, "bad_timestamp"),
    ],
)
def test_refused_pushes(changes: dict[str, object], code: str) -> None:
    answer = push(a_key().secret, PRODUCTS, **changes)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, code)
    assert Delivery.objects.count() == 0


def test_two_keys_live_and_one_of_several_signatures_suffices() -> None:
    old, new = a_key(), a_key()
    stamp = str(int(datetime.now(UTC).timestamp()))
    both = f"v1,AAAA {signature_of(new.secret, 'm', stamp, PRODUCTS)}"
    assert push("", PRODUCTS, webhook_id="m", timestamp=stamp, signature=both).status_code == 202
    assert push(old.secret, PRODUCTS, webhook_id="n").status_code == 202
    actions.revoke_key(actor=SET_UP, key_id=old.pk)
    assert push(old.secret, PRODUCTS, webhook_id="o").status_code == 401


def test_what_cannot_be_read_is_refused_with_an_alert() -> None:
    push(a_key().secret, b"\x00\x01\xff\xfe rubbish")
    process()
    stored = Delivery.objects.get()
    assert (stored.state, bool(stored.error_code)) == ("refused", True)
    assert Alert.objects.get().kind == "delivery_refused"


def test_a_delivery_is_applied_by_one_worker_only() -> None:
    push(a_key().secret, PRODUCTS)
    ((delivery_id, attempt),) = actions.claim_deliveries()
    assert actions.claim_deliveries() == []
    assert (
        actions.apply_delivery(actor=LOOP, delivery_id=delivery_id, attempt=attempt - 1).state == "received"
    )
    assert actions.apply_delivery(actor=LOOP, delivery_id=delivery_id, attempt=attempt).state == "applied"
    assert actions.apply_delivery(actor=LOOP, delivery_id=delivery_id, attempt=attempt).accepted == 2
