"""The feed of the other side's documents: kept as they say, to be matched by reference; nothing is posted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.queries import sites_by_code
from feeds.actions.kinds import Kind, Outcome
from feeds.models import Delivery
from feeds.rules.batches import Batch, Layout
from feeds.rules.partner_documents import FIELDS, PartnerPaper, papers_of
from lib.actors import Actor
from lib.faults import Fault

SHARED = ("kind", "site", "reference", "occurred_at")

# What came with a later delivery stays.
_KEEP = """
WITH given AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(sites)s::bigint[], %(kinds)s::text[], %(references)s::text[],
                         %(moments)s::timestamptz[]) AS g (number, site_id, kind, reference, occurred_at)),
kept AS (
    INSERT INTO feeds_partnerdocument AS d (delivery_id, kind, site_id, reference, occurred_at, recorded_at)
    SELECT %(delivery)s, kind, site_id, reference, occurred_at, now() FROM given ORDER BY site_id, kind, reference
    ON CONFLICT (site_id, kind, reference) DO UPDATE
       SET delivery_id = EXCLUDED.delivery_id, occurred_at = EXCLUDED.occurred_at, recorded_at = EXCLUDED.recorded_at
     WHERE d.delivery_id <= EXCLUDED.delivery_id
    RETURNING d.id, d.site_id, d.kind, d.reference)
SELECT g.number, k.id FROM kept k JOIN given g USING (site_id, kind, reference)
"""

_LINES = """
INSERT INTO feeds_partnerdocumentline (document_id, sku, product_id, quantity)
SELECT g.document_id, g.sku, p.id, g.quantity
  FROM unnest(%s::bigint[], %s::text[], %s::numeric[]) AS g (document_id, sku, quantity)
  LEFT JOIN catalog_product p ON p.sku = g.sku
"""


def apply_documents(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
    """Keep every sound document whole; one with a faulty row, or of a site that is not known, goes to quarantine.

    An unknown SKU is no fault here: it is kept, and matching tells of it. 4 queries.
    """
    shared = {name: batch.document[name] for name in SHARED if name in batch.document}
    papers = papers_of(batch.rows, batch.numbers, shared)
    sites = sites_by_code({paper.site for paper in papers})
    for paper in papers:
        if paper.fault is None and paper.site not in sites:
            paper.refuse(paper.places[0], Fault("/site", "unknown_site", f"There is no site {paper.site!r}."))
    sound = [paper for paper in papers if paper.fault is None]
    outcome = Outcome(event_time_to=_latest(sound))
    for paper in papers:
        if paper.fault is not None:
            _reject(outcome, paper, paper.fault)
    kept = _keep(delivery, sound, {code: site.pk for code, site in sites.items()}) if sound else 0
    outcome.accepted = sum(len(paper.places) for paper in sound)
    outcome.result = {"documents": kept, "superseded": len(sound) - kept}
    return outcome


def _latest(papers: Sequence[PartnerPaper]) -> datetime | None:
    return max((paper.occurred_at for paper in papers if paper.occurred_at), default=None)


def _reject(outcome: Outcome, paper: PartnerPaper, fault: Fault) -> None:
    with_it = Fault("", "same_document", f"Row {paper.faulty_place} of the same document was not taken.")
    for place, row in zip(paper.places, paper.rows, strict=True):
        outcome.rejected.append((place, fault if place == paper.faulty_place else with_it, row))


def _keep(delivery: Delivery, papers: Sequence[PartnerPaper], site_ids: dict[str, int]) -> int:
    columns: dict[str, Any] = {
        "delivery": delivery.pk,
        "numbers": list(range(len(papers))),
        "sites": [site_ids[paper.site] for paper in papers],
        "kinds": [paper.kind for paper in papers],
        "references": [paper.reference for paper in papers],
        "moments": [paper.occurred_at for paper in papers],
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, columns)
        ids = dict(cursor.fetchall())
        cursor.execute(
            "DELETE FROM feeds_partnerdocumentline WHERE document_id = ANY(%s)", [list(ids.values())]
        )
        lines = [
            (document_id, sku, quantity)
            for number, document_id in sorted(ids.items())
            for sku, quantity in papers[number].lines.items()
        ]
        cursor.execute(_LINES, [[line[place] for line in lines] for place in range(3)])
    return len(ids)


DOCUMENTS: dict[str, Kind] = {
    "documents": Kind(Layout(tuple(FIELDS)), apply_documents, reads_faults=True),
}
