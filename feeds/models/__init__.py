"""The tables of feeds, one file for each noun."""

from feeds.models.deliveries import Delivery, Feed, FeedKey, Freshness, QuarantineRow

__all__ = ["Delivery", "Feed", "FeedKey", "Freshness", "QuarantineRow"]
