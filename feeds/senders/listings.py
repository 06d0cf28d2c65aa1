"""What a SKU is called in a shop of a platform: asked of the platform once, then kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from feeds.models import PlatformListing
from lib import clock

#: A SKU that the platform did not know is asked for again after this long.
ASK_AGAIN = timedelta(hours=1)
_KEEP = """
INSERT INTO feeds_platformlisting (way, account, sku, parent_ref, item_ref, stock_ref, is_missing, asked_at)
SELECT %s, %s, sku, parent_ref, item_ref, stock_ref, is_missing, now()
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[]) AS f (sku, parent_ref, item_ref, stock_ref, is_missing)
ORDER BY sku
ON CONFLICT (way, account, sku) DO UPDATE SET parent_ref = EXCLUDED.parent_ref, item_ref = EXCLUDED.item_ref,
  stock_ref = EXCLUDED.stock_ref, is_missing = EXCLUDED.is_missing, asked_at = now()
"""


@dataclass(frozen=True)
class Listing:
    """Ids of one SKU: of the product, of what is sold, of what is counted; is_missing: the shop does not list it."""

    sku: str
    parent: str = ""
    item: str = ""
    stock: str = ""
    is_missing: bool = False


@dataclass(frozen=True)
class Shelf:
    """The listings of one shop of one platform."""

    way: str
    account: str

    def known(self, skus: Iterable[str]) -> dict[str, Listing]:
        """What is kept of these SKUs; one that was missing for a while is left out, so that it is asked for. 1 query."""
        rows = PlatformListing.objects.filter(way=self.way, account=self.account, sku__in=list(skus))
        stale = clock.now() - ASK_AGAIN
        return {
            row.sku: Listing(row.sku, row.parent_ref, row.item_ref, row.stock_ref, row.is_missing)
            for row in rows
            if not (row.is_missing and row.asked_at < stale)
        }

    def keep(self, found: Sequence[Listing]) -> None:
        """Keep what the platform said. 1 query."""
        if not found:
            return
        columns = zip(
            *[(one.sku, one.parent, one.item, one.stock, one.is_missing) for one in found], strict=True
        )
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [self.way, self.account, *map(list, columns)])

    def forget(self, skus: Iterable[str]) -> None:
        """The platform no longer knows these ids: they are asked for again next time. 1 query."""
        PlatformListing.objects.filter(way=self.way, account=self.account, sku__in=list(skus)).delete()
