"""What an administrator with every trigger off may do, and that it is found and named."""

from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from audit import actions, anchors, keys
from audit.queries import breaches, digests_of
from config.embedded.postgres import OWNER
from tests.audit.builders import ANNA, event, events, owner_of
from tests.embedded import server

COUNT = 8


@pytest.fixture
def sealed(cloned_db: str) -> str:
    """Eight sealed and anchored events with ids 1 to 8 in seals 1 to 3."""
    events(COUNT)
    actions.seal_events(limit=3)
    actions.anchor_seals()
    return cloned_db


def found() -> list[str]:
    with transaction.atomic():
        return [str(breach) for breach in breaches()]


def test_a_whole_trail_proves(sealed: str, capsys: Any) -> None:
    call_command("verify_trail")
    assert capsys.readouterr().out == "proven: 3 seals, 1 events wait for the next\n"
    call_command("verify_trail")


TAMPERINGS = {
    "altered reason": (
        "UPDATE audit_event SET reason = 'x' WHERE id = 5",
        "event 5: is not what seal 2 sealed",
    ),
    "altered actor": (
        "UPDATE audit_event SET actor_hash = '\\x00' WHERE id = 2",
        "event 2: is not what seal 1 sealed",
    ),
    "altered after": (
        """UPDATE audit_event SET after = after || '{"amount": "13.26"}' WHERE id = 8""",
        "event 8: is not what seal 3 sealed",
    ),
    "altered time": (
        "UPDATE audit_event SET recorded_at = recorded_at - interval '1 microsecond' WHERE id = 1",
        "event 1: is not what seal 1 sealed",
    ),
    "deleted": ("DELETE FROM audit_event WHERE id = 4", "event 4: was sealed by seal 2 and is gone"),
    "inserted": (
        "INSERT INTO audit_event (actor_kind, actor_hash, channel, kind, subject, recorded_at)"
        " VALUES ('user', '\\x00', 'api', 'x.y', 'x:1', now() - interval '1 hour')",
        "is not sealed after 3600 s",
    ),
    "doubled": (
        "INSERT INTO audit_event (id, actor_kind, actor_hash, channel, kind, subject)"
        " VALUES (3, 'user', '\\x00', 'api', 'x.y', 'x:1')",
        "event 3: is not what seal 1 sealed",
    ),
    "reordered": (
        "UPDATE audit_sealleaf SET leaf_index = 9 WHERE event_id = 1;"
        "UPDATE audit_sealleaf SET leaf_index = 0 WHERE event_id = 2;"
        "UPDATE audit_sealleaf SET leaf_index = 1 WHERE event_id = 1",
        "seal 1: its leaves do not lead to its root",
    ),
    "event and its leaf altered": (
        "UPDATE audit_event SET reason = 'x' WHERE id = 5;"
        "UPDATE audit_sealleaf SET leaf_hash = sha256('x') WHERE event_id = 5",
        "seal 2: its leaves do not lead to its root",
    ),
    "event and leaf deleted": (
        "DELETE FROM audit_event WHERE id = 6; DELETE FROM audit_sealleaf WHERE event_id = 6",
        "seal 2: has 2 leaves, sealed were 3",
    ),
    "root altered": (
        "UPDATE audit_seal SET root = sha256('x') WHERE number = 2",
        "seal 2: its leaves do not lead",
    ),
    "time of a seal altered": (
        "UPDATE audit_seal SET sealed_at = sealed_at - interval '1 day' WHERE number = 1",
        "seal 1: is not what was hashed",
    ),
    "signature altered": (
        "UPDATE audit_seal SET signature = '\\x00' WHERE number = 3",
        "seal 3: is not signed by its key",
    ),
    "tail cut off": (
        "DELETE FROM audit_event WHERE id > 6; DELETE FROM audit_sealleaf WHERE seal_id = 3;"
        "DELETE FROM audit_seal WHERE number = 3",
        "seal 3: was anchored outside the database and is gone",
    ),
    "name behind an actor altered": (
        "UPDATE audit_actorname SET name = 'eve' WHERE name = 'anna'",
        "event 1: the name 1 behind its actor is not what was hashed",
    ),
    "seal gone": ("DELETE FROM audit_seal WHERE number = 2", "seal 2: is gone"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_named(sealed: str, name: str, capsys: Any) -> None:
    sql, words = TAMPERINGS[name]
    with owner_of(sealed) as cursor:
        cursor.execute(sql)
    assert any(words in line for line in found())
    with pytest.raises(SystemExit) as ended:
        call_command("verify_trail")
    assert ended.value.code == 1


def test_a_whole_new_chain_with_another_key_differs_from_the_anchors(sealed: str) -> None:
    with owner_of(sealed) as cursor:
        cursor.execute("UPDATE audit_event SET reason = 'x' WHERE id = 5")
        cursor.execute("DELETE FROM audit_sealleaf; DELETE FROM audit_seal")
    keys.key_path().unlink()
    actions.seal_events(limit=3)
    assert found()[0] == "seal 1: is not the one that was anchored outside the database"


def test_a_shortened_anchors_file_is_found(sealed: str) -> None:
    lines = anchors.anchors_path().read_text().splitlines(keepends=True)
    anchors.anchors_path().write_text("".join(lines[:2]))
    assert found() == [f"seal 3: its anchor is missing from {anchors.anchors_path()}"]


@pytest.fixture
def covered(cloned_db: str) -> str:
    """Table `probe`, covered by event_id, with rows of events 1 and 2."""
    with owner_of(cloned_db) as cursor:
        cursor.execute("CREATE TABLE probe (id bigserial, event_id bigint, amount numeric(12, 2), note text)")
        cursor.execute(
            "INSERT INTO audit_coveredtable (name, event_column, order_column, columns)"
            " VALUES ('probe', 'event_id', 'id', ARRAY['id', 'amount', 'note'])"
        )
    for number in (1, 2):
        with transaction.atomic(), connection.cursor() as cursor:
            event_id = actions.next_event_id()
            cursor.execute(
                "INSERT INTO probe (event_id, amount, note) VALUES (%s, 1.50, 'a'), (%s, 2, NULL)",
                [event_id] * 2,
            )
            event(number, event_id=event_id, digests=digests_of(event_id, ["probe"]))
    return cloned_db


def test_covered_rows_prove(covered: str) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "UPDATE probe SET amount = 1.51 WHERE id = 1",
            "event 1: probe (event_id): its 2 rows are not what it covered",
        ),
        (
            "UPDATE probe SET note = '' WHERE id = 4",
            "event 2: probe (event_id): its 2 rows are not what it covered",
        ),
        ("DELETE FROM probe WHERE id = 3", "event 2: probe (event_id): it covers 2 rows, 1 are there"),
        ("DELETE FROM probe WHERE event_id = 2", "event 2: probe (event_id): its 2 rows are gone"),
        (
            "INSERT INTO probe (event_id, amount) VALUES (1, 3)",
            "event 1: probe (event_id): it covers 2 rows, 3 are there",
        ),
        (
            "INSERT INTO probe (event_id, amount) VALUES (99, 3)",
            "event 99: probe (event_id): 1 rows name it and it is not there",
        ),
        (
            "UPDATE probe SET event_id = 2 WHERE id = 1",
            "event 1: probe (event_id): it covers 2 rows, 1 are there",
        ),
        (
            "DELETE FROM audit_coveredtable WHERE name = 'probe'",
            "event 1: probe (event_id) is not registered as covered",
        ),
    ],
)
def test_tampering_with_covered_rows_is_found_and_named(covered: str, sql: str, words: str) -> None:
    with owner_of(covered) as cursor:
        cursor.execute(sql)
    assert found()[0] == words


