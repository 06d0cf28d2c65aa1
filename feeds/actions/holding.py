"""Deliveries that change too much are held for a person, who releases or discards them."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from audit.actions import record
from feeds.actions.numbering import PROCESS
from feeds.models import Delivery, Feed, Hold, HoldLimits
from feeds.queries.holds import facts_of, limits_of, stored_limits
from feeds.rules.batches import Batch
from feeds.rules.holds import figures
from jobs.actions import wake
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

CHANGES_TOO_MUCH = "changes_too_much"
MAX_REASON = 500
FRACTIONS = ("changed_fraction", "removed_fraction", "drop_fraction", "jump_fraction", "jumped_fraction")
State = Delivery.State


def hold_if_too_much(actor: Actor, delivery: Delivery, batch: Batch) -> bool:
    """Hold the delivery when it changes more than its feed's limits allow and nobody has released it. True: it is held.

    Locks: nothing more than applying holds. Records: delivery.held. Allowed: applying, in its transaction.
    """
    if Hold.objects.filter(delivery=delivery).exists():
        return False
    limits = limits_of(delivery.feed)
    beyond = figures(facts_of(delivery, batch, limits), limits)
    if not beyond:
        return False
    Hold.objects.create(delivery=delivery, figures=beyond)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.HELD, hold_code=CHANGES_TOO_MUCH, lease_until=None
    )
    record(
        actor=actor,
        kind="delivery.held",
        subject=f"delivery:{delivery.pk}",
        after={"feed": delivery.feed.name, "code": CHANGES_TOO_MUCH, "figures": beyond},
    )
    raise_alert(
        key=_key(delivery.pk),
        kind="delivery_held",
        severity="warning",
        title=format_lazy(
            _("Feed {feed}: delivery {id} changes too much and waits for a person"),
            feed=delivery.feed.name,
            id=delivery.pk,
        ),
        url="/feeds/held/",
        site_id=delivery.feed.site_id,
        actor=actor,
    )
    return True


@transaction.atomic
def release_delivery(*, actor: Actor, delivery_id: int, reason: str) -> Delivery:
    """Let a held delivery be applied as it is.

    Raises Faults 404 `unknown_delivery`; 409 `not_held`; 422 `reason_needed`, `too_long`.
    Locks: the delivery, its hold. Records: delivery.released. Allowed: deliveries.release.
    """
    delivery = _decide(delivery_id, Hold.State.RELEASED, actor, reason)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.RECEIVED, hold_code="", attempts=0, lease_until=None
    )
    _told(actor, delivery, "delivery.released", reason)
    wake(PROCESS)
    return delivery


@transaction.atomic
def discard_delivery(*, actor: Actor, delivery_id: int, reason: str) -> Delivery:
    """Refuse a held delivery: nothing of it is applied, its number is free for the sender to send again.

    Raises Faults 404 `unknown_delivery`; 409 `not_held`; 422 `reason_needed`, `too_long`.
    Locks: the delivery, its hold. Records: delivery.discarded. Allowed: deliveries.release.
    """
    delivery = _decide(delivery_id, Hold.State.DISCARDED, actor, reason)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.REFUSED,
        hold_code="",
        error_code="discarded",
        error=f"Discarded by {actor.name}: {reason.strip()}"[:2000],
        finished_at=Now(),
    )
    _told(actor, delivery, "delivery.discarded", reason)
    return delivery


def _decide(delivery_id: int, state: str, actor: Actor, reason: str) -> Delivery:
    reason = reason.strip()
    if not reason:
        raise refuse("reason_needed", "Say why.", pointer="/reason")
    if len(reason) > MAX_REASON:
        raise refuse("too_long", f"A reason has at most {MAX_REASON} characters.", pointer="/reason")
    rows = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("feed")
    delivery = rows.filter(pk=delivery_id).first()
    if delivery is None:
        raise refuse("unknown_delivery", "There is no such delivery.", status=404)
    decided = Hold.objects.filter(delivery=delivery, state=Hold.State.WAITING).update(
        state=state, decided_at=Now(), decided_by=actor.name[:200], reason=reason
    )
    if not decided or delivery.state != State.HELD:
        raise refuse("not_held", "This delivery does not wait for a person.", status=409)
    return delivery


def _told(actor: Actor, delivery: Delivery, kind: str, reason: str) -> None:
    resolve_alert(_key(delivery.pk), actor=actor)
    after = {"feed": delivery.feed.name, "figures": delivery.hold.figures}
    record(actor=actor, kind=kind, subject=f"delivery:{delivery.pk}", reason=reason.strip(), after=after)


def _key(delivery_id: int) -> str:
    return f"delivery_held:{delivery_id}"


@transaction.atomic
def set_hold_limits(*, actor: Actor, feed: Feed, values: Mapping[str, Any]) -> HoldLimits:
    """Say what a delivery of the feed may change before a person looks at it. Values are fractions, "" for not watched.

    Raises Faults 422 `not_a_number`, `out_of_range`.
    Locks: the feed. Records: feed.limits_set. Allowed: feeds.manage, checked at the edge.
    """
    Feed.objects.select_for_update(no_key=True).get(pk=feed.pk)
    faults: list[Fault] = []
    read: dict[str, Any] = {name: _fraction(values.get(name), name, faults) for name in FRACTIONS}
    read["min_rows"] = _rows(values.get("min_rows"), faults)
    if faults:
        raise Faults(faults)
    before = stored_limits(feed)
    known = {name: _plain(getattr(before, name)) for name in read}
    row, _made = HoldLimits.objects.update_or_create(
        feed=feed, defaults={**read, "changed_by": actor.name[:200]}
    )
    record(
        actor=actor,
        kind="feed.limits_set",
        subject=f"feed:{feed.name}",
        before=known,
        after={name: _plain(value) for name, value in read.items()},
    )
    return row


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def _fraction(value: Any, name: str, faults: list[Fault]) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    most = 1000 if name == "jump_fraction" else 1
    if not number.is_finite():
        faults.append(Fault(f"/{name}", "not_a_number", "A share is a number."))
    elif not 0 <= number <= most or number != round(number, 4):
        faults.append(
            Fault(f"/{name}", "out_of_range", "A share lies between 0 and 1, with up to four decimals.")
        )
    return number


def _rows(value: Any, faults: list[Fault]) -> int:
    text = str(value if value not in (None, "") else 100).strip()
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= 10**9 and len(text) <= 10):
        faults.append(Fault("/min_rows", "out_of_range", "The number of rows is a whole number from 1 on."))
        return 100
    return int(text)
