"""What the tills told of a site's sales against the ledger and the daily facts: a check of a verification, set-based."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from lib.verifications import Compared, Differs

LISTED = 500

# Three comparisons, each line of them with what it is about, whose figure is which, and a link:
#   till    sale lines against the entries of their movement, by product (a movement with a bundle is left out: its lines
#           name the bundle, its entries the parts; what a movement sold without a price has no sale line and is left
#           out too, unless a feed brought it: its rows always have a price);
#   day     sale lines of a local day against the daily fact, by product: units and revenue;
#   totals  deliveries of sales of the site's own feeds or streams: rows as the sender counted them against rows taken.
_COMPARE = """
WITH sold AS MATERIALIZED (
    SELECT movement_id, product_id, sold_at, quantity, quantity * unit_price AS amount, reference
      FROM sales_saleline WHERE site_id = %(site)s AND sold_at >= %(since)s AND sold_at < %(until)s),
bundled AS (
    SELECT DISTINCT s.movement_id FROM sold s JOIN catalog_billofmaterials b USING (product_id) WHERE b.kind = 'bundle'),
till AS (
    SELECT movement_id, product_id, sum(quantity) AS quantity, min(reference) AS reference FROM sold
     WHERE movement_id NOT IN (SELECT movement_id FROM bundled) GROUP BY 1, 2),
moved AS (
    SELECT e.movement_id, e.product_id, -sum(e.quantity) AS quantity, min(m.reference) AS reference,
           bool_or(m.source LIKE 'feed %%') AS is_fed
      FROM inventory_entry e JOIN inventory_movement m ON m.id = e.movement_id AND m.kind IN ('sale', 'return')
     WHERE e.location_id = %(site)s AND e.occurred_at >= %(since)s AND e.occurred_at < %(until)s AND e.quantity <> 0
       AND e.movement_id NOT IN (SELECT movement_id FROM bundled) GROUP BY 1, 2),
facts AS (
    SELECT product_id, "on", units_sold - units_returned AS units, revenue FROM sales_dailyfact
     WHERE site_id = %(site)s AND "on" >= %(first)s AND "on" <= %(last)s),
days AS (
    SELECT product_id, (sold_at AT TIME ZONE %(zone)s)::date AS "on", sum(quantity) AS units,
           coalesce(sum(amount), 0) AS revenue FROM sold GROUP BY 1, 2),
compared AS MATERIALIZED (
    SELECT 'till:' || coalesce(t.movement_id, m.movement_id) || ':' || coalesce(t.product_id, m.product_id) AS key,
           coalesce(t.product_id, m.product_id) AS product_id, coalesce(t.reference, m.reference) AS about,
           m.quantity AS ours, t.quantity AS theirs, NULL::numeric AS value,
           CASE WHEN m.movement_id IS NULL THEN 'missing_here' WHEN t.movement_id IS NULL THEN 'missing_there'
                WHEN m.quantity = 2 * t.quantity THEN 'duplicate'
                WHEN m.quantity <> t.quantity THEN 'quantity' ELSE '' END AS class_code,
           '/stock/movements/' || coalesce(t.movement_id, m.movement_id) || '/' AS url, 'till' AS source
      FROM till t FULL JOIN moved m USING (movement_id, product_id)
     WHERE t.movement_id IS NOT NULL OR m.is_fed
    UNION ALL
    SELECT 'day:' || coalesce(d."on", f."on") || ':' || coalesce(d.product_id, f.product_id),
           coalesce(d.product_id, f.product_id), coalesce(d."on", f."on")::text,
           CASE WHEN f.units IS DISTINCT FROM d.units THEN f.units ELSE f.revenue END,
           CASE WHEN f.units IS DISTINCT FROM d.units THEN d.units ELSE d.revenue END,
           abs(coalesce(f.revenue, 0) - coalesce(d.revenue, 0)),
           CASE WHEN f."on" IS NULL THEN 'missing_here' WHEN d."on" IS NULL THEN 'missing_there'
                WHEN f.units <> d.units THEN 'quantity' WHEN f.revenue <> d.revenue THEN 'value' ELSE '' END, '', 'day'
      FROM days d FULL JOIN facts f USING (product_id, "on")
    UNION ALL
    SELECT 'totals:' || v.id, NULL, g.name, (v.accepted + v.superseded)::numeric, (v.totals ->> 'rows')::numeric, NULL,
           CASE WHEN v.accepted + v.superseded < (v.totals ->> 'rows')::numeric THEN 'missing_here'
                WHEN v.accepted + v.superseded > (v.totals ->> 'rows')::numeric THEN 'duplicate' ELSE '' END,
           '/feeds/deliveries/' || v.id || '/', g.name
      FROM feeds_delivery v
      JOIN feeds_feed g ON g.id = v.feed_id AND g.kind = 'sales'
      LEFT JOIN feeds_stream r ON r.id = v.stream_id
     WHERE coalesce(r.site_id, g.site_id) = %(site)s AND v.state IN ('applied', 'quarantined')
       AND v.received_at >= %(since)s AND v.received_at < %(until)s AND v.totals ->> 'rows' ~ '^[0-9]{1,9}$')
