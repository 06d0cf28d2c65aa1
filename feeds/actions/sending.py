"""Handing batches over: one publication at a time by one worker, in order, until nothing is due or time is up."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from audit.actions import record
from feeds.actions.dispatching import (
    Claim,
    claim_batch,
    claim_publication,
    finish_batch,
    make_batch,
    release_publication,
)
from feeds.models import Dispatch, Publication, PublishedItem
from feeds.rules.dispatching import MAX_REFUSED, PAUSE_AFTER, UNLISTED, WARN_AFTER, retry_pause
from feeds.senders import WAYS, Sent
from lib import clock
from lib.actors import Actor
from lib.failpoints import failpoint

log = logging.getLogger(__name__)
#: One turn of one publication; the next tick goes on.
TURN_S = 40.0


@dataclass(frozen=True)
class Turn:
    """What one turn did."""

    batches: int
    is_done: bool


def send_publication(*, actor: Actor, publication_id: int, seconds: float = TURN_S) -> Turn:
    """Send what is due of one publication, batch after batch, until nothing is, a batch fails or time is up.

    At least once: a worker that dies after sending sends the same bytes under the same id again.
    Locks: nothing across the network. Records: publication.paused. Allowed: the loop.
    """
    if not claim_publication(publication_id, clock.now()):
        return Turn(0, False)
    end, batches = time.monotonic() + seconds, 0
    try:
        while time.monotonic() < end:
            make_batch(publication_id, clock.now())
            claim = claim_batch(publication_id, clock.now())
            if claim is None:
                return Turn(batches, True)
            failpoint("dispatch.claimed")
            sent = _sent(claim)
            failpoint("dispatch.sent")
            settle(actor=actor, claim=claim, sent=sent, now=clock.now())
            failpoint("dispatch.written")
            batches += 1
        return Turn(batches, False)
    finally:
        release_publication(publication_id)


def _sent(claim: Claim) -> Sent:
    """The sender's word; one that breaks is a failure like any other."""
    sender = WAYS.get(claim.outlet.way)
    if sender is None:
        return Sent("again", error_code="unknown_way")
    missing = [purpose for purpose in sender.needs_secrets if not claim.outlet.secret(purpose)]
    if missing:
        return Sent("again", error_code="no_key", answer=", ".join(missing))
    try:
        return sender.send(claim.outlet, claim.batch)
    except Exception as error:
        log.exception("publication %s, batch %s", claim.outlet.name, claim.dispatch_id)
        return Sent("again", error_code="sender_failed", answer=type(error).__name__)


@transaction.atomic
def settle(*, actor: Actor, claim: Claim, sent: Sent, now: datetime) -> bool:
    """Write what came back: the batch, its items, how the other side is doing; warn, pause or go on.

    Locks: the publication, the batch, its items, alerts. Records: publication.paused. Allowed: the loop.
    """
    publication = Publication.objects.select_for_update().get(pk=claim.outlet.id)
    is_test = claim.batch.kind == Dispatch.Kind.TEST
    failures = publication.failures + (sent.outcome != "delivered")
    again = sent.outcome == "again" and not is_test
    next_at = now + retry_pause(failures, sent.retry_after_s) if again else None
    if not finish_batch(claim, sent, next_at, now):
        return False
    if is_test:
        return True
    if sent.outcome == "delivered":
        Publication.objects.filter(pk=publication.pk).update(failures=0, failing_since=None, answered_at=now)
        resolve_alert(alert_key(publication), actor=actor)
    else:
        since = publication.failing_since or now
        Publication.objects.filter(pk=publication.pk).update(failures=failures, failing_since=since)
        _note_failure(actor, publication, failures, sent)
    tell_refused(actor=actor, publication=publication)
    return True


def alert_key(publication: Publication) -> str:
    """The key of the alert that the other side does not answer."""
    return f"publication_failing:{publication.name}"


def _note_failure(actor: Actor, publication: Publication, failures: int, sent: Sent) -> None:
    own = publication.settings.get("pause_after")
    limit = own if isinstance(own, int) and own > 0 else PAUSE_AFTER
    limit = min(limit, MAX_REFUSED) if sent.outcome == "refused" else limit
    reason = sent.error_code or str(sent.status_code or "")
    if sent.is_gone or failures >= limit:
        pause(actor=actor, publication=publication, reason=reason)
    elif failures >= WARN_AFTER:
        _alert(
            actor, publication, _("Publication {name}: the other side does not take it ({reason})"), reason
        )


def pause(*, actor: Actor, publication: Publication, reason: str) -> None:
    """Stop sending until a person goes on; an incident says so.

    Locks: the publication (held). Records: publication.paused. Allowed: the loop.
    """
    Publication.objects.filter(pk=publication.pk).update(paused_at=clock.now(), pause_reason=reason[:300])
    record(
        actor=actor,
        kind="publication.paused",
        subject=f"publication:{publication.name}",
        after={"reason": reason},
        site_ids=[publication.site_id] if publication.site_id else [],
    )
    _alert(
        actor,
        publication,
        _("Publication {name} is paused: the other side does not take it ({reason})"),
        reason,
        category="feed_trouble",
    )


def _alert(actor: Actor, publication: Publication, words: object, reason: str, category: str = "") -> None:
    raise_alert(
        key=alert_key(publication),
        kind="publication_failing",
        severity="warning",
        title=format_lazy(words, name=publication.name, reason=reason),  # type: ignore[arg-type]
        url=f"/feeds/publications/{publication.name}/",
        site_id=publication.site_id,
        category=category,
        actor=actor,
    )


def tell_refused(*, actor: Actor, publication: Publication) -> None:
    """One alert for all items that the other side refuses; it ends when none is left.

    Locks: the alert. Records: through alerts. Allowed: the loop.
    """
    key = f"publication_refused:{publication.name}"
    count = PublishedItem.objects.filter(publication=publication).exclude(refused__in=["", UNLISTED]).count()
    if not count:
        resolve_alert(key, actor=actor)
        return
    raise_alert(
        key=key,
        kind="publication_refused",
        severity="warning",
        title=format_lazy(
            _("Publication {name}: the other side refuses items ({count})"),
            name=publication.name,
            count=count,
        ),
        url=f"/feeds/publications/{publication.name}/?show=refused",
        site_id=publication.site_id,
        actor=actor,
    )
