"""Every write of feeds."""

from feeds.actions.accepting import (
    MAX_FILE_BYTES,
    PushedDelivery,
    accept_delivery,
    receive_file,
)
from feeds.actions.applying import apply_delivery, claim_deliveries
from feeds.actions.inlets import InletDraft, claim_inlets, look_in, save_inlet
from feeds.actions.keys import create_key, revoke_key
from feeds.actions.lateness import alert_feed_trouble, alert_late_feeds, watch_feeds
from feeds.actions.settings import set_expectation
from feeds.actions.streams import follow_streams, mark_streams

__all__ = [
    "InletDraft",
    "claim_inlets",
    "look_in",
    "save_inlet",
    "MAX_FILE_BYTES",
    "PushedDelivery",
    "accept_delivery",
    "alert_feed_trouble",
    "alert_late_feeds",
    "apply_delivery",
    "claim_deliveries",
    "create_key",
    "follow_streams",
    "mark_streams",
    "receive_file",
    "revoke_key",
    "set_expectation",
    "watch_feeds",
]
