"""The tables of feeds, one file for each noun."""

from feeds.models.channel_stock import ChannelStockRule
from feeds.models.deliveries import Delivery, Feed, FeedKey
from feeds.models.holds import Hold, HoldLimits
from feeds.models.inlets import Inlet, InletFile
from feeds.models.listings import PlatformListing
from feeds.models.mappings import Mapping, Upload
from feeds.models.partner_documents import PartnerDocument, PartnerDocumentLine
from feeds.models.publications import (
    Dispatch,
    DispatchAttempt,
    PriceReading,
    Publication,
    PublicationKey,
    PublishedItem,
)
from feeds.models.quarantine import QuarantineRow
from feeds.models.sources import Source
from feeds.models.streams import Heartbeat, LagSample, RefusedPush, Stream, StreamKey

__all__ = [
    "Inlet",
    "InletFile",
    "ChannelStockRule",
    "Delivery",
    "Dispatch",
    "DispatchAttempt",
    "Feed",
    "FeedKey",
    "Heartbeat",
    "Hold",
    "HoldLimits",
    "LagSample",
    "Mapping",
    "PartnerDocument",
    "PartnerDocumentLine",
    "PlatformListing",
    "PriceReading",
    "Publication",
    "PublicationKey",
    "PublishedItem",
    "QuarantineRow",
    "RefusedPush",
    "Source",
    "Stream",
    "StreamKey",
    "Upload",
]
