"""What each kind of publication publishes. A new kind: a reader here and a line in PROVIDERS."""

from feeds.models import Publication
from feeds.queries.contents.base import Asked, Provider, Reader, Wanted
from feeds.queries.contents.prices import Prices
from feeds.queries.contents.replenishment import Replenishment
from feeds.queries.contents.stock import Stock
from feeds.queries.contents.vouchers import Vouchers

PROVIDERS: dict[str, Provider] = {
    Publication.What.PRICES: Provider(Prices(), {"amount": None}, figure="amount"),
    Publication.What.STOCK: Provider(Stock(), {"quantity": "0"}, figure="quantity"),
    Publication.What.REPLENISHMENT: Provider(Replenishment(), {"quantity": "0"}, figure="quantity"),
    Publication.What.VOUCHERS: Provider(Vouchers(), {}, figure="debit", is_per_site=False),
}

__all__ = ["PROVIDERS", "Asked", "Provider", "Reader", "Wanted"]
