"""Handing work to the broker; it may be down or emptied at any time, the loops make up for it."""

import logging
from typing import Any

from celery import current_app
from django.db import transaction

log = logging.getLogger(__name__)
WAKE_EXPIRES_S = 30


def send(task_name: str, *, queue: str = "urgent", expires_s: int = WAKE_EXPIRES_S, **kwargs: Any) -> bool:
    """Send a task by name, once and without waiting long; False when the broker did not take it. Never raises."""
    try:
        current_app.send_task(task_name, kwargs=kwargs, queue=queue, expires=expires_s, retry=False)
    except Exception as error:  # whatever a broker may throw: a lost wake-up costs latency, never an effect
        log.warning("%s could not be sent: %s", task_name, error)
        return False
    return True


def wake(task_name: str, *, queue: str = "urgent") -> None:
    """After the running transaction has committed, let a loop run early. Never raises."""
    transaction.on_commit(lambda: send(task_name, queue=queue), robust=True)
