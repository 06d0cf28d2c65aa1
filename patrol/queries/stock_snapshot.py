"""The site's own figures against the book, as its newest reconciliation found them."""

from datetime import datetime

from django.db.models import Q, Sum
from django.db.models.functions import Abs

from inventory.models import Difference, Reconciliation
from lib.verifications import Compared, Differs

LISTED = 500


def stock_against_snapshot(site_id: int, currency: str, since: datetime, at: datetime) -> Compared | None:
    """The newest reconciliation of a snapshot taken after `since`; None: the site has reported none. 4 queries.

    Explained is what documents account for without a rest, and what people have accepted since. value: of the others.
    """
    newest = (
        Reconciliation.objects.filter(site_id=site_id, taken_at__gt=since, taken_at__lte=at)
        .exclude(state=Reconciliation.State.RUNNING)
        .order_by("-taken_at")
        .first()
    )
    if newest is None:
        return None
    rows = Difference.objects.filter(reconciliation=newest)
    settled = Q(rest=0) | Q(state=Difference.State.ACCEPTED)
    at_stake = rows.exclude(settled).aggregate(value=Sum(Abs("value")))["value"]
    return Compared(
        lines=newest.matched + newest.differing,
        differing=newest.differing,
        explained=rows.filter(settled).count(),
        differences=tuple(_differs(newest, row) for row in rows.order_by("value", "sku", "lot")[:LISTED]),
        complete_to=newest.taken_at,
        value=at_stake,
        currency=currency,
    )


def _differs(found: Reconciliation, row: Difference) -> Differs:
    explanation = {**row.explanation, "source": "snapshot", "reference": str(found)}
    if row.rest == 0 or row.state == Difference.State.ACCEPTED:
        explanation["settled"] = True
    return Differs(
        key=f"stock:{row.sku}:{row.lot}"[:200],
        class_code=row.class_code,
        title=f"{row.sku}: counted and booked differ",
        site_id=found.site_id,
        sku=row.sku,
        ours=row.book,
        theirs=row.counted,
        explanation=explanation,
        url=f"/stock/reconciliations/{found.pk}/?class={row.class_code}",
    )
