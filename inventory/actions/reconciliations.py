"""Working the differences of a reconciliation: accept, recount, investigate; closed when none is left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.db import connection, transaction
from django.db.models.functions import Now

from audit.actions import record
from catalog.access import visible_site_ids_or_all
from catalog.models import Site
from inventory.actions.movements import check_right, post_movement
from inventory.models import Difference, Movement, Reconciliation
from inventory.rules.differences import EXPLAINED_WITHOUT_MOVEMENT, UNEXPLAINED, Tolerance
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.sql import reconciling as sql
from lib import actors
from lib.actors import Actor
from lib.faults import Faults, refuse

State = Difference.State
UNDECIDED = (State.OPEN, State.RECOUNT, State.INVESTIGATING)
UNFINISHED = (*UNDECIDED, State.PENDING)
MAX_BULK = 10_000


@dataclass(frozen=True)
class Accepted:
    """What accepting did: differences accepted, differences waiting for approval, the adjustment if there is one."""

    accepted: int
    pending: int
    movement_id: int | None = None


@transaction.atomic
def accept_differences(
    *, actor: Actor, reconciliation_id: int, difference_ids: Sequence[int], note: str = ""
) -> Accepted:
    """Accept differences: what the clock, the road or the unit explains moves nothing, the others become one adjustment
    as of the snapshot, posted at once or after approval.

    Raises Faults 403; 404 `unknown_reconciliation`; 409 `wrong_state`; 422 `insufficient_stock`, `negative_later`
    with the SKU, `no_differences`.
    Locks: the reconciliation, then as posting. Records: differences.accepted. Allowed: reconciliations.decide.
    """
    look_again(actor=actor, reconciliation_id=reconciliation_id)
    reconciliation, differences = _locked(actor, reconciliation_id, difference_ids)
    by_itself = [d for d in differences if d.class_code in EXPLAINED_WITHOUT_MOVEMENT or d.product_id is None]
    to_adjust = [d for d in differences if d not in by_itself]
    movement = _adjust(actor, reconciliation, to_adjust, note) if to_adjust else None
    is_pending = movement is not None and movement.state == Movement.State.PENDING
    _decide(actor, by_itself, State.ACCEPTED, note)
    _decide(actor, to_adjust, State.PENDING if is_pending else State.ACCEPTED, note, movement)
    outcome = Accepted(
        accepted=len(by_itself) + (0 if is_pending else len(to_adjust)),
        pending=len(to_adjust) if is_pending else 0,
        movement_id=movement.pk if movement else None,
    )
    record(
        actor=actor,
        kind="differences.accepted",
        subject=f"reconciliation:{reconciliation.pk}",
        reason=note,
        after={
            "accepted": outcome.accepted,
            "pending": outcome.pending,
            "movement": outcome.movement_id,
            "skus": [d.sku for d in differences[:100]],
        },
        site_ids=[reconciliation.site_id],
    )
    close_if_done(actor, reconciliation.pk)
    return outcome


@transaction.atomic
def set_differences_aside(
    *, actor: Actor, reconciliation_id: int, difference_ids: Sequence[int], state: str, note: str = ""
) -> int:
    """Send differences to `recount` or mark them `investigating`; returns how many changed.

    Raises Faults as `accept_differences`, 422 `invalid_state`.
    Locks: the reconciliation. Records: differences.recount or differences.investigating.
    Allowed: reconciliations.decide.
    """
    if state not in (State.RECOUNT, State.INVESTIGATING):
        raise refuse("invalid_state", "Differences are sent to recount or investigated.", pointer="/state")
    reconciliation, differences = _locked(actor, reconciliation_id, difference_ids)
    _decide(actor, differences, state, note)
    record(
        actor=actor,
        kind=f"differences.{state}",
        subject=f"reconciliation:{reconciliation.pk}",
        reason=note,
        after={"count": len(differences), "skus": [d.sku for d in differences[:100]]},
        site_ids=[reconciliation.site_id],
    )
    return len(differences)


def _locked(
    actor: Actor, reconciliation_id: int, difference_ids: Sequence[int]
) -> tuple[Reconciliation, list[Difference]]:
    check_right(actor, "reconciliations.decide")
    visible = visible_site_ids_or_all(actor)
    reconciliation = Reconciliation.objects.select_for_update().filter(pk=reconciliation_id).first()
    if reconciliation is None or (visible is not None and reconciliation.site_id not in visible):
        raise refuse("unknown_reconciliation", "There is no such reconciliation.", status=404)
    if reconciliation.state != Reconciliation.State.OPEN:
        raise refuse("wrong_state", f"The reconciliation is {reconciliation.state}.", status=409)
    if not difference_ids:
        raise refuse("no_differences", "Choose at least one difference.")
    differences = list(
        Difference.objects.filter(
            reconciliation=reconciliation, pk__in=list(difference_ids)[:MAX_BULK], state__in=UNDECIDED
        ).order_by("sku", "lot")
    )
    if len(differences) != len(set(difference_ids)):
        raise refuse("wrong_state", "Some of these differences are already decided.", status=409)
    return reconciliation, differences


def _adjust(
    actor: Actor, reconciliation: Reconciliation, differences: Sequence[Difference], note: str
) -> Movement:
    code = reconciliation.site.code
    draft = MovementDraft(
        reference=str(reconciliation),
        kind="adjustment",
        lines=tuple(
            LineDraft(d.sku, "adjustment", code, amount, d.lot)
            if amount > 0
            else LineDraft(d.sku, code, "adjustment", -amount, d.lot)
            for d, amount in ((d, _to_move(d)) for d in differences)
        ),
        occurred_at=reconciliation.taken_at,
        reason=note or f"Count of {code}",
        source="count",
    )
    return post_movement(actor=actor, draft=draft)


def _to_move(difference: Difference) -> Decimal:
    """What is left to adjust: what a document accounts for is in the book already, or comes with that document."""
    return difference.rest if difference.class_code in UNEXPLAINED else difference.difference


@transaction.atomic
def look_again(*, actor: Actor, reconciliation_id: int | None = None) -> int:
    """Take what was recorded since the comparison off the differences of open reconciliations (of one, or of all): those
    it explains whole are accepted as timing, without a movement. Returns how many changed.

    Locks: the reconciliations it changes. Records: differences.recorded_late, reconciliation.closed.
    Allowed: the loop, and accepting before it adjusts.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.LATE, {"reconciliation": reconciliation_id})
        changed: list[tuple[int, bool, str]] = cursor.fetchall()
        touched = sorted({number for number, _done, _sku in changed})
        cursor.execute(sql.COUNT_EXPLAINED, [touched])
    sites = dict(Reconciliation.objects.filter(pk__in=touched).values_list("pk", "site_id"))
    for number in touched:
        mine = [(done, sku) for at, done, sku in changed if at == number]
        record(
            actor=actor,
            kind="differences.recorded_late",
            subject=f"reconciliation:{number}",
            after={
                "changed": len(mine),
                "settled": sum(done for done, _sku in mine),
                "skus": [s for _d, s in mine[:100]],
            },
            site_ids=[sites[number]],
        )
        close_if_done(actor, number)
    return len(changed)


