"""Roll back: a new change that restores what was valid before another."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.actions import record
from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from pricing import access
from pricing.actions import placing
from pricing.actions.lines import note_bases
from pricing.actions.settling import subject_of
from pricing.actions.submitting import hand_in
from pricing.models import PriceChange

State = PriceChange.State
#: Age of what was approved at an unknown time: older than any limit.
UNKNOWN_AGE_DAYS = 100_000


@transaction.atomic
def roll_back_change(*, actor: Actor, change_id: int, comment: str = "") -> PriceChange:
    """Submit a new change by the caller that undoes `change_id` from now on; returns the new change.

    It restores, wherever the old change's rows still stand, what was known just before they were placed; where there
    was no price, the price ends. The policy decides or routes it like any other.
    Raises Faults 409 `wrong_state` (only approved and applied ones), `already_rolled_back`, `nothing_left` (others
    have replaced all of it); 422 with blocking findings; 403 `not_allowed`; Http404.
    Locks: both changes, the prices, the approval. Records: price_change.created, .submitted, and as `submit_change`.
    Allowed: price_changes.roll_back.
    """
    access.require_right(actor, "price_changes.roll_back")
    old = access.locked_change(change_id)
    if PriceChange.objects.filter(rolls_back=old).exists():
        raise refuse("already_rolled_back", "A roll-back of this change exists already.", status=409)
    access.require_state(old, State.APPROVED, State.APPLIED)
    if old.placed_at is None or old.decided_by_kind == "system":
        raise refuse("wrong_state", "This change cannot be rolled back.", status=409)
    new = PriceChange.objects.create(
        title=(_("Roll-back of %(reference)s") % {"reference": old.reference}) + f" {old.title}"[:150],
        reason=comment or _("Roll-back of %(reference)s") % {"reference": old.reference},
        reason_code=old.reason_code,
        prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
        rolls_back=old,
    )
    days = _restoring_lines(new, old, clock.now())
    new = access.locked_change(new.pk)
    record(
        actor=actor,
        kind="price_change.created",
        subject=subject_of(new),
        reason=new.reason,
        after={"rolls_back": old.pk, "lines": new.line_count, "title": new.title},
    )
    return hand_in(new, actor, comment, restores_days=days)


def _restoring_lines(new: PriceChange, old: PriceChange, now: datetime) -> int:
    """Write the lines that restore; returns the age in days of the oldest approval among what they restore."""
    placing.stage_restoring(old.pk)
    placing.lock_prices()
    placing.stage_restoring(old.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pricing_pricechangeline (change_id, position, price_list_id, product_id, min_quantity, amount,"
            " currency, valid_from, valid_until, base_ids) SELECT %s, row_number() OVER (ORDER BY price_list_id,"
            " product_id, min_quantity, asked_from) - 1, price_list_id, product_id, min_quantity, amount, currency,"
            " asked_from, asked_until, '{}' FROM pg_temp.pricing_placing",
            [new.pk],
        )
        count = cursor.rowcount
        cursor.execute(
            "SELECT max(CASE WHEN s.amount IS NULL THEN 0 WHEN c.decided_at IS NULL THEN %s"
            " ELSE floor(extract(epoch FROM clock_timestamp() - c.decided_at) / 86400) END)"
            " FROM pg_temp.pricing_placing s LEFT JOIN pricing_pricechange c ON c.id = s.price_change_id",
            [UNKNOWN_AGE_DAYS],
        )
        days = cursor.fetchone()[0]
    if not count:
        raise refuse("nothing_left", "Later changes have replaced everything this one set.", status=409)
    PriceChange.objects.filter(pk=new.pk).update(line_count=count)
    note_bases(new, now)
    return int(days)
