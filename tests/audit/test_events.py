import threading

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from audit import actions
from audit.models import ActorName, Event
from audit.queries import event_by_id
from lib.actors import Actor
from tests.audit.builders import ANNA, event


@pytest.mark.django_db
def test_an_event_is_never_lost_over_odd_letters() -> None:
    made = event(
        reason="a\x00b",
        subject="x:" + "9" * 200,
        after={"nul\x00": "\x00", "slash": "\\u0000", "ok": "\u00e9"},
    )
    kept = Event.objects.get(pk=made)
    assert (kept.reason, len(kept.subject)) == ("a\ufffdb", 120)
    assert kept.after == {"nul\ufffd": "\ufffd", "slash": "\\u0000", "ok": "\u00e9"}


@pytest.mark.django_db
def test_an_erased_name_leaves_the_event() -> None:
    made = event()
    ActorName.objects.filter(name="anna").delete()
    kept = event_by_id(made, None, None)
    assert kept is not None and (kept.actor, kept.actor_id) == ("", ANNA.id)


@pytest.mark.django_db
def test_a_name_cannot_be_altered_by_the_application() -> None:
    event()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ActorName.objects.update(name="eve")


def test_a_new_name_makes_no_writer_wait(cloned_db: str) -> None:
    """One transaction has written a new name and is not at its end; another uses the same name and goes through."""
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            event(1)
            written.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    written.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    assert event(2) > 0
    go_on.set()
    thread.join()
    assert ActorName.objects.filter(name="anna").count() == 2
    assert actions.seal_events() == 2


@pytest.mark.django_db
def test_an_actor_without_an_id_has_one_name_row() -> None:
    robot = Actor(kind="job", id=None, name="pricing.apply_due", channel="job")
    event(actor=robot)
    event(actor=robot)
    assert ActorName.objects.get(actor_kind="job").name == "pricing.apply_due"