def _decide(
    actor: Actor, differences: Sequence[Difference], state: str, note: str, movement: Movement | None = None
) -> None:
    if differences:
        Difference.objects.filter(pk__in=[d.pk for d in differences]).update(
            state=state,
            note=note[:500],
            decided_by_id=actor.id if actor.kind == "user" else None,
            decided_at=Now(),
            movement_id=movement.pk if movement else None,
        )


def settle_adjustment(actor: Actor, movement_id: int, *, is_posted: bool) -> None:
    """What became of a pending adjustment: its differences are accepted, or open again.

    Locks: nothing more. Records: reconciliation.closed when it was the last. Allowed: the placing loop.
    """
    waiting = Difference.objects.filter(movement_id=movement_id, state=State.PENDING)
    reconciliations = sorted(set(waiting.values_list("reconciliation_id", flat=True)))
    waiting.update(state=State.ACCEPTED if is_posted else State.OPEN)
    for reconciliation_id in reconciliations:
        close_if_done(actor, reconciliation_id)


def close_if_done(actor: Actor, reconciliation_id: int) -> bool:
    """Close the reconciliation when no difference is open, in recount, investigated or in approval.

    Locks: nothing. Records: reconciliation.closed. Allowed: the actions of this app.
    """
    if Difference.objects.filter(reconciliation_id=reconciliation_id, state__in=UNFINISHED).exists():
        return False
    closed = Reconciliation.objects.filter(pk=reconciliation_id, state=Reconciliation.State.OPEN).update(
        state=Reconciliation.State.CLOSED, closed_at=Now()
    )
    if closed:
        site_id = Reconciliation.objects.values_list("site_id", flat=True).get(pk=reconciliation_id)
        record(
            actor=actor,
            kind="reconciliation.closed",
            subject=f"reconciliation:{reconciliation_id}",
            site_ids=[site_id],
        )
    return bool(closed)


def accept_within_tolerance(reconciliation_id: int, site: Site) -> int:
    """Accept what the site's control profile tolerates, as policy "count-tolerance"; none without a profile.

    Settings: count_tolerance_units and count_tolerance_value (site's currency), both limits hold. What cannot be
    adjusted stays open. Returns how many.
    Locks, Records: as `accept_differences`. Allowed: reconciling.
    """
    tolerance = tolerance_of(site)
    if not tolerance.units:
        return 0
    within = [
        d.pk
        for d in Difference.objects.filter(reconciliation_id=reconciliation_id, state=State.OPEN)
        if d.product_id is not None and tolerance.allows(d.class_code, d.difference, d.value, d.book)
    ]
    if not within:
        return 0
    policy = replace(
        actors.policy("count-tolerance"), permissions=frozenset({"reconciliations.decide", "stock.post"})
    )
    try:
        with transaction.atomic():
            done = accept_differences(
                actor=policy,
                reconciliation_id=reconciliation_id,
                difference_ids=within,
                note="within tolerance",
            )
    except Faults:
        return 0
    return done.accepted


def tolerance_of(site: Site) -> Tolerance:
    """The count tolerance in the site's control profile; zero without one. At most 1 query."""
    settings = site.control_profile.settings if site.control_profile else {}
    try:
        return Tolerance(
            Decimal(str(settings.get("count_tolerance_units", 0))),
            Decimal(str(settings.get("count_tolerance_value", 0))),
        )
    except InvalidOperation:
        return Tolerance()
