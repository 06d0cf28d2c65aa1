import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction

from audit import actions, anchors, keys, rules
from audit.models import Event, Seal, SealLeaf
from audit.queries import proof_of, seal_status
from tests.audit.builders import event, events


@pytest.mark.django_db
def test_every_visible_event_is_sealed_once_in_order_of_id() -> None:
    made = events(5)
    assert actions.seal_events() == 5
    assert actions.seal_events() == 0
    assert list(SealLeaf.objects.order_by("leaf_index").values_list("event_id", flat=True)) == made


@pytest.mark.django_db
def test_batches_are_capped_and_chained() -> None:
    events(7)
    assert actions.seal_events(limit=3) == 7
    seals = list(Seal.objects.order_by("number"))
    assert [(seal.number, seal.count) for seal in seals] == [(1, 3), (2, 3), (3, 1)]
    assert [bytes(seal.previous_hash) for seal in seals] == [
        rules.GENESIS,
        *(bytes(s.hash) for s in seals[:2]),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", 'quote " and \\ slash', "新\n行\t", "\x7f\x1f", "💷"])
def test_sql_and_python_make_the_same_leaf(reason: str) -> None:
    event_id = event(reason=reason, after={"n": 1, "long": {"b": [1, {}], "a": "x"}, "empty": {}})
    actions.seal_events()
    row = Event.objects.values(*rules.SEALED_COLUMNS).get(pk=event_id)
    leaf = rules.leaf_hash(rules.leaf_content(row))
    assert bytes(SealLeaf.objects.get(pk=event_id).leaf_hash) == leaf


def test_instants_are_written_as_postgresql_writes_them() -> None:
    assert rules.instant_text(datetime(2026, 1, 2, 3, 4, 5, 120000, UTC)) == "2026-01-02T03:04:05.12+00:00"
    assert rules.instant_text(datetime(2026, 1, 2, 3, 4, 5, 0, UTC)) == "2026-01-02T03:04:05+00:00"


@pytest.mark.django_db
def test_a_seal_is_signed_and_anchored() -> None:
    events(2)
    actions.seal_events()
    assert actions.anchor_seals() == 1
    seal = Seal.objects.get()
    public = keys.public_bytes(keys.signing_key())
    assert keys.is_signed(public, bytes(seal.signature), bytes(seal.hash))
    assert anchors.read() == {1: {bytes(seal.hash).hex()}}
    assert keys.key_path().stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_proof_of_an_event_waits_and_then_holds() -> None:
    made = events(9)
    assert proof_of(made[4]).state == "waiting"  # type: ignore[union-attr]
    actions.seal_events()
    proof = proof_of(made[4])
    assert proof is not None
    assert (proof.state, proof.seal, proof.index, proof.count, len(proof.steps)) == ("proven", 1, 4, 9, 4)
    assert proof_of(made[-1] + 1000) is None


@pytest.mark.django_db
def test_status_counts_what_waits() -> None:
    assert (seal_status().number, seal_status().waiting) == (0, 0)
    events(3)
    assert seal_status().waiting == 3
    actions.seal_events()
    status = seal_status()
    assert (status.number, status.waiting, status.is_late) == (1, 0, False)


def test_an_event_committed_late_is_sealed_later_and_writers_never_wait(cloned_db: str) -> None:
    """A transaction that took its id first commits after a pass: the horizon keeps it in sight."""
    written, go_on = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with transaction.atomic():
            event(1)
            written.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow_writer)
    thread.start()
    written.wait(10)
    events(3)
    assert actions.seal_events() == 3
    go_on.set()
    thread.join()
    assert actions.seal_events() == 1
    assert sorted(SealLeaf.objects.values_list("event_id", flat=True)) == sorted(
        Event.objects.values_list("id", flat=True)
    )


def test_two_sealers_at_once_seal_each_event_once(cloned_db: str) -> None:
    events(40)
    barrier, counts = threading.Barrier(4), []

    def seal() -> None:
        barrier.wait()
        counts.append(actions.seal_events(limit=5))
        connections.close_all()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    actions.seal_events(limit=5)
    assert SealLeaf.objects.count() == 40
    assert sum(Seal.objects.values_list("count", flat=True)) == 40


@pytest.mark.django_db
def test_a_pass_reads_only_what_is_new() -> None:
    """The plan of the sealer's search goes through the index of transaction ids, not over the table."""
    events(3)
    actions.seal_events()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM audit_event WHERE xid >= '99999999'::xid8 AND id > 0")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "xid" in plan and "Seq Scan" not in plan
