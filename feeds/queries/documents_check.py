"""The documents of one site as a check of a verification."""

from datetime import datetime, timedelta
from decimal import Decimal

from feeds.queries.document_matching import TOLERANCE, UnmatchedLine, Window, matched_documents
from lib.verifications import Compared, Differs

#: How long a document is looked for again: what is late one day is still told of the next.
LOOK_BACK = timedelta(days=3)

TITLES = {
    "missing_here": "The other side has {kind} {reference}, we do not",
    "missing_there": "We have {kind} {reference}, the other side does not",
    "product": "{kind} {reference}: only one side has {sku}",
    "unknown_product": "{kind} {reference}: {sku} is not known here",
    "quantity": "{kind} {reference}: other quantity of {sku}",
    "duplicate": "{kind} {reference}: {sku} is posted more than once here",
    "unit_or_pack": "{kind} {reference}: cartons against pieces of {sku}",
    "date": "{kind} {reference}: other date",
    "timing": "{kind} {reference} may still be on its way",
}


def compare_documents(
    site_id: int, since: datetime, at: datetime, tolerance: timedelta = TOLERANCE
) -> Compared | None:
    """The site's documents of the last three days, or since `since` when that is longer ago; None: the other side has
    never told of any. 1 query."""
    window = Window(min(since, at - LOOK_BACK), at, at, tolerance)
    found = matched_documents([site_id], window)
    if found.complete_to is None:
        return None
    unexplained = [row for row in found.rows if row.class_code != "timing"]
    values = [row.value for row in unexplained if row.value is not None]
    return Compared(
        lines=found.lines,
        differing=found.differing,
        explained=found.explained,
        differences=tuple(_differs(row) for row in found.rows),
        complete_to=found.complete_to,
        value=sum(values, Decimal(0)) if values else None,
        currency=found.rows[0].currency if found.rows else "",
    )


def _differs(row: UnmatchedLine) -> Differs:
    is_date = row.class_code == "date"
    explanation = {"kind": row.kind, "reference": row.reference, "source": row.kind}
    return Differs(
        key=f"{row.kind}:{row.reference}:{row.sku}"[:200],
        class_code=row.class_code,
        title=TITLES[row.class_code].format(kind=row.kind, reference=row.reference, sku=row.sku),
        site_id=row.site_id,
        sku=row.sku,
        ours=_day(row.our_at) if is_date else row.ours,
        theirs=_day(row.their_at) if is_date else row.theirs,
        explanation={**explanation, "settled": True, "why": "timing"}
        if row.class_code == "timing"
        else explanation,
        url=row.url,
    )


def _day(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else None