def test_an_event_that_says_it_covers_none_is_found(covered: str) -> None:
    last = event(3)
    with owner_of(covered) as cursor:
        cursor.execute("INSERT INTO probe (event_id, amount) VALUES (%s, 3)", [last])
    assert found() == [f"event {last}: probe (event_id): 1 rows name it and it covers none"]


def test_a_verification_is_recorded_with_its_first_breach(sealed: str) -> None:
    with owner_of(sealed) as cursor:
        cursor.execute("DELETE FROM audit_event WHERE id = 4")
    asked = actions.request_verification(actor=ANNA)
    assert actions.request_verification(actor=ANNA).pk == asked.pk
    check = actions.claim_verification()
    assert actions.run_verification(actor=ANNA, check=check) == 1
    check.refresh_from_db()  # type: ignore[union-attr]
    assert check.breach == "event 4: was sealed by seal 2 and is gone"  # type: ignore[union-attr]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table", ["audit_event", "audit_seal", "audit_sealleaf", "audit_sealkey", "audit_coveredtable"]
)
@pytest.mark.parametrize("sql", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_role_is_refused(table: str, sql: str) -> None:
    column = {
        "audit_event": "kind",
        "audit_seal": "root",
        "audit_sealleaf": "leaf_hash",
        "audit_sealkey": "public_key",
    }
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            name = column.get(table, "name")
            cursor.execute(sql.format(table, name, name))


def test_the_owner_meets_the_triggers(sealed: str) -> None:
    owner = psycopg2.connect(server().url(OWNER, sealed))
    owner.autocommit = True
    for sql in (
        "UPDATE audit_event SET kind = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DELETE FROM audit_seal",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="append-only"):
            owner.cursor().execute(sql)
    owner.close()
