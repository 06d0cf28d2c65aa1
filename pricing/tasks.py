"""The loops of pricing."""

import logging
from typing import Any

from jobs.tasks import loop_task, outbox_handler
from pricing.actions.applying import settle_all

log = logging.getLogger(__name__)


@loop_task("pricing.apply_due")
def apply_due() -> None:
    """Every 2 s: place what was approved elsewhere, announce what has come into effect."""
    settle_all()


@outbox_handler("price_change.applied")
def announce(key: str, payload: dict[str, Any]) -> None:
    """A change has come into effect: where publications to shops and labels attach; until then a line in the log."""
    log.info("%s is in effect: %s, %s lines", key, payload["reference"], payload["lines"])
