"""The loop of feeds: reads what was delivered, watches for lateness."""

import logging
from typing import Any

from celery import shared_task

from feeds import actions
from feeds.actions.publishing import keep_all
from feeds.actions.readings import read_back_due
from feeds.actions.sending import send_publication
from feeds.queries.dispatches import due_publications
from jobs.actions import send
from jobs.tasks import loop_task, outbox_handler
from lib import clock
from lib.actors import job

log = logging.getLogger(__name__)


@loop_task("feeds.process")
def process() -> None:
    actor = job("feeds.process")
    for delivery_id, attempt in actions.claim_deliveries():
        try:
            actions.apply_delivery(actor=actor, delivery_id=delivery_id, attempt=attempt)
        except Exception:  # the others go on; the lease runs out and this one is tried again
            log.exception("delivery %s", delivery_id)
    actions.watch_feeds(actor=actor, at=clock.now())


@loop_task("feeds.look_in")
def look_in() -> None:
    """Fetch what lies in watched folders and at addresses that are due."""
    for inlet_id in actions.claim_inlets():
        try:
            actions.look_in(actor=job("feeds.look_in"), inlet_id=inlet_id)
        except Exception:  # the others go on; the lease runs out and this one is tried again
            log.exception("inlet %s", inlet_id)


@loop_task("feeds.publish")
def publish() -> None:
    """Keep what stands published up to date, then have each publication with something to send sent by itself."""
    keep_all(clock.now())
    for publication_id in due_publications(clock.now()):
        send("feeds.send", queue="normal", publication_id=publication_id)


@shared_task(name="feeds.send")
def send_one(publication_id: int) -> None:
    """One turn of one publication; a lost task is made again by the next tick."""
    send_publication(actor=job("feeds.send"), publication_id=publication_id)


@loop_task("feeds.read_back")
def read_shops() -> None:
    """Ask the shops that are due what they show, and hold it against our prices."""
    read_back_due(actor=job("feeds.read_back"), now=clock.now())


@outbox_handler("price_change.applied")
def announce(key: str, payload: dict[str, Any]) -> None:
    """A change has come into effect: its prices are published now, not at the next tick."""
    log.info("%s is in effect: %s, %s lines", key, payload["reference"], payload["lines"])
    send("feeds.publish", queue="normal")
