"""Every write of jobs."""

import logging

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


def wake(task_name: str) -> None:
    """Run the loop `task_name` early, once the running transaction has committed; best effort, never raises.

    A lost wake-up costs latency, never an effect: every loop also ticks by itself.
    """
    transaction.on_commit(lambda: _send(task_name))


def _send(task_name: str) -> None:
    try:
        current_app.send_task(task_name, ignore_result=True, retry=False, expires=60)
    except Exception:  # the broker may be down; the tick comes anyway
        logger.warning("could not wake %s", task_name, exc_info=True)
