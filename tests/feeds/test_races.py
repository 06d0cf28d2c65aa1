"""Several senders and workers at one moment, with real commits."""

import json

from catalog.models import Product
from feeds import actions
from feeds.actions.keys import create_source_key
from feeds.actions.sources import FeedDraft, SourceDraft, save_feed, save_source
from feeds.models import Delivery, FeedKey, Stream
from feeds.tasks import process
from tests.feeds.builders import LOOP, SET_UP, a_key, push
from tests.together import DONE, together


def numbered(sequence: int, name: str) -> bytes:
    row = {"sku": "A", "name": name, "category": "Kitchen", "unit": "pcs"}
    return json.dumps({"stream": "main", "sequence": sequence, "rows": [row]}).encode()


def test_of_two_deliveries_with_one_number_one_is_taken(cloned_db: str) -> None:
    secret = a_key().secret
    answers: list[int] = []

    def send(which: int) -> None:
        answers.append(push(secret, numbered(1, f"Cup {which}"), webhook_id=f"m{which}").status_code)

    assert together(lambda: send(1), lambda: send(2)) == [DONE, DONE]
    assert sorted(answers) == [202, 409]
    process()
    assert [row.state for row in Delivery.objects.all()] == ["applied"]


def test_the_same_delivery_from_two_lines_at_once_is_one(cloned_db: str) -> None:
    secret = a_key().secret
    answers = []

    def send() -> None:
        answers.append(push(secret, numbered(1, "Cup")).json()["id"])

    assert together(send, send, send) == [DONE] * 3
    assert len(set(answers)) == 1
    assert (Delivery.objects.count(), Stream.objects.count()) == (1, 1)


def test_numbers_applied_by_several_workers_end_in_order(cloned_db: str) -> None:
    secret = a_key().secret
    for number in range(1, 9):
        push(secret, numbered(number, f"Name {number}"), webhook_id=f"m{number}")
    claimed = [actions.claim_deliveries(limit=2) for _ in range(4)]

    def work(which: int) -> None:
        for delivery_id, attempt in claimed[which]:
            actions.apply_delivery(actor=LOOP, delivery_id=delivery_id, attempt=attempt)

    assert together(*[lambda which=which: work(which) for which in range(4)]) == [DONE] * 4  # type: ignore[misc]
    for _ in range(8):
        process()
    assert {row.state for row in Delivery.objects.all()} == {"applied"}
    assert (Product.objects.get().name, Stream.objects.get().sequence) == ("Name 8", 8)


def test_a_third_key_asked_for_by_two_at_once_is_refused_to_one(cloned_db: str) -> None:
    save_source(actor=SET_UP, draft=SourceDraft("erp", "ERP", "erp"))
    save_feed(actor=SET_UP, draft=FeedDraft("products", "products", source="erp"))
    create_source_key(actor=SET_UP, code="erp")

    def make() -> None:
        create_source_key(actor=SET_UP, code="erp")

    assert together(make, make) == [DONE, "two_keys_live"]
    assert FeedKey.objects.filter(revoked_at=None).count() == 2
