"""The duty officer looks, says a word and signs."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from audit.actions import record
from catalog.access import visible_site_ids_or_all
from lib.actors import Actor
from lib.faults import refuse
from patrol.models import Round, RoundFinding
from patrol.queries import unsigned_rounds

PREFIX = "round_unsigned:"


@transaction.atomic
def sign_finding(*, actor: Actor, round_id: int, finding_id: int, comment: str = "") -> RoundFinding:
    """Sign one finding; with the last one the round is signed.

    A warning or worse needs a word.
    Raises Faults 404 `unknown_finding`, 409 `signed_already`, 422 `comment_required`.
    Locks: the round. Records: finding.signed, and round.signed. Allowed: rounds.sign, checked at the edge.
    """
    round_ = _locked(round_id)
    finding = RoundFinding.objects.filter(round=round_, pk=finding_id).first()
    if finding is None:
        raise refuse("unknown_finding", "The round has no such finding.", status=404)
    if finding.severity != "note" and not comment.strip():
        raise refuse("comment_required", "Say what you saw or did.", pointer="/comment")
    changed = RoundFinding.objects.filter(pk=finding_id, signed_at=None).update(
        signed_at=Now(), signed_by_id=actor.id, comment=comment.strip()
    )
    if not changed:
        raise refuse("signed_already", "This finding is signed already.", status=409)
    record(
        actor=actor,
        kind="finding.signed",
        subject=f"round:{round_id}",
        reason=comment.strip(),
        after={"finding": finding.key, "code": finding.code},
        site_ids=[finding.site_id] if finding.site_id else [],
    )
    if round_.state == Round.State.TO_SIGN and not _left(round_):
        _sign(actor, round_, "")
    return RoundFinding.objects.get(pk=finding_id)


@transaction.atomic
def sign_findings(*, actor: Actor, round_id: int, finding_ids: Sequence[int], comment: str) -> int:
    """Sign like findings with one word; those signed meanwhile keep theirs. Returns how many were signed now.

    Raises Faults 404 `unknown_round`, 422 `comment_required`, 409 `signed_already` when none is left.
    Locks: the round. Records: finding.signed once, and round.signed. Allowed: rounds.sign, checked at the edge.
    """
    round_ = _locked(round_id)
    if not comment.strip():
        raise refuse("comment_required", "Say what you saw or did.", pointer="/comment")
    left = RoundFinding.objects.filter(round=round_, pk__in=finding_ids, signed_at=None)
    rows = list(left.order_by("pk").values_list("key", "site_id"))
    if not rows:
        raise refuse("signed_already", "This finding is signed already.", status=409)
    left.update(signed_at=Now(), signed_by_id=actor.id, comment=comment.strip())
    record(
        actor=actor,
        kind="finding.signed",
        subject=f"round:{round_id}",
        reason=comment.strip(),
        after={"findings": [key for key, _site_id in rows]},
        site_ids=sorted({site_id for _key, site_id in rows if site_id}),
    )
    if round_.state == Round.State.TO_SIGN and not _left(round_):
        _sign(actor, round_, "")
    return len(rows)


@transaction.atomic
def sign_round(*, actor: Actor, round_id: int, comment: str = "") -> Round:
    """Sign a finished round whose findings that need a word are signed; notes the signer sees are signed with it.

    Notes of sites out of the signer's scope stay to be signed by somebody who sees them, and so does the round: look at
    its state.
    Raises Faults 404 `unknown_round`, 409 `not_finished`, `signed_already`, `findings_open`, `notes_elsewhere` when
    nothing is left that the signer sees.
    Locks: the round. Records: round.signed, or finding.signed while notes are left. Allowed: rounds.sign, checked at the
    edge.
    """
    round_ = _locked(round_id)
    if round_.state != Round.State.TO_SIGN:
        code = "signed_already" if round_.state == Round.State.SIGNED else "not_finished"
        raise refuse(code, f"The round is {round_.state}.", status=409)
    left = RoundFinding.objects.filter(round=round_, signed_at=None)
    if left.exclude(severity="note").exists():
        raise refuse("findings_open", "Findings that need a word are not signed yet.", status=409)
    visible = visible_site_ids_or_all(actor)
    seen = left if visible is None else left.filter(Q(site_id=None) | Q(site_id__in=visible))
    rows = list(seen.order_by("pk").values_list("pk", "key", "site_id"))
    if not rows and left.exists():
        raise refuse("notes_elsewhere", "Notes of sites you do not see are left to be signed.", status=409)
    RoundFinding.objects.filter(pk__in=[pk for pk, _key, _site in rows]).update(
        signed_at=Now(), signed_by_id=actor.id
    )
    if not _left(round_):
        _sign(actor, round_, comment)
    else:
        record(
            actor=actor,
            kind="finding.signed",
            subject=f"round:{round_id}",
            reason=comment.strip(),
            after={"findings": [key for _pk, key, _site in rows]},
            site_ids=sorted({site_id for _pk, _key, site_id in rows if site_id}),
        )
    return Round.objects.get(pk=round_id)


def _locked(round_id: int) -> Round:
    round_ = Round.objects.select_for_update().filter(pk=round_id).first()
    if round_ is None:
        raise refuse("unknown_round", "There is no such round.", status=404)
    return round_


def _left(round_: Round) -> bool:
    return RoundFinding.objects.filter(round=round_, signed_at=None).exists()


def _sign(actor: Actor, round_: Round, comment: str) -> None:
    Round.objects.filter(pk=round_.pk).update(
        state=Round.State.SIGNED, signed_at=Now(), signed_by_id=actor.id, comment=comment.strip()
    )
    record(
        actor=actor,
        kind="round.signed",
        subject=f"round:{round_.pk}",
        reason=comment.strip(),
        after={"slot": round_.slot},
    )


def alert_unsigned(*, actor: Actor, at: datetime) -> int:
    """Raise an alert, and so an incident, for every round past its time to sign; resolve those signed since.

    Locks: the alerts. Records: through alerts. Allowed: the patrol loop.
    """
    drafts = [
        AlertDraft(
            key=f"{PREFIX}{round_.pk}",
            kind="round_unsigned",
            severity="warning",
            title=format_lazy(
                _("Patrol round {slot} UTC was not signed in time"),
                slot=round_.slot.strftime("%Y-%m-%d %H:%M"),
            ),
            url=f"/watch/rounds/{round_.pk}/",
            category="unauthorised_change",
        )
        for round_ in unsigned_rounds(at)
    ]
    resolve_alerts_except(PREFIX, [draft.key for draft in drafts], actor=actor)
    raise_alerts(drafts, actor=actor)
    return len(drafts)
