"""Fixtures for every test. `db` is pytest-django's: a transaction of the application role, rolled back."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests.embedded import server

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Nothing to do: tests.embedded made a migrated, throw-away database before the settings were read."""


@contextmanager
def connected_to(database: str) -> Iterator[None]:
    """Point every thread's default connection at another database of the session's server."""
    settings = connections.settings["default"]
    before = settings["NAME"]
    connections["default"].close()
    settings["NAME"] = database
    try:
        yield
    finally:
        connections["default"].close()
        settings["NAME"] = before


@pytest.fixture
def cloned_db(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of this test's own, cloned from the migrated template: real commits, any number of threads.

    Do not combine it with `db`. Threads close their connection at their end: `connections.close_all()`.
    Yields its name; it is dropped afterwards.
    """
    here = server()
    name = f"clone_{os.getpid()}_{next(_numbers)}"
    here.clone(name)
    try:
        with django_db_blocker.unblock(), connected_to(name):
            yield name
    finally:
        here.drop(name)
