"""Looks at approved changes before their moment: at −24 h and −2 h with alerts; at the moment the approval lapses."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.text import format_lazy

from alerts.actions import raise_alert, resolve_alert
from approvals.actions import record_effect
from audit.actions import record
from lib import clock
from lib.actors import Actor
from pricing.actions.settling import close_change, subject_of
from pricing.models import PriceChange
from pricing.queries.drift import approval_band, drifts_of
from pricing.rules.drift import LAST_STAGE, STAGES, Band, Drift, beyond, stage_at

State = PriceChange.State
TOLD = 5


def recheck_due(*, actor: Actor, limit: int = 200) -> int:
    """Look again at approved changes whose effective moment draws near. Returns how many were looked at.

    Each in a transaction of its own, each stage once. A roll-back is not looked at: it has no base to keep.
    Records: price_change.rechecked, price_change.lapsed. Allowed: the loop.
    """
    now = clock.now()
    near = PriceChange.objects.filter(
        state=State.APPROVED,
        placed_at__isnull=False,
        rolls_back__isnull=True,
        recheck_stage__lt=LAST_STAGE,
        effective_from__lte=now + STAGES[0],
    ).order_by("effective_from", "id")
    due = [
        pk
        for pk, begins, done in near.values_list("pk", "effective_from", "recheck_stage")[:limit]
        if begins is not None and stage_at(begins, now) > done
    ]
    return sum(_recheck(actor, pk, now) for pk in due)


@transaction.atomic
def _recheck(actor: Actor, change_id: int, now: datetime) -> int:
    change = (
        PriceChange.objects.select_for_update(skip_locked=True)
        .filter(pk=change_id, state=State.APPROVED)
        .first()
    )
    if change is None or change.effective_from is None:
        return 0
    stage = stage_at(change.effective_from, now)
    if stage <= change.recheck_stage:
        return 0
    PriceChange.objects.filter(pk=change.pk).update(recheck_stage=stage)
    if change.placed_at is not None and change.effective_from <= change.placed_at:
        return 1
    band = approval_band()
    drifts = drifts_of(change)
    lapsing = beyond(drifts, band.lapse_at)
    if stage == LAST_STAGE and lapsing and not change.is_advertised:
        _lapse(actor, change, lapsing)
    else:
        _tell(actor, change, beyond(drifts, band.warn_at), stage, band)
    return 1


def _lapse(actor: Actor, change: PriceChange, lapsing: Sequence[Drift]) -> None:
    detail = _words(lapsing)
    if change.approval_id is not None:
        record_effect(request_id=change.approval_id, effect="lapsed", detail=detail, actor=actor)
    close_change(change, actor, state=State.WITHDRAWN, reason=detail, lapsed=True)
    resolve_alert(f"price_change.drift:{change.pk}", "lapsed")
    raise_alert(
        key=f"price_change.lapsed:{change.pk}",
        kind="price_change_lapsed",
        severity="warning",
        title=f"{change.reference} lapsed",
        detail=detail,
        url=f"/prices/changes/{change.pk}/",
        actor=actor,
    )


def _tell(actor: Actor, change: PriceChange, moved: Sequence[Drift], stage: int, band: Band) -> None:
    """An alert while something has moved beyond the warning; a major one for an advertised price that would lapse."""
    key = f"price_change.drift:{change.pk}"
    detail = _words(moved)
    if moved:
        escalates = change.is_advertised and bool(beyond(moved, band.lapse_at))
        raise_alert(
            key=key,
            kind="price_change_drift",
            severity="major" if escalates else "warning",
            title=format_lazy("{reference}: {title}", reference=change.reference, title=change.title),
            detail=detail,
            url=f"/prices/changes/{change.pk}/",
            actor=actor,
        )
    else:
        resolve_alert(key, "back within the band")
    record(
        actor=actor,
        kind="price_change.rechecked",
        subject=subject_of(change),
        policy=change.policy_version,
        reason=detail,
        after={"stage": stage, "moved": len(moved), "advertised": change.is_advertised},
    )


def _words(moved: Sequence[Drift]) -> str:
    """The farthest few: "A in BASE: cost 2.00 → 2.40 (20.0 %)"."""
    told = [
        f"{one.sku} in {one.price_list}: {one.what} {one.before.normalize():f} → "
        f"{'gone' if one.after is None else format(one.after.normalize(), 'f')} ({one.fraction:.1%})"
        for one in moved[:TOLD]
    ]
    more = [f"and {len(moved) - TOLD} more"] if len(moved) > TOLD else []
    return "; ".join(told + more)
