"""Posting what a document's own approval has allowed: like any movement, but policy is not asked a second time."""

from inventory.actions.books import load_timelines, open_book, resolve
from inventory.actions.movements import post_now, refuse_shorts
from inventory.models import Movement
from inventory.rules.drafts import MovementDraft, draft_faults
from lib import clock
from lib.actors import Actor
from lib.faults import Faults


def post_approved(actor: Actor, draft: MovementDraft, policy: str) -> Movement:
    """Post a checked document's movement, an adjustment or a scrap too, inside the document's transaction.

    Raises Faults as `post_movement`; locks and records as it. Allowed: the document has checked right and scope.
    """
    now = clock.now()
    faults = draft_faults(draft, now)
    if faults:
        raise Faults(faults)
    opened = open_book(actor, [draft], None)
    move, faults = resolve(draft, opened, now)
    if move is None:
        raise Faults(faults)
    load_timelines(opened.book, [move])
    refuse_shorts(opened.book.shorts(move), draft)
    opened.book.check_rates(move)
    return post_now(actor, opened, opened.movement_ids[0], draft, move, policy)
