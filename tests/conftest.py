"""Fixtures for every test. `db` is pytest-django's: a transaction of the application role, rolled back.

| fixture | gives |
| --- | --- |
| db | the session's database as the application role, rolled back after the test |
| cloned_db | a database of the test's own with real commits, for races |
| live_stack | web server, worker and scheduler on the database `live` (base data, admin), once per session |
| page | a Chromium page (Playwright) at 1280 × 800, English, UTC; signed out |
"""

import itertools
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import DjangoDbBlocker

from config.environment import BASE_DIR
from tests import live
from tests.embedded import server

_numbers = itertools.count(1)
SCREENS = BASE_DIR / ".cache" / "screens"


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


@pytest.fixture(scope="session")
def _live_processes() -> Iterator[live.LiveStack]:
    stack = live.start(server())
    yield stack
    live.stop(stack)


@pytest.fixture
def live_stack(
    _live_processes: live.LiveStack, django_db_blocker: DjangoDbBlocker
) -> Iterator[live.LiveStack]:
    """The running stack; while the test runs, Django's connection is the stack's database. Not to be mixed with `db`.

    The processes live for the whole session and the data stays: use names of your own in each test.
    """
    with django_db_blocker.unblock(), _live_processes.database():
        yield _live_processes


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=live.CHROMIUM, args=arguments)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, live_stack: live.LiveStack, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Addresses may be given from the root: `page.goto("/prices/")`. A failed test leaves .cache/screens/NAME.png."""
    context = browser.new_context(
        base_url=live_stack.url,
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    opened = context.new_page()
    yield opened
    if getattr(request.node, "failed_call", False):
        SCREENS.mkdir(parents=True, exist_ok=True)
        opened.screenshot(path=SCREENS / f"{request.node.name}.png", full_page=True)
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.when == "call":
        item.failed_call = report.failed  # type: ignore[attr-defined]
    return report
