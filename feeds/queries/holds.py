"""Reading held deliveries, their limits, and what a delivery would change."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import Http404

from feeds.models import Delivery, Feed, Hold, HoldLimits
from feeds.queries.uploads import feeds_in
from feeds.rules.batches import Batch
from feeds.rules.holds import Facts, Limits
from lib.sheets.numbers import PLAIN

#: Above so many rows only their number is compared: a second look at each would cost as much as applying them.
COMPARED_ROWS = 200_000

_SNAPSHOT = """
WITH given AS (
  SELECT site, sku, sum(quantity) AS quantity FROM unnest(%(sites)s::text[], %(skus)s::text[], %(values)s::numeric[])
    AS g (site, sku, quantity) GROUP BY site, sku),
stored AS (
  SELECT s.code AS site, u.sku, sum(u.quantity) AS quantity
    FROM (SELECT DISTINCT ON (site_id) id, site_id FROM inventory_snapshot
           WHERE site_id IN (SELECT id FROM catalog_site WHERE code = ANY(%(codes)s::text[]))
           ORDER BY site_id, taken_at DESC, id DESC) newest
    JOIN catalog_site s ON s.id = newest.site_id
    JOIN inventory_snapshotpart p ON p.snapshot_id = newest.id
   CROSS JOIN LATERAL unnest(p.skus, p.quantities) AS u (sku, quantity)
   GROUP BY s.code, u.sku)
SELECT count(*) FILTER (WHERE b.sku IS NOT NULL), count(*) FILTER (WHERE g.sku IS NOT NULL),
       count(*) FILTER (WHERE g.sku IS NOT NULL AND b.sku IS NOT NULL),
       count(*) FILTER (WHERE g.quantity <> b.quantity), count(*) FILTER (WHERE g.sku IS NULL)
  FROM given g FULL JOIN stored b ON (b.site, b.sku) = (g.site, g.sku)
"""
_STORED_LINES = """
SELECT coalesce(sum(array_length(p.skus, 1)), 0)
  FROM (SELECT DISTINCT ON (site_id) id FROM inventory_snapshot
         WHERE site_id IN (SELECT id FROM catalog_site WHERE code = ANY(%(codes)s::text[]))
         ORDER BY site_id, taken_at DESC, id DESC) newest
  JOIN inventory_snapshotpart p ON p.snapshot_id = newest.id
"""
_COSTS = """
SELECT count(*), count(*) FILTER (WHERE g.amount <> b.amount),
       count(*) FILTER (WHERE abs(g.amount / b.amount - 1) > %(jump)s)
  FROM unnest(%(skus)s::text[], %(currencies)s::text[], %(values)s::numeric[]) AS g (sku, currency, amount)
  JOIN catalog_product p ON p.sku = g.sku
  JOIN LATERAL (SELECT c.amount FROM catalog_unitcost c WHERE c.product_id = p.id AND c.currency = g.currency
                 ORDER BY c.valid_from DESC LIMIT 1) b ON true
"""
_RATES = """
SELECT count(*), count(*) FILTER (WHERE g.rate <> b.rate), count(*) FILTER (WHERE abs(g.rate / b.rate - 1) > %(jump)s)
  FROM unnest(%(bases)s::text[], %(quotes)s::text[], %(values)s::numeric[]) AS g (base, quote, rate)
  JOIN LATERAL (SELECT r.rate FROM catalog_exchangerate r WHERE (r.base, r.quote) = (g.base, g.quote)
                 ORDER BY r.on DESC LIMIT 1) b ON true
"""
_PRODUCTS = """
SELECT count(*), count(*) FILTER (WHERE p.name <> g.name), 0
  FROM unnest(%(skus)s::text[], %(names)s::text[]) AS g (sku, name) JOIN catalog_product p ON p.sku = g.sku
"""


def limits_of(feed: Feed) -> Limits:
    """The feed's limits, or the defaults. One query."""
    row = HoldLimits.objects.filter(feed=feed).first()
    if row is None:
        return Limits()
    return Limits(
        row.min_rows,
        row.changed_fraction,
        row.removed_fraction,
        row.drop_fraction,
        row.jump_fraction,
        row.jumped_fraction,
    )


def stored_limits(feed: Feed) -> HoldLimits:
    """The feed's row of limits, not saved when it has none. One query."""
    return HoldLimits.objects.filter(feed=feed).first() or HoldLimits(feed=feed)


