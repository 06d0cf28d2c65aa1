"""Loading a price history in one go: the demo and migrations from another system."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from audit.actions import next_event_id, record
from lib.actors import Actor
from pricing.actions.placing import price_digests
from pricing.models import PriceChange, PriceList

ROWS = """
INSERT INTO pricing_price (price_list_id, product_id, min_quantity, currency, amount, valid, known, known_from,
                           price_change_id, event_id)
SELECT s.price_list_id, s.product_id, coalesce(s.min_quantity, 1), s.currency, s.amount,
       tstzrange(s.valid_from, s.valid_until), tstzrange(%(known_from)s, NULL), %(known_from)s, %(change)s, %(event)s
  FROM stage_prices s WHERE s.price_list_id = %(list)s
 ORDER BY s.product_id, s.min_quantity, s.valid_from
"""


@transaction.atomic
def load_history(cursor: Any, *, actor: Actor, title: str = "Price history", reason: str = "") -> int:
    """Insert the rows of the temporary table `stage_prices`, under one applied change per list; how many rows.

    stage_prices: price_list_id, product_id, min_quantity, currency, amount, valid_from, valid_until, reason. Rows of
    one key must not overlap. They become known now: what the house believed earlier is not invented.
    Raises IntegrityError: overlapping ranges or a broken rule; nothing is loaded then.
    Locks: nothing, an empty timeline is expected. Records: price_change.loaded per list, with digests. Allowed: set-up.
    """
    cursor.execute(
        "SELECT s.price_list_id, count(*), min(s.valid_from), min(s.reason), clock_timestamp()"
        " FROM stage_prices s GROUP BY s.price_list_id ORDER BY s.price_list_id"
    )
    total = 0
    for list_id, count, begins, told, known_from in cursor.fetchall():
        name = PriceList.objects.values_list("name", flat=True).get(pk=list_id)
        change = PriceChange.objects.create(
            title=f"{title}: {name}"[:200],
            reason=told or reason or title,
            state=PriceChange.State.APPLIED,
            effective_from=begins,
            line_count=count,
            prepared_by_name=actor.name,
            decided_at=Now(),
            decided_by_kind="system",
            decided_by_name=actor.name,
            placed_at=known_from,
            applied_at=Now(),
        )
        event_id = next_event_id()
        cursor.execute(
            ROWS, {"known_from": known_from, "change": change.pk, "event": event_id, "list": list_id}
        )
        total += cursor.rowcount
        record(
            actor=actor,
            kind="price_change.loaded",
            subject=f"price_change:{change.pk}",
            reason=change.reason,
            after={"price_list": name, "rows": count, "from": begins},
            digests=price_digests(event_id),
            event_id=event_id,
        )
    return total
