"""The kill switch of a promotion: everything its list says from now on ends, in one click."""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from alerts.actions import raise_alert
from audit.actions import record
from jobs.actions import wake
from lib import actors, clock
from lib.actors import Actor
from lib.faults import refuse
from pricing import access
from pricing.actions import placing
from pricing.actions.evaluation import evaluate
from pricing.actions.lines import ReadLine, note_bases, write_lines
from pricing.actions.settling import place_change, subject_of
from pricing.actions.submitting import WAKE
from pricing.models import PriceChange, PriceList
from pricing.queries.contents import content_hash
from pricing.queries.promotion_stops import standing_keys
from pricing.rules.resolution import ListFacts

POLICY = "promotion stop"
NO_REASON = gettext_noop("Say why the promotion stops.")
NO_PROMOTION = gettext_noop("Only a promotion can be stopped.")
NOTHING_LEFT = gettext_noop("Nothing of this promotion is in force or to come.")


@transaction.atomic
def stop_promotion(*, actor: Actor, code: str, comment: str) -> PriceChange:
    """End every price of a promotion list from now on, those to come too; returns the change that did it.

    The actor prepares an emergency that the standing policy "promotion stop" approves, as nobody approves their own;
    its findings are kept, but none holds it back. An alert asks for a review after the fact.
    Raises Faults 403 `not_allowed`; 409 `no_promotion`, `nothing_left`, `base_moved`; 422 `reason_required`; Http404
    for a list out of scope. Locks: the list, its prices. Records: price_change.created, .approved with digests,
    promotion.stopped. Allowed: promotions.stop.
    """
    access.require_right(actor, "promotions.stop")
    if not comment.strip():
        raise refuse("reason_required", NO_REASON, pointer="/comment")
    facts = access.editable_lists(actor).get(code)
    if facts is None:
        raise Http404(code)
    price_list = PriceList.objects.select_for_update().get(pk=facts.id)
    if price_list.kind != PriceList.Kind.PROMOTION:
        raise refuse("no_promotion", NO_PROMOTION, status=409)
    change = PriceChange.objects.create(
        title=(_("Stop of %(name)s") % {"name": price_list.name})[:150], reason=comment.strip()[:4000],
        reason_code="emergency", prepared_by_id=actor.id if actor.kind == "user" else None,
        prepared_by_name=actor.name,
    )  # fmt: skip
    _write_ends(change, facts)
    _place(change.pk, actor)
    _tell(change, price_list, actor)
    wake(WAKE)
    return access.locked_change(change.pk)


def _write_ends(change: PriceChange, facts: ListFacts) -> None:
    """One line without an amount for each key that stands, read again once the keys are locked."""
    now = clock.now()
    _add_ends(change, facts, now)
    placing.stage_change(change.pk)
    placing.lock_prices()
    count = _add_ends(change, facts, now)
    if not count:
        raise refuse("nothing_left", NOTHING_LEFT, status=409)
    PriceChange.objects.filter(pk=change.pk).update(line_count=count)
    note_bases(change, now)


def _add_ends(change: PriceChange, facts: ListFacts, now: datetime) -> int:
    change.lines.all().delete()
    keys = standing_keys(facts.id, now)
    ends = [ReadLine(place, facts, product, least, None) for place, (product, least) in enumerate(keys)]
    write_lines(change, ends, now)
    return len(ends)


def _place(change_id: int, actor: Actor) -> None:
    change = access.locked_change(change_id)
    evaluate(change, clock.now())
    PriceChange.objects.filter(pk=change.pk).update(
        state=PriceChange.State.PENDING,
        submitted_at=Now(),
        policy_version=POLICY,
        content_hash=content_hash(change.pk),
    )
    record(
        actor=actor,
        kind="price_change.created",
        subject=subject_of(change),
        reason=change.reason,
        after={"title": change.title, "lines": change.line_count},
    )
    decider = actors.policy(POLICY)
    place_change(access.locked_change(change.pk), decider, reason=change.reason, policy=POLICY)


def _tell(change: PriceChange, price_list: PriceList, actor: Actor) -> None:
    record(
        actor=actor,
        kind="promotion.stopped",
        subject=f"price_list:{price_list.pk}",
        reason=change.reason,
        after={"price_change": change.pk, "price_list": price_list.code},
    )
    raise_alert(
        key=f"promotion.stopped:{change.pk}",
        kind="promotion_stopped",
        severity="warning",
        title=format_lazy(
            gettext_lazy("Promotion “{name}” was stopped and waits for a review"), name=price_list.name
        ),
        url=f"/prices/changes/{change.pk}/",
        actor=actor,
    )