def facts_of(delivery: Delivery, batch: Batch, limits: Limits) -> Facts:
    """What the delivery would change. At most two queries, none for kinds of facts (sales, movements, receipts)."""
    kind = delivery.feed.kind
    jump = Decimal("Infinity") if limits.jump is None else limits.jump
    if kind == Feed.Kind.SNAPSHOTS:
        return _snapshot_facts(batch)
    found = Facts()
    if len(batch.rows) <= COMPARED_ROWS and kind in _COMPARED:
        sql, names, value = _COMPARED[kind]
        compared, changed, jumped = _counted(sql, _arrays(batch.rows, names, value), jump)
        found = Facts(compared=compared, changed=changed, jumped=jumped)
    if delivery.batch_kind == Delivery.BatchKind.SNAPSHOT:
        return Facts(_rows_before(delivery), len(batch.rows), found.compared, found.changed, 0, found.jumped)
    return found


#: Kind → (statement, parameter → field of the arrays, the field with the figure, "" for none).
_COMPARED: dict[str, tuple[str, dict[str, str], str]] = {
    "unit-costs": (_COSTS, {"skus": "sku", "currencies": "currency"}, "amount"),
    "exchange-rates": (_RATES, {"bases": "base", "quotes": "quote"}, "rate"),
    "products": (_PRODUCTS, {"skus": "sku", "names": "name"}, ""),
}


def _counted(sql: str, arrays: dict[str, Any], jump: Decimal) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**arrays, "jump": jump})
        compared, changed, jumped = cursor.fetchone()
    return compared, changed, jumped


def _arrays(rows: Sequence[Any], names: dict[str, str], value: str) -> dict[str, list[Any]]:
    """The columns of the sound rows; a figure that is none leaves its row out."""
    found: dict[str, list[Any]] = {name: [] for name in names} | {"values": []}
    for row in rows:
        if not isinstance(row, dict) or "" in row:
            continue
        figure = str(row.get(value, "")).strip() if value else "0"
        if PLAIN.fullmatch(figure) and len(figure) < 40:
            for name, of in names.items():
                found[name].append(str(row.get(of, "")).strip().replace("\x00", ""))
            found["values"].append(figure)
    return found


def _snapshot_facts(batch: Batch) -> Facts:
    shared = batch.document.get("site") or (batch.columns.shared.get("site") if batch.columns else None)
    codes = {str(shared)} if shared else set()
    if batch.document.get("complete") is False:
        return Facts()
    if len(batch.rows) > COMPARED_ROWS:
        codes |= {str(row["site"]) for row in batch.rows[:1] if isinstance(row, dict) and "site" in row}
        with connection.cursor() as cursor:
            cursor.execute(_STORED_LINES, {"codes": sorted(codes)})
            return Facts(before=int(cursor.fetchone()[0]), now=len(batch.rows))
    rows = ({"site": str(shared), **row} if shared and isinstance(row, dict) else row for row in batch.rows)
    arrays = _arrays(list(rows), {"sites": "site", "skus": "sku"}, "quantity")
    with connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT, {**arrays, "codes": sorted(codes | set(arrays["sites"]))})
        before, now, compared, changed, removed = cursor.fetchone()
    return Facts(before, now, compared, changed, removed)


def _rows_before(delivery: Delivery) -> int:
    """Rows of the last whole delivery of the same stream that was applied, 0 when there is none."""
    applied = (Delivery.State.APPLIED, Delivery.State.QUARANTINED)
    rows = Delivery.objects.filter(
        feed=delivery.feed_id, stream=delivery.stream_id, batch_kind=delivery.batch_kind, state__in=applied
    )
    last = rows.exclude(pk=delivery.pk).order_by("-id").values_list("accepted", "rejected").first()
    return sum(last) if last else 0


def holds_in(site_ids: Collection[int] | None, state: str = Hold.State.WAITING) -> QuerySet[Hold]:
    """Held deliveries in scope, oldest first; state "" for all."""
    rows = Hold.objects.select_related("delivery__feed__source", "delivery__feed__site")
    rows = rows.filter(feeds_in(site_ids, "delivery__feed__"))
    return (rows.filter(state=state) if state else rows).order_by("id")


def hold_in(site_ids: Collection[int] | None, delivery_id: int) -> Hold:
    """The hold of a delivery. Raises Http404: unknown, or outside the scope. One query."""
    found = holds_in(site_ids, "").filter(delivery=delivery_id).first()
    if found is None:
        raise Http404(delivery_id)
    return found
