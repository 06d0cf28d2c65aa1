"""The tables of feeds, one file for each noun."""

from feeds.models.deliveries import Delivery, Feed, FeedKey, QuarantineRow
from feeds.models.partner_documents import PartnerDocument, PartnerDocumentLine
from feeds.models.sources import Source
from feeds.models.streams import LagSample, RefusedPush, Stream, StreamKey

__all__ = [
    "Delivery",
    "Feed",
    "FeedKey",
    "LagSample",
    "PartnerDocument",
    "PartnerDocumentLine",
    "QuarantineRow",
    "RefusedPush",
    "Source",
    "Stream",
    "StreamKey",
]
