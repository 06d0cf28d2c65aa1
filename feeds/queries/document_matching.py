"""Receipts, shipments and transfers, ours against the other side's, matched by reference, set-based.

A document is (site, kind, reference). Ours are the movements of the ledger: receipts, transfers, and as shipments what
was given out (`issue`) and, where orders are shipped and not handed over a counter, sales. Of a transfer each site tells
what left or came there, as a transfer, or as a shipment or receipt where it knows no other word. What was reversed, and
its reversal, count as not there.

The other side is known for a site and kind from its first document on until its streams are complete; of ours outside
of that nothing is expected. Within the tolerance of time a document that is missing is on its way: explained as timing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

TOLERANCE = timedelta(hours=24)
LISTED = 500

# One row for each line that differs, beside the totals of all; where none differs one row with the totals alone.
_MATCH = """
WITH known AS MATERIALIZED (
    SELECT d.site_id, d.kind, min(d.occurred_at) AS from_at,
           greatest(max(d.occurred_at), max(s.complete_to)) AS to_at
      FROM feeds_partnerdocument d
      JOIN feeds_delivery v ON v.id = d.delivery_id
      LEFT JOIN feeds_stream s ON s.id = v.stream_id AND s.is_active
     WHERE d.site_id = ANY(%(sites)s) GROUP BY 1, 2),
asked AS MATERIALIZED (
    SELECT e.location_id AS site_id, m.reference
      FROM inventory_entry e
      JOIN inventory_movement m ON m.id = e.movement_id
      JOIN catalog_site t ON t.id = e.location_id AND t.id IN (SELECT site_id FROM known)
     WHERE e.location_id = ANY(%(sites)s) AND e.occurred_at BETWEEN %(since)s AND %(until)s AND e.quantity <> 0
       AND {counts}
    UNION
    SELECT site_id, reference FROM feeds_partnerdocument
     WHERE site_id = ANY(%(sites)s) AND occurred_at BETWEEN %(since)s AND %(until)s),
papers AS MATERIALIZED (
    SELECT a.site_id, a.reference, {kind} AS base, m.id, m.occurred_at
      FROM asked a
      JOIN inventory_movement m ON m.reference = a.reference
      JOIN catalog_site t ON t.id = a.site_id
     WHERE {counts}),
moved AS MATERIALIZED (
    SELECT p.site_id, p.reference, p.base, e.product_id, sum(e.quantity) AS quantity,
           min(e.occurred_at) AS occurred_at, max(p.id) AS movement_id, count(DISTINCT p.id) AS times
      FROM papers p
      JOIN inventory_entry e ON e.movement_id = p.id AND e.location_id = p.site_id
     WHERE e.quantity <> 0 AND e.location_id = ANY(%(sites)s)
       AND e.occurred_at BETWEEN (SELECT min(occurred_at) FROM papers) AND (SELECT max(occurred_at) FROM papers)
     GROUP BY 1, 2, 3, 4),
named AS (
    SELECT d.site_id, d.reference, d.base, CASE WHEN d.base <> 'transfer' THEN d.base ELSE coalesce(
           (SELECT p.kind FROM feeds_partnerdocument p WHERE p.site_id = d.site_id AND p.reference = d.reference
               AND p.kind IN ('transfer', d.way) ORDER BY p.kind <> 'transfer' LIMIT 1),
           (SELECT k.kind FROM known k WHERE k.site_id = d.site_id AND k.kind = 'transfer'), d.way) END AS kind
      FROM (SELECT site_id, reference, base, CASE WHEN sum(quantity) < 0 THEN 'shipment' ELSE 'receipt' END AS way
              FROM moved GROUP BY 1, 2, 3) d),
ours AS MATERIALIZED (
    SELECT m.site_id, n.kind, m.reference, m.product_id, abs(sum(m.quantity)) AS quantity,
           min(m.occurred_at) AS occurred_at, max(m.movement_id) AS movement_id, sum(m.times) AS times
      FROM moved m JOIN named n USING (site_id, reference, base) GROUP BY 1, 2, 3, 4),
theirs AS MATERIALIZED (
    SELECT d.site_id, d.kind, d.reference, l.product_id, l.sku, l.quantity, d.occurred_at, d.id AS document_id
      FROM asked a
      JOIN feeds_partnerdocument d USING (site_id, reference)
      JOIN feeds_partnerdocumentline l ON l.document_id = d.id),
heads AS (
    SELECT site_id, kind, reference, min(o.occurred_at) AS our_at, max(o.movement_id) AS movement_id,
           min(h.occurred_at) AS their_at, max(h.document_id) AS document_id
      FROM (SELECT site_id, kind, reference, min(occurred_at) AS occurred_at, max(movement_id) AS movement_id
              FROM ours GROUP BY 1, 2, 3) o
      FULL JOIN (SELECT site_id, kind, reference, min(occurred_at) AS occurred_at, max(document_id) AS document_id
              FROM theirs GROUP BY 1, 2, 3) h USING (site_id, kind, reference)
     GROUP BY 1, 2, 3),
lines AS (
    SELECT coalesce(o.site_id, h.site_id) AS site_id, coalesce(o.kind, h.kind) AS kind,
           coalesce(o.reference, h.reference) AS reference, coalesce(o.product_id, h.product_id) AS product_id,
           coalesce(h.sku, p.sku) AS sku, o.quantity AS ours, h.quantity AS theirs, o.times,
           h.document_id IS NOT NULL AND h.product_id IS NULL AS is_unknown
      FROM ours o
      FULL JOIN theirs h ON (h.site_id, h.kind, h.reference, h.product_id)
                          = (o.site_id, o.kind, o.reference, o.product_id)
      LEFT JOIN catalog_product p ON p.id = o.product_id),
