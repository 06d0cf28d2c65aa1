"""The states a change went through, and who may do what now and why."""

from typing import Any

from django.utils.translation import gettext as _

from approvals.models import ApprovalRequest
from lib import clock
from lib.actors import Actor
from pricing.models import PriceChange

State = PriceChange.State


def state_lines(change: PriceChange, request: ApprovalRequest | None) -> list[dict[str, Any]]:
    """From draft to applied, oldest first; what is still to come is quiet."""
    preparer = change.prepared_by or change.prepared_by_name
    lines = [_line("is-done", "circle-check", _("Draft"), preparer, change.created_at)]
    if change.submitted_at:
        lines.append(_line("is-done", "circle-check", _("Submitted"), preparer, change.submitted_at))
    if change.state == State.PENDING:
        due = request.due_at if request else None
        lines.append(
            _line("is-now", "clock", _("Waiting for a decision"), "", due, change.policy_version, due=True)
        )
    if change.decided_at:
        approved = change.state not in (State.REJECTED,)
        word = _("Approved") if approved else _("Rejected")
        icon = "circle-check" if approved else "circle-x"
        who = change.decided_by or change.decided_by_name
        note = " · ".join(filter(None, [change.policy_version, change.decision_comment]))
        kind = "user" if change.decided_by_kind == "user" else "policy"
        lines.append(
            _line("is-done" if approved else "is-bad", icon, word, who, change.decided_at, note, kind=kind)
        )
    if change.state == State.WITHDRAWN:
        note = change.lapsed_reason
        lines.append(
            _line("", "arrow-back-up", _("Withdrawn"), "", request.closed_at if request else None, note)
        )
    if change.applied_at:
        lines.append(_line("is-done", "checks", _("Applied"), "", change.applied_at))
    elif change.state in (State.DRAFT, State.PENDING, State.APPROVED):
        at = change.effective_from
        note = "" if at else _("as soon as it is approved")
        lines.append(_line("is-next", "circle-dashed", _("Takes effect"), "", at, note))
    if change.state == State.ROLLED_BACK:
        lines.append(_line("is-near", "rotate-clockwise", _("Rolled back"), "", None))
    return lines


def _line(tone: str, icon: str, word: str, who: Any, at: Any, note: str = "", **more: Any) -> dict[str, Any]:
    return {"tone": tone, "icon": icon, "word": word, "who": who, "at": at, "note": note, **more}


def decision_of(change: PriceChange, request: ApprovalRequest | None, actor: Actor) -> dict[str, Any]:
    """What this person may do now, and a sentence why."""
    is_own = change.prepared_by_id is not None and change.prepared_by_id == actor.id
    may_approve = actor.may("price_changes.approve")
    pending = change.state == State.PENDING
    placed_later = change.effective_from is not None and change.effective_from > clock.now()
    # Whoever may decide rejects a pending change of another; taking back is for the preparer, or after approval.
    may_withdraw = actor.may("prices.edit") and (is_own or (may_approve and not pending))
    return {
        "decide": pending and may_approve and not is_own,
        "submit": change.state == State.DRAFT and is_own and actor.may("price_changes.submit"),
        "withdraw": may_withdraw
        and (
            change.state in (State.DRAFT, State.PENDING) or (change.state == State.APPROVED and placed_later)
        ),
        "roll_back": change.state in (State.APPROVED, State.APPLIED)
        and actor.may("price_changes.roll_back")
        and not hasattr(change, "rolled_back_by")
        and change.decided_by_kind != "system",
        "words": _words(change, is_own, may_approve),
        "hash": _short(change.content_hash),
        "is_own": is_own,
        "policy": request.policy_name if request else "",
    }


def _words(change: PriceChange, is_own: bool, may_approve: bool) -> str:
    if change.state == State.DRAFT:
        return _("A draft changes no price.") if is_own else _("Another person prepares it.")
    if change.state != State.PENDING:
        return ""
    if is_own:
        return _("You prepared it, so another person decides.")
    if not may_approve:
        return _("It waits for a price manager.")
    return _("You did not prepare it. You decide on content %(hash)s; any edit voids it.") % {
        "hash": _short(change.content_hash)
    }


def _short(content_hash: str) -> str:
    """ "9f2c 41d0 … e1a7"."""
    if len(content_hash) < 12:
        return ""
    return f"{content_hash[:4]} {content_hash[4:8]} … {content_hash[-4:]}"
