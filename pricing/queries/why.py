"""What stands beside the one price: the documents of its steps, quantity tiers, sales of the last days."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from catalog.access import visible_sites
from catalog.models import Channel, CustomerGroup, Product, Region, Site
from lib.actors import Actor
from pricing.models import PriceChange, PriceList
from pricing.rules.packs import pack_name


def product_of(sku: str) -> Product | None:
    """The product with its category; 1 query."""
    return Product.objects.select_related("category").filter(sku=sku).first()


def sites_to_choose(actor: Actor) -> list[Site]:
    """The visible sites that sell, with region and channel, by region and name; at most 2 queries."""
    found = visible_sites(actor).select_related("region", "channel").exclude(kind=Site.Kind.WAREHOUSE)
    return list(found.order_by("region__code", "kind", "name"))


def regions_to_choose() -> list[Region]:
    """Every region by name; 1 query."""
    return list(Region.objects.order_by("name"))


def channels_to_choose() -> list[Channel]:
    """Every channel by name; 1 query."""
    return list(Channel.objects.order_by("name"))


def changes_by_id(ids: Collection[int]) -> dict[int, PriceChange]:
    """Changes with their people; 1 query."""
    return PriceChange.objects.select_related("prepared_by", "decided_by").in_bulk(list(ids))


def groups_to_choose() -> list[CustomerGroup]:
    """Every customer group, by code; 1 query."""
    return list(CustomerGroup.objects.order_by("code"))


def units_to_choose(product: Product) -> dict[str, Decimal]:
    """The packs of a product as a quote names them, with the base units in each; 1 query."""
    packs = product.packs.order_by("factor", "unit").values_list("unit", "factor")
    return {pack_name(unit, factor): factor for unit, factor in packs}


def lists_by_code() -> dict[str, PriceList]:
    """Every price list by code, with its parent; 1 query."""
    return {one.code: one for one in PriceList.objects.select_related("parent")}


def tiers_of(product_id: int, list_code: str, at: datetime) -> list[tuple[Decimal, Decimal]]:
    """(minimum quantity, amount) of one list's rows at `at`, smallest first; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min_quantity, amount FROM pricing_price p JOIN pricing_pricelist l ON l.id = p.price_list_id"
            " WHERE l.code = %s AND product_id = %s AND upper_inf(known) AND valid @> %s::timestamptz ORDER BY 1",
            [list_code, product_id, at],
        )
        return list(cursor.fetchall())


def sold_in_days(product_id: int, site_id: int, at: datetime, days: int = 7) -> Decimal:
    """Units sold less returned at one site in the `days` before `at`; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(units_sold - units_returned), 0) FROM sales_dailyfact"
            ' WHERE product_id = %s AND site_id = %s AND "on" > %s AND "on" <= %s',
            [product_id, site_id, (at - timedelta(days=days)).date(), at.date()],
        )
        return Decimal(cursor.fetchone()[0])


def event_of(product_id: int, list_code: str, at: datetime) -> int | None:
    """The event that wrote the row of a list valid at `at`; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event_id FROM pricing_price p JOIN pricing_pricelist l ON l.id = p.price_list_id"
            " WHERE l.code = %s AND product_id = %s AND upper_inf(known) AND valid @> %s::timestamptz LIMIT 1",
            [list_code, product_id, at],
        )
        row = cursor.fetchone()
        return int(row[0]) if row else None


def moments_of(product_id: int, since: datetime, until: datetime) -> list[datetime]:
    """The instants from `since` to `until` at which any list's price of the product begins or ends; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT moment FROM pricing_price p, unnest(ARRAY[lower(p.valid), upper(p.valid)]) moment"
            " WHERE p.product_id = %s AND upper_inf(p.known) AND moment >= %s AND moment <= %s ORDER BY 1",
            [product_id, since, until],
        )
        return [row[0] for row in cursor.fetchall()]