classed AS MATERIALIZED (
    SELECT l.*, a.our_at, a.their_at, a.movement_id, a.document_id,
           CASE
             WHEN a.their_at IS NULL THEN CASE WHEN a.our_at > k.to_at - %(tolerance)s THEN 'timing'
                                               ELSE 'missing_there' END
             WHEN a.our_at IS NULL THEN CASE WHEN a.their_at > %(now)s - %(tolerance)s THEN 'timing'
                                             ELSE 'missing_here' END
             WHEN l.is_unknown THEN 'unknown_product'
             WHEN l.ours IS NULL OR l.theirs IS NULL THEN 'product'
             WHEN l.ours <> l.theirs THEN CASE
                 WHEN l.times > 1 AND l.ours = l.theirs * l.times THEN 'duplicate'
                 WHEN EXISTS (SELECT FROM catalog_pack c WHERE c.product_id = l.product_id AND c.factor > 1
                              AND (l.ours = l.theirs * c.factor OR l.theirs = l.ours * c.factor)) THEN 'unit_or_pack'
                 ELSE 'quantity' END
             WHEN abs(extract(epoch FROM a.our_at - a.their_at)) > extract(epoch FROM %(tolerance)s::interval)
                 THEN 'date'
             ELSE '' END AS class_code
      FROM lines l
      JOIN heads a USING (site_id, kind, reference)
      LEFT JOIN known k USING (site_id, kind)
     WHERE a.their_at IS NOT NULL OR a.our_at BETWEEN k.from_at - %(tolerance)s AND k.to_at),
totals AS (
    SELECT count(*) AS lines, count(*) FILTER (WHERE class_code <> '') AS differing,
           count(*) FILTER (WHERE class_code = 'timing') AS explained FROM classed)
SELECT t.lines, t.differing, t.explained, (SELECT min(to_at) FROM known), d.*
  FROM totals t
  LEFT JOIN LATERAL (
    SELECT c.site_id, s.code, c.kind, c.reference, c.class_code, coalesce(c.sku, ''), c.product_id, c.ours, c.theirs,
           c.our_at, c.their_at, c.movement_id, c.document_id,
           round(abs(coalesce(c.ours, 0) - coalesce(c.theirs, 0)) * coalesce(
               CASE WHEN b.pair_on_hand > 0 AND b.pair_value >= 0 THEN b.pair_value / b.pair_on_hand END,
               b.last_cost), 6) AS value, s.currency
      FROM classed c JOIN catalog_site s ON s.id = c.site_id
      LEFT JOIN inventory_balance b ON b.site_id = c.site_id AND b.product_id = c.product_id AND b.lot = ''
           AND b.state = 'available' AND b.owner_id = 0
     WHERE c.class_code <> '' AND (%(classes)s::text[] IS NULL OR c.class_code = ANY(%(classes)s))
     ORDER BY c.class_code = 'timing', coalesce(c.our_at, c.their_at) DESC, c.reference, c.sku
     LIMIT %(limit)s) d ON true
"""

_KIND = "CASE m.kind WHEN 'receipt' THEN 'receipt' WHEN 'transfer' THEN 'transfer' ELSE 'shipment' END"
_COUNTS = """m.state = 'posted' AND m.reverses_id IS NULL
       AND (m.kind IN ('receipt', 'transfer', 'issue') OR m.kind = 'sale' AND t.kind <> 'store')
       AND NOT EXISTS (SELECT FROM inventory_movement r WHERE r.reverses_id = m.id)"""


@dataclass(frozen=True)
class UnmatchedLine:
    """A line of a document on which the two sides differ; ours or theirs is None where there is no such line.

    class_code: missing_here, missing_there, product (only one side has the line), unknown_product, quantity, duplicate,
    unit_or_pack, date, or timing (explained). value: of the difference at the site's average cost, in `currency`.
    """

    site_id: int
    site: str
    kind: str
    reference: str
    class_code: str
    sku: str
    product_id: int | None
    ours: Decimal | None
    theirs: Decimal | None
    our_at: datetime | None
    their_at: datetime | None
    movement_id: int | None
    document_id: int | None
    value: Decimal | None
    currency: str

    @property
    def url(self) -> str:
        """Our document, or the list where there is none."""
        if self.movement_id is not None:
            return f"/stock/movements/{self.movement_id}/"
        return f"/feeds/documents/?site={self.site}&q={self.reference}"


@dataclass(frozen=True)
class Matching:
    """What matching gave: lines compared, how many differ and are explained, and the differing ones, at most `limit`.

    complete_to: until when every known kind of document is complete on the other side; None: it has told of none.
    """

    lines: int
    differing: int
    explained: int
    complete_to: datetime | None
    rows: tuple[UnmatchedLine, ...]


@dataclass(frozen=True)
class Window:
    """Which documents: those that occurred from `since` to `until`; now: for what may still be on its way."""

    since: datetime
    until: datetime
    now: datetime
    tolerance: timedelta = TOLERANCE


def matched_documents(
    site_ids: Collection[int], window: Window, classes: Collection[str] = (), limit: int = LISTED
) -> Matching:
    """Every document of the sites in the window, ours or theirs, held against the other side's. 1 query.

    classes: list only these; the counts are of all.
    """
    values: dict[str, Any] = {
        "sites": list(site_ids),
        "since": window.since,
        "until": window.until,
        "now": window.now,
        "tolerance": window.tolerance,
        "classes": list(classes) or None,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MATCH.format(kind=_KIND, counts=_COUNTS), values)
        rows = cursor.fetchall()
    lines, differing, explained, complete_to = rows[0][:4]
    listed = tuple(UnmatchedLine(*row[4:]) for row in rows if row[4] is not None)
    return Matching(lines, differing, explained, complete_to, listed)
