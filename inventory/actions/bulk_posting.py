"""Posting the movements of a batch on one open book, in order: entries are written while the next are still decided."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from approvals.models import ApprovalRequest
from audit.actions import Event
from inventory.actions.asking import ask_approval, record_effect_applied, site_ids_of
from inventory.actions.books import Opened, load_timelines, resolve_ids
from inventory.actions.plain_books import plain_move
from inventory.actions.spelling import as_asked
from inventory.actions.streaming import (
    draw_numbers,
    sale_text,
    write_entries,
    write_event,
    write_headers,
    write_sales,
)
from inventory.actions.timelines import choose_lots, short_faults
from inventory.actions.writing import (
    Posting,
    bundle_sales,
    finish_posting,
    header_of,
    sale_rows,
    write_balances,
)
from inventory.queries.documents import draft_json, kept_draft
from inventory.rules.drafts import MovementDraft
from inventory.rules.locations import APPROVED_KINDS, PRICED_KINDS
from inventory.rules.lots import takes_any_lot
from inventory.rules.plain import (
    MOST_ENTRIES,
    PlainDraft,
    PlainMove,
    Spot,
    load_spares,
    most_entries,
    plain_rows,
    plain_shorts,
)
from inventory.rules.posting import Move
from inventory.rules.row_texts import Header, RowTexts, copy_field, copy_text
from lib.actors import Actor
from lib.faults import Fault, Faults


@dataclass
class Poster:
    """ids: of the movements, by place, in order. refused: what was not posted, and why."""

    actor: Actor
    opened: Opened
    now: datetime
    ids: Mapping[int, int]
    refused: dict[int, Sequence[Fault]] = field(default_factory=dict)
    headers: list[Header] = field(default_factory=list)
    sales: list[str] = field(default_factory=list)
    moves: list[tuple[int, Move]] = field(default_factory=list)
    effects: list[int] = field(default_factory=list)
    sites: set[int] = field(default_factory=set)
    kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    spots: dict[tuple[str, str], Spot | None] = field(default_factory=dict)

    def post(
        self,
        plain: Mapping[int, PlainDraft],
        drafts: Mapping[int, MovementDraft],
        asked: Mapping[int, MovementDraft | None],
    ) -> None:
        """Post, or refuse, all of both; asked: what the plain ones were before."""
        self.asked = {**asked, **drafts}
        short, long = self._resolved(plain)
        moves = {place: move for place in [*long, *drafts] if (move := self._move(place)) is not None}
        load_timelines(self.opened.book, list(moves.values()), self._latest())
        texts = RowTexts(self.opened.event_id, self.opened.opened_at)
        write_entries(self._rows(short, moves, texts))
        if not self.headers:
            return
        for spot in filter(None, self.spots.values()):
            if spot.is_touched:
                self.opened.book.touched.add(spot.key)
                self.opened.book.touched_pools.add((spot.site_id, spot.site_id, spot.product_id))
        write_headers(map(texts.header, self.headers))
        write_balances(self.opened)
        write_event(self.actor, self.opened, texts, self._event())
        write_sales(self.sales)
        finish_posting(self.actor, self.opened, self.moves)
        for request_id in self.effects:
            record_effect_applied(self.actor, request_id)

    # -- before anything is posted -----------------------------------------------------------------------------------

    def _resolved(self, plain: Mapping[int, PlainDraft]) -> tuple[dict[int, PlainMove], list[int]]:
        """Plain drafts by ids, and the places of those that have to go the long way."""
        short: dict[int, PlainMove] = {}
        long: list[int] = []
        for place, draft in plain.items():
            move = plain_move(self.opened, draft, self.spots)
            if move is None:
                long.append(place)
            else:
                short[place] = move
        self._see_latest(short, long)
        return short, long

    def _see_latest(self, short: dict[int, PlainMove], long: list[int]) -> None:
        """Plain commands that are backdated, to what is stored or to others here, go the long way too."""
        for move in short.values():
            at = move.draft.at
            for spot, _quantity, _cost, _price in move.lines:
                if spot.latest is None or at > spot.latest:
                    spot.latest = at
        later = max((draft.occurred_at or self.now for draft in self._others(short)), default=None)
        for place in [place for place, move in short.items() if move.is_command]:
            at = short[place].draft.at
            if (later is not None and later > at) or any(
                (spot.latest is not None and spot.latest > at)
                or (spot.held.last_occurred_at is not None and spot.held.last_occurred_at > at)
                for spot, _quantity, _cost, _price in short[place].lines
            ):
                del short[place]
                long.append(place)

    def _others(self, short: Mapping[int, PlainMove]) -> Iterator[MovementDraft]:
        return (draft for place, draft in self.asked.items() if draft is not None and place not in short)

    def _latest(self) -> dict[tuple[int, int, str, str, int], datetime]:
        return {spot.key: spot.latest for spot in self.spots.values() if spot and spot.latest is not None}

    def _move(self, place: int) -> Move | None:
        draft = self.asked[place]
        assert draft is not None
        move, faults = resolve_ids(draft, self.opened, self.now)
        if move is None:
            self.refused[place] = as_asked(faults, draft)
        return move

    # -- posting -----------------------------------------------------------------------------------------------------

    def _rows(
        self, short: Mapping[int, PlainMove], moves: Mapping[int, Move], texts: RowTexts
    ) -> Iterator[str]:
        """The entries, movement by movement. What may ask the database is posted before the first row is sent."""
        last = max((place for place, move in moves.items() if self._may_ask(place, move)), default=-1)
        load_spares(short.values(), self.opened.book, are_all_average=not moves and not self.opened.valued)
        self._budget = MOST_ENTRIES * sum(len(move.lines) for move in moves.values())
        draw_numbers(texts.numbers, self._budget + most_entries(short.values()))
        places = sorted([*short, *moves])

        def rows(place: int) -> str:
            move = short.get(place)
            return self._long(place, moves[place], texts) if move is None else self._plain(place, move, texts)

        ahead = [rows(place) for place in places if place <= last]
        return chain(ahead, (rows(place) for place in places if place > last))

    def _may_ask(self, place: int, move: Move) -> bool:
        """Whether deciding or posting the move may ask the database: policy, lots, exchange rates, names of bundles."""
        book = self.opened.book
        ends = {end for line in move.lines for end in (line.from_id, line.to_id)} | {move.destination_id or 0}
        currencies = {book.currencies[end] for end in ends if end > 0}
        draft = self.asked[place]
        return (
            move.kind in APPROVED_KINDS
            or len(currencies) > 1
            or any(takes_any_lot(line, book.products.get(line.product_id)) for line in move.lines)
            or (draft is not None and any(line.bundle is not None for line in draft.lines))
        )

    def _plain(self, place: int, move: PlainMove, texts: RowTexts) -> str:
        draft = self.asked[place]
        assert draft is not None
        if move.is_command and (shorts := plain_shorts(move)):
            self.refused[place] = as_asked(short_faults(shorts, draft), draft)
            return ""
        movement_id = self.ids[place]
        rows = plain_rows(move, movement_id, texts, self.opened.book)
        by = self.actor.id if self.actor.kind == "user" else None
        at = move.draft.at
        self.headers.append(
            Header(movement_id, draft.reference, draft.kind, at, draft.reason, draft.source, by)
        )
        self.kinds[draft.kind] += 1
        self.sites.add(move.lines[0][0].site_id)
        if draft.kind in PRICED_KINDS:
            self._sell(move, movement_id, draft)
        return rows

    def _sell(self, move: PlainMove, movement_id: int, draft: MovementDraft) -> None:
        sign = "-" if move.draft.comes else ""
        channel = copy_field(self.opened.sites[move.draft.site].channel_id)
        reference = copy_text(draft.reference)
        head = f"{move.lines[0][0].site_id}\t{channel}\t"
        tail = (
            f"\t{move.lines[0][0].currency}\t{move.draft.at.isoformat()}\t{reference}\t{movement_id}\t\\N\n"
        )
        self.sales += [
            f"{head}{spot.product_id}\t{sign}{quantity}\t{price}{tail}"
            for spot, quantity, _cost, price in move.lines
            if price is not None
        ]

    def _long(self, place: int, resolved: Move, texts: RowTexts) -> str:
        draft = self.asked[place]
        assert draft is not None
        book = self.opened.book
        move, faults = choose_lots(book, resolved, draft)
        if move is not None and not faults:
            faults = short_faults(book.shorts(move), draft)
        try:
            if move is not None and not faults:
                book.check_rates(move)
        except Faults as refused:
            self.refused[place] = refused.faults
            return ""
        if move is None or faults:
            self.refused[place] = as_asked(faults, draft)
            return ""
        posting = self._posting(self.ids[place], draft, move)
        self._draw_for(len(posting.entries), texts)
        self.headers.append(header_of(self.actor, posting))
        self.kinds[draft.kind] += 1
        self.sites.update(site_ids_of(move))
        self.sales += [sale_text(row, copy_text(row.reference)) for row in sale_rows(self.opened, posting)]
        if posting.entries:
            self.moves.append((posting.id, move))
        return "".join([texts.entry(posting.id, move.occurred_at, entry) for entry in posting.entries])

    def _draw_for(self, count: int, texts: RowTexts) -> None:
        """Lines over several lots have more entries than were drawn for."""
        if count > self._budget:
            draw_numbers(texts.numbers, count - self._budget + 1_000)
            self._budget = count + 1_000
        self._budget -= count

    def _posting(self, movement_id: int, draft: MovementDraft, move: Move) -> Posting:
        state = "posted"
        if move.kind in APPROVED_KINDS:
            request = ask_approval(self.actor, self.opened, movement_id, draft, move)
            if request.state == ApprovalRequest.State.APPROVED:
                self.effects.append(request.pk)
            else:
                state = "pending"
        is_posted = state == "posted"
        return Posting(
            id=movement_id,
            reference=draft.reference,
            move=move,
            entries=self.opened.book.post(move, movement_id) if is_posted else (),
            reason=draft.reason,
            source=draft.source,
            state=state,
            draft=kept_draft(draft) if is_posted else draft_json(draft),
            also_sold=bundle_sales(self.opened, movement_id, draft, move) if is_posted else (),
        )

    def _event(self) -> Event:
        return Event(
            kind="movements.posted",
            subject=f"movement_batch:{self.opened.event_id}",
            after={
                "movements": len(self.headers),
                "first_id": self.headers[0].id,
                "last_id": self.headers[-1].id,
                "kinds": dict(sorted(self.kinds.items())),
            },
            site_ids=sorted(self.sites),
        )
