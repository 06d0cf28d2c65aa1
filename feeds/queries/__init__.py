"""Reads of feeds."""

from feeds.queries.deliveries import (
    Lag,
    all_lags,
    deliveries,
    delivery,
    delivery_of,
    feed_named,
    feeds_by_name,
    lag_of,
    lags,
    live_keys,
    live_secrets,
    quarantine_of,
    stuck_deliveries,
    till_marks,
)

__all__ = [
    "Lag",
    "all_lags",
    "deliveries",
    "delivery",
    "delivery_of",
    "feed_named",
    "feeds_by_name",
    "lag_of",
    "lags",
    "live_keys",
    "live_secrets",
    "quarantine_of",
    "stuck_deliveries",
    "till_marks",
]
