"""Publishing: 100,000 effective prices computed, compared and given versions, against bare SQL that only writes them.

In a process of its own (`python -m bench.figures.publication NAME`), in one transaction that is rolled back.
"""

import json
import sys
import time
from typing import Any

from bench.apart import measured_apart
from bench.instance import Instance
from bench.price_data import made_prices
from bench.registry import Measured, figure

PRODUCTS = 100_000

# The best a single statement could do: the row in force of the one right list, as content, into the table with its keys.
BARE = """
INSERT INTO feeds_publisheditem (publication_id, key, product_id, site_id, version, content, effective_at)
SELECT %(publication)s, s.code || '/' || p.sku, p.id, s.id, row_number() OVER (ORDER BY p.sku),
       jsonb_build_object('amount', round(r.amount, 2)::text, 'currency', r.currency, 'tax_included', true,
                          'price_list', l.code), now()
  FROM pricing_price r JOIN catalog_product p ON p.id = r.product_id JOIN pricing_pricelist l ON l.id = r.price_list_id
  JOIN catalog_site s ON s.code = %(site)s
 WHERE r.price_list_id = %(list)s AND upper_inf(r.known) AND r.valid @> now() AND r.min_quantity <= 1
"""


@figure("publish_100000_prices_s", unit="s", goal=7.0, better="lower")
def published(instance: Instance) -> Measured:
    """The first publication of 100,000 prices at a site, through the whole access sequence, against writing them."""
    return measured_apart(instance, __name__, "first")


@figure("publish_100000_prices_again_s", unit="s", goal=7.0, better="lower")
def published_again(instance: Instance) -> Measured:
    """Looking at all 100,000 again when nothing changed, against writing them once in bare SQL."""
    return measured_apart(instance, __name__, "again")


# -- in the process of its own ---------------------------------------------------------------------------------------


def _publication(name: str, site: str) -> Any:
    from catalog.models import Site
    from feeds.models import Publication

    return Publication.objects.create(name=name, what="prices", way="rest", site=Site.objects.get(code=site))


def _timed(work: Any) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def main(name: str) -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    from feeds.actions.publishing import keep_content
    from feeds.models import Publication
    from lib import clock

    with transaction.atomic(), connection.cursor() as cursor:
        made = made_prices(cursor, PRODUCTS)
        shop, bare = _publication("bench", made["site"]), _publication("bench-bare", made["site"])
        values = {"publication": bare.pk, "site": made["site"], "list": made["promotion"]}
        limit = _timed(lambda: cursor.execute(BARE, values))
        value = _timed(lambda: keep_content(shop.pk, clock.now()))
        versions = Publication.objects.get(pk=shop.pk).last_version
        assert versions >= PRODUCTS, versions
        if name == "again":
            Publication.objects.filter(pk=shop.pk).update(is_full_asked=True)
            value = _timed(lambda: keep_content(shop.pk, clock.now()))
            assert Publication.objects.get(pk=shop.pk).last_version == versions
        transaction.set_rollback(True)
    note = f"{versions:,} items; bare INSERT … SELECT {limit:.2f} s"
    print(json.dumps({"value": value, "limit": limit, "note": note}))


if __name__ == "__main__":
    main(sys.argv[1])
