"""The two roles, and the databases that tests get."""

import threading

import pytest
from django.db import ProgrammingError, connection, connections

from config.embedded.postgres import APPLICATION


@pytest.mark.django_db
def test_tests_sign_in_as_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('server_version_num')::int / 10000")
        assert cursor.fetchone() == (APPLICATION, 18)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "DROP TABLE django_migrations",
        "ALTER TABLE django_session ADD COLUMN x int",
    ],
)
def test_the_application_cannot_change_the_schema(statement: str) -> None:
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_cloned_database_commits_and_is_seen_by_other_threads(cloned_db: str) -> None:
    seen: list[str] = []

    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_database() || ' ' || session_key FROM django_session")
            seen.append(cursor.fetchone()[0])
        connections.close_all()

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('k', '', now())"
        )
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [f"{cloned_db} k"]
