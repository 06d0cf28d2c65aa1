"""Publications under several workers and under kills: nothing is skipped, nothing is lost, one batch has one sender."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections

from feeds.actions.publishing import keep_content
from feeds.actions.sending import send_publication
from feeds.models import Dispatch, DispatchAttempt, Publication, PublishedItem
from feeds.queries.dispatches import published_page
from lib import clock
from lib.actors import job
from tests.feeds.publications import Other, a_publication, another_side, kept
from tests.feeds.test_faults import KILLED, in_a_process
from tests.pricing.builders import House, a_house, a_product, priced
from tests.together import together

LOOP = job("feeds.send")


@pytest.fixture
def other() -> Iterator[Other]:
    with another_side() as running:
        yield running


def furnished(count: int = 3) -> House:
    house = a_house()
    for number in range(count):
        a_product(f"P{number}")
    priced(house.clerk, *(("BASE", f"P{number}", "10.00") for number in range(count)))
    return house


def test_a_reader_with_a_cursor_skips_nothing_while_several_write(cloned_db: str) -> None:
    """Three workers keep the content up while prices change; a reader polls. In the end it has every newest version."""
    house, shop = furnished(6), a_publication()
    kept(shop)
    is_over, seen, ends = threading.Event(), {}, []

    def read() -> None:
        since = 0
        while True:
            last = is_over.is_set()
            shop_now = Publication.objects.get(pk=shop.pk)
            page = published_page(shop_now, str(since), "2", None)
            seen.update({item.key: item.version for item in page.items})
            since = page.upto
            if last and not page.items:
                break
        connections.close_all()

    def keep() -> None:
        while not is_over.is_set():
            keep_content(shop.pk, clock.now())
        ends.append(keep_content(shop.pk, clock.now()))
        connections.close_all()

    threads = [threading.Thread(target=work) for work in (read, keep, keep, keep)]
    for thread in threads:
        thread.start()
    for step in range(8):
        priced(house.clerk, (("BASE", f"P{step % 6}", f"10.{step + 1:02d}")))
    time.sleep(0.3)
    keep_content(shop.pk, clock.now())
    is_over.set()
    for thread in threads:
        thread.join(30)
    stands = dict(PublishedItem.objects.values_list("key", "version"))
    assert seen == stands
    assert Publication.objects.get().last_version == max(stands.values()) == 6 + 8


def test_two_workers_send_each_batch_once(cloned_db: str, other: Other) -> None:
    furnished(6)
    shop = a_publication(way="webhook", endpoint=other.url, settings={"batch_items": 1})
    kept(shop)
    other.answer = lambda path, body: (time.sleep(0.05), (200, {}, {}))[1]
    together(*(lambda: send_publication(actor=LOOP, publication_id=shop.pk),) * 3)
    send_publication(actor=LOOP, publication_id=shop.pk)
    assert len(other.ids) == len(set(other.ids)) == 6
    assert [body["items"][0]["version"] for body in other.bodies] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("place", "sent"), [("dispatch.claimed", 0), ("dispatch.sent", 1), ("dispatch.written", 1)]
)
def test_a_killed_worker_loses_nothing_and_repeats_under_the_same_id(
    cloned_db: str, other: Other, place: str, sent: int
) -> None:
    furnished()
    shop = a_publication(way="webhook", endpoint=other.url)
    kept(shop)
    code = in_a_process(lambda: send_publication(actor=LOOP, publication_id=shop.pk), place)
    assert (code, len(other.ids)) == (KILLED, sent)
    assert send_publication(actor=LOOP, publication_id=shop.pk).batches == 0  # the lease holds
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        send_publication(actor=LOOP, publication_id=shop.pk)
    is_repeated = place == "dispatch.sent"
    assert len(other.ids) == 1 + is_repeated and len(set(other.ids)) == 1
    assert len({body for _m, _p, _h, body in other.requests}) == 1
    assert Dispatch.objects.get().state == "delivered"
    assert DispatchAttempt.objects.count() == 1
    assert set(PublishedItem.objects.values_list("taken_version", flat=True)) == {1, 2, 3}


def test_a_price_placed_by_a_slow_writer_is_not_overlooked(cloned_db: str) -> None:
    """Its stamps lie before the turn that could not see it: the turn's mark stays behind the slow writer's start."""
    house, shop = furnished(1), a_publication()
    kept(shop)
    is_placed, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        from django.db import transaction

        with transaction.atomic():
            priced(house.clerk, ("BASE", "P0", "10.40"))
            is_placed.set()
            may_end.wait(20)
        connections.close_all()

    writer = threading.Thread(target=slow)
    writer.start()
    assert is_placed.wait(20)
    assert kept(shop).changed == 0
    may_end.set()
    writer.join(20)
    assert kept(shop).changed == 1
    assert PublishedItem.objects.get().content["amount"] == "10.40"
