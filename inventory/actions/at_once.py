"""A plain movement in one trip; see inventory.sql.at_once."""

from datetime import datetime
from typing import Any

from audit.actions import Event, event_values, to_json
from catalog.access import visible_site_ids_or_all
from inventory.actions.movements import check_right, event_content
from inventory.models import Movement
from inventory.queries.documents import draft_json
from inventory.rules.drafts import MovementDraft
from inventory.rules.locations import COMMANDS
from inventory.rules.plain import PlainDraft, plain_draft
from inventory.sql import at_once as sql
from lib import clock
from lib.actors import Actor
from web.first_trip import in_one_statement

#: Longer ones are decided faster where sets are read at once.
MAX_LINES = 20
Claim = tuple[int, str, bytes]


def post_at_once(*, actor: Actor, draft: MovementDraft, claim: Claim | None = None) -> Movement | None:
    """Post `draft` by one statement if it is plain and nothing speaks against it; None, with nothing written, if not.

    claim: owner, key and SHA-256 of an idempotency key, answered with the movement's document as it was asked for.
    Outside a transaction it is committed when this returns.
    Raises Faults 403 `not_allowed`, web.first_trip.KeyTaken. Locks, Records: as `post_movement`. Allowed: stock.post.
    """
    check_right(actor, "stock.post")
    now = clock.now()
    plain = plain_draft(draft, now)
    # What customers bring back may have to be inspected: a question.
    if plain is None or plain.kind == "return" or len(plain.lines) > MAX_LINES:
        return None
    visible = visible_site_ids_or_all(actor)
    row = in_one_statement(sql.CALL, _values(actor, draft, plain, visible, claim))
    return None if row is None else _movement(actor, draft, plain.at, row)


def _values(
    actor: Actor, draft: MovementDraft, plain: PlainDraft, visible: frozenset[int] | None, claim: Claim | None
) -> dict[str, Any]:
    skus, quantities, costs, prices = (list(column) for column in zip(*plain.lines, strict=True))
    event = Event("movement.posted", "", reason=draft.reason, after=event_content(draft, "posted"))
    told = event_values(actor, event, event_id=0, name_hash=b"")
    del told["actor_hash"]
    posting = {
        "reference": draft.reference,
        "kind": draft.kind,
        "reason": draft.reason,
        "source": draft.source,
        "by": actor.id if actor.kind == "user" else None,
        "actor": actor.name[:200],
        "ev": told,
    }
    if claim is not None:
        posting["answer"] = {**draft_json(draft), "state": "posted", "occurred_at": plain.at.isoformat()}
    owner_id, key, digest = claim or (0, None, b"")
    return {
        "owner_id": owner_id,
        "key": key,
        "sha256": digest,
        "visible": None if visible is None else sorted(visible),
        "is_command": plain.kind in COMMANDS,
        "comes": plain.comes,
        "outside": plain.outside,
        "site": plain.site,
        "at": plain.at,
        "skus": skus,
        "quantities": quantities,
        "costs": costs,
        "prices": prices,
        "posting": to_json(posting),
    }


def _movement(actor: Actor, draft: MovementDraft, at: datetime, row: tuple[int, int, datetime]) -> Movement:
    movement_id, event_id, recorded_at = row
    return Movement(
        id=movement_id,
        reference=draft.reference,
        kind=draft.kind,
        state=Movement.State.POSTED,
        occurred_at=at,
        recorded_at=recorded_at,
        reason=draft.reason,
        prepared_by_id=actor.id if actor.kind == "user" else None,
        source=draft.source,
        event_id=event_id,
    )
