"""Which shops are due to be read back, and which of their products."""

from datetime import datetime, timedelta

from django.db import connection

from feeds.models import Publication
from feeds.senders import WAYS

#: settings.read_back_every_s and settings.read_items, where a publication names none.
EVERY_S = 15 * 60
ITEMS = 500

# First what was published after it was read, or never read; then what was read longest ago.
_SKUS = """
SELECT p.sku FROM feeds_publisheditem i JOIN catalog_product p ON p.id = i.product_id
  JOIN catalog_site s ON s.id = i.site_id
  LEFT JOIN feeds_pricereading r ON r.site_id = i.site_id AND r.sku = p.sku
   AND r.channel_id IS NOT DISTINCT FROM nullif(%(channel)s::bigint, s.channel_id)
 WHERE i.publication_id = %(publication)s AND i.taken_version IS NOT NULL AND i.content ->> 'amount' IS NOT NULL
 GROUP BY p.sku
 ORDER BY bool_or(r.read_at IS NULL OR r.read_at < i.published_at) DESC, min(r.read_at) NULLS FIRST, p.sku
 LIMIT %(limit)s
"""


def due_read_backs(now: datetime) -> list[Publication]:
    """Active publications of prices whose other side can be read and was not for a while. 1 query."""
    readable = [name for name, way in WAYS.items() if way.reads_back]
    rows = Publication.objects.select_related("channel", "site").filter(
        is_active=True, paused_at__isnull=True, way__in=readable, what=Publication.What.PRICES
    )
    return [row for row in rows.order_by("pk") if _is_due(row, now)]


def _is_due(publication: Publication, now: datetime) -> bool:
    every = publication.settings.get("read_back_every_s")
    wait = timedelta(seconds=every if isinstance(every, int) and every > 0 else EVERY_S)
    return publication.read_back_at is None or now - publication.read_back_at >= wait


def skus_to_read(publication: Publication) -> list[str]:
    """The slice to read back now: what changed since it was read, then what was read longest ago. 1 query."""
    limit = publication.settings.get("read_items")
    values = {
        "publication": publication.pk,
        "channel": publication.channel_id,
        "limit": limit if isinstance(limit, int) and 0 < limit <= 10_000 else ITEMS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SKUS, values)
        return [sku for (sku,) in cursor.fetchall()]
