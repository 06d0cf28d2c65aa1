"""What each kind of publication publishes. A new kind: a reader here and a line in PROVIDERS."""

from feeds.models import Publication
from feeds.queries.contents.base import Asked, Provider, Reader, Wanted
from feeds.queries.contents.prices import Prices
from feeds.queries.contents.stock import Stock

PROVIDERS: dict[str, Provider] = {
    Publication.What.PRICES: Provider(Prices(), {"amount": None}, figure="amount"),
    Publication.What.STOCK: Provider(Stock(), {"quantity": "0"}, figure="quantity"),
}

__all__ = ["PROVIDERS", "Asked", "Provider", "Reader", "Wanted"]
