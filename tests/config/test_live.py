"""The running whole, seen from outside."""

import json
import time
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Page

from tests.live import LiveStack

READY_WITHIN_S = 60


def get(url: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, json.load(answer)


def test_pages_can_be_served(live_stack: LiveStack) -> None:
    assert get(f"{live_stack.url}/healthz") == (200, {"status": "ok", "down": {}})


def test_worker_and_scheduler_answer(live_stack: LiveStack) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    while (answer := get(f"{live_stack.url}/readyz"))[0] != 200 and time.monotonic() < deadline_s:
        time.sleep(0.5)
    assert answer == (200, {"status": "ok", "down": {}}), live_stack.log("worker")


@pytest.mark.browser
def test_a_stranger_is_sent_to_sign_in(page: Page) -> None:
    page.goto("/")
    assert page.url.endswith("/sign-in/?next=%2F")
