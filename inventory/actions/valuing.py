"""Movements of kind valuation: entries without goods, posted by the document that wants them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.actions import Event, record
from inventory.actions.books import Opened, open_book, resolve
from inventory.actions.costing import write_layers
from inventory.actions.writing import Posting, write_postings
from inventory.models import Movement
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.posting import Entry, Line, Move
from inventory.rules.valuation import ZERO
from lib import clock
from lib.actors import Actor
from lib.faults import Faults

VALUATION = str(Movement.Kind.VALUATION)


@dataclass(frozen=True)
class Place:
    """A pair whose value changes. source: against which the entries go, adjustment or supplier."""

    site: str
    sku: str
    source: str = "adjustment"


@dataclass(frozen=True)
class Valuing:
    """An open book with the valuation that is about to be posted; lines stand in the order of the places."""

    opened: Opened
    move: Move
    movement_id: int
    entries: list[Entry]

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.move.lines


def open_valuation(
    actor: Actor, places: Sequence[Place], visible: frozenset[int] | None, reference: str
) -> Valuing:
    """Lock the pairs of `places`. Raises Faults 422 `unknown_site`, `unknown_sku`. Locks: as a posting."""
    lines = tuple(LineDraft(place.sku, place.source, place.site, ZERO) for place in places)
    draft = MovementDraft(reference, VALUATION, lines)
    opened = open_book(actor, [draft], visible)
    move, faults = resolve(draft, opened, clock.now())
    if move is None:
        raise Faults(faults)
    opened.book.posting_id = opened.movement_ids[0]
    return Valuing(opened, move, opened.movement_ids[0], [])


def post_valuation(
    actor: Actor, valuing: Valuing, reason: str, event: Callable[[int | None], Event], reference: str
) -> int | None:
    """Write the entries under one event, or the event alone where nothing changed; answers the movement's number.

    event: from the movement's number.
    """
    if not valuing.entries:
        told = event(None)
        write_layers(valuing.opened.book, valuing.opened.event_id)
        record(
            actor=actor,
            kind=told.kind,
            subject=told.subject,
            reason=told.reason,
            policy=told.policy,
            after=told.after,
            site_ids=told.site_ids,
        )
        return None
    posting = Posting(
        id=valuing.movement_id,
        reference=reference,
        move=valuing.move,
        entries=valuing.entries,
        reason=reason,
        source=actor.channel[:16],
    )
    write_postings(actor, valuing.opened, [posting], event(valuing.movement_id))
    return valuing.movement_id
