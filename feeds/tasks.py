"""The loop of feeds: reads what was delivered, watches for lateness."""

import logging

from feeds import actions
from jobs.tasks import loop_task
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
    at = clock.now()
    actions.follow_streams(at=at)
    actions.mark_streams()
    actions.alert_late_feeds(actor=actor, at=at)
    actions.alert_feed_trouble(actor=actor, at=at)