SELECT t.lines, t.differing, t.value, c.key, c.class_code, c.about, coalesce(p.sku, ''), c.ours, c.theirs, c.url, c.source
  FROM (SELECT count(*) AS lines, count(*) FILTER (WHERE class_code <> '') AS differing,
               sum(value) FILTER (WHERE class_code <> '') AS value FROM compared) t
  LEFT JOIN LATERAL (SELECT * FROM compared WHERE class_code <> '' ORDER BY key LIMIT %(limit)s) c ON true
  LEFT JOIN catalog_product p ON p.id = c.product_id
"""

# The site's own streams of sales, else those of no site: a till that sells for all.
_COMPLETE = """
SELECT coalesce(min(r.complete_to) FILTER (WHERE coalesce(r.site_id, g.site_id) = %(site)s),
                min(r.complete_to) FILTER (WHERE coalesce(r.site_id, g.site_id) IS NULL))
  FROM feeds_stream r JOIN feeds_feed g ON g.id = r.feed_id
 WHERE g.kind = 'sales' AND g.is_active AND r.is_active AND r.complete_to IS NOT NULL
"""


def compare_sales(site_id: int, zone: str, since: datetime, at: datetime) -> Compared | None:
    """The site's sales of the local days from that of `since` to that of `at`; None: nothing was sold. 2 queries.

    ours: ledger or daily fact; theirs: sale lines as the tills told them, or the sender's own count of rows.
    """
    first = since.astimezone(ZoneInfo(zone))
    begin = first.replace(hour=0, minute=0, second=0, microsecond=0)
    last = at.astimezone(ZoneInfo(zone))
    values: dict[str, Any] = {
        "site": site_id,
        "zone": zone,
        "since": begin,
        "until": (last + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0),
        "first": begin.date(),
        "last": last.date(),
        "limit": LISTED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, values)
        rows = cursor.fetchall()
        cursor.execute(_COMPLETE, {"site": site_id})
        complete_to: datetime | None = cursor.fetchone()[0]
    lines, differing, value = rows[0][:3]
    if not lines:
        return None
    return Compared(
        lines=lines,
        differing=differing,
        explained=0,
        differences=tuple(_differs(site_id, *row[3:]) for row in rows if row[3] is not None),
        complete_to=complete_to,
        value=value,
    )


TITLES = {
    "till": "Till receipt {about}: sale line and ledger differ",
    "day": "Day {about}: sale lines and daily figure differ",
    "totals": "Delivery of {about}: not every row the sender counted was taken",
}


def _differs(
    site_id: int,
    key: str,
    class_code: str,
    about: str,
    sku: str,
    *figures: Any,
) -> Differs:
    ours, theirs, url, source = figures
    part = key.partition(":")[0]
    return Differs(
        key=key,
        class_code=class_code,
        title=TITLES[part].format(about=about),
        site_id=site_id,
        sku=sku,
        ours=_plain(ours),
        theirs=_plain(theirs),
        explanation={"what": part, "reference": about, "source": source},
        url=url or f"/stock/products/{sku}/",
    )


def _plain(figure: Decimal | None) -> Decimal | None:
    return None if figure is None else figure.normalize() + 0
