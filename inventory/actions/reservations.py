"""Promising stock: reserving, releasing, fulfilling by a movement, and letting go what expired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from audit.actions import next_event_id, record
from audit.queries import digests_of
from catalog.access import visible_site_ids_or_all
from catalog.queries import products_by_sku
from inventory.actions.books import Opened, open_book
from inventory.actions.movements import check_right, post_movement
from inventory.actions.spelling import asked_places, may_hold_bundles, without_bundles
from inventory.models import Movement, Reservation, ReservationEnd
from inventory.queries.documents import plain
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.lots import UNKNOWN, has_too_little, is_expired
from inventory.rules.posting import BalanceKey
from inventory.rules.states import AVAILABLE, OWN
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from lib.quantities import quantity_fault

RIGHT = "stock.post"
MAX_LINES = 1000
MAX_DAYS = 400
SWEEP = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line to reserve: codes, not ids. bundle, place: the bundle it is a part of and which line asked for that."""

    sku: str
    quantity: Decimal
    lot: str = ""
    bundle: str = ""
    place: int | None = None


@transaction.atomic
def reserve(
    *, actor: Actor, site_code: str, reference: str, lines: Sequence[Wanted], expires_at: datetime
) -> list[Reservation]:
    """Hold the lines at a site for `reference` until `expires_at`; all of them or none. Of a bundle its parts are held.

    Raises Faults 403; 422: `invalid_reference`, `invalid_expiry`, `no_lines`, `too_many_lines`, `invalid_quantity`,
    `unknown_site`, `unknown_sku`, `insufficient_stock` naming every line that asks for more than is available.
    Locks: periods and balances as a posting. Records: stock.reserved. Allowed: stock.post.
    """
    check_right(actor, RIGHT)
    faults = list(_shape_faults(reference, lines, expires_at))
    if faults:
        raise Faults(faults)
    parts = _taken_apart(site_code, lines)
    opened = _opened(actor, site_code, parts)
    taken = _taken(opened, site_code, parts)
    bundles = products_by_sku({line.bundle for line in parts if line.bundle})
    event_id = next_event_id()
    made = Reservation.objects.bulk_create(
        Reservation(
            site_id=key[0], product_id=key[1], lot=key[2], quantity=line.quantity, reference=reference,
            expires_at=expires_at, made_by_id=actor.id if actor.kind == "user" else None, event_id=event_id,
            bundle=bundles.get(line.bundle),
            bundle_place=line.place if line.bundle else None,
        )
        for line, key in taken
    )  # fmt: skip
    _count([(opened.book.balances[key].row_id, line.quantity) for line, key in taken])
    record(
        actor=actor,
        kind="stock.reserved",
        subject=f"reservation:{made[0].pk}",
        after={
            "reference": reference, "site": site_code, "expires_at": expires_at.isoformat(),
            "lines": [{"sku": line.sku, "quantity": plain(line.quantity), "lot": line.lot} for line in lines[:50]],
        },
        site_ids=[made[0].site_id],
        digests=digests_of(event_id, ["inventory_reservation"]),
        event_id=event_id,
    )  # fmt: skip
    return made


def _shape_faults(reference: str, lines: Sequence[Wanted], expires_at: datetime) -> list[Fault]:
    faults = []
    now = clock.now()
    if not reference.strip() or len(reference) > 64:
        faults.append(Fault("/reference", "invalid_reference", "A reference has 1 to 64 characters."))
    if not now < expires_at <= now + timedelta(days=MAX_DAYS):
        detail = f"A reservation expires later than now and within {MAX_DAYS} days."
        faults.append(Fault("/expires_at", "invalid_expiry", detail))
    if not lines:
        faults.append(Fault("/lines", "no_lines", "Say what to reserve."))
    if len(lines) > MAX_LINES:
        faults.append(Fault("/lines", "too_many_lines", f"At most {MAX_LINES} lines at a time."))
    for number, line in enumerate(lines):
        if quantity_fault(line.quantity) or line.quantity <= 0:
            detail = "The quantity is above zero, with up to 12 integer and 6 fraction digits."
            faults.append(Fault(f"/lines/{number}/quantity", "invalid_quantity", detail))
    return faults


def _taken_apart(site_code: str, lines: Sequence[Wanted]) -> list[Wanted]:
    """The lines with every bundle replaced by its parts of today, and the place of the line that asked. Raises Faults."""
    asked = tuple(LineDraft(line.sku, site_code, "customer", line.quantity, line.lot) for line in lines)
    draft = MovementDraft("reserve", "issue", asked)
    if may_hold_bundles([draft]):
        spelled = without_bundles([draft], clock.now())[0]
        if spelled.faults:
            raise Faults(list(spelled.faults))
        draft = spelled.draft
    places = asked_places(draft) or range(len(lines))
    return [
        Wanted(line.sku, line.quantity, line.lot, line.bundle.sku if line.bundle else "", place)
        for line, place in zip(draft.lines, places, strict=True)
    ]


def _opened(actor: Actor, site_code: str, lines: Sequence[Wanted]) -> Opened:
    """The site's rows, locked as for an issue of the same lines."""
    drafts = tuple(LineDraft(line.sku, site_code, "customer", line.quantity, line.lot) for line in lines)
    opened = open_book(actor, [MovementDraft("reserve", "issue", drafts)], visible_site_ids_or_all(actor), 0)
    site = opened.sites.get(site_code)
    if site is None or (opened.visible is not None and site.id not in opened.visible):
        raise refuse("unknown_site", f"There is no site {site_code!r}.", pointer="/site")
    faults = [
        Fault(f"/lines/{line.place}/sku", "unknown_sku", f"There is no product {line.sku!r}.")
        for line in lines
        if line.sku not in opened.products
    ]
    if faults:
        raise Faults(faults)
    return opened


def _taken(
    opened: Opened, site_code: str, lines: Sequence[Wanted]
) -> list[tuple[Wanted, tuple[int, int, str, str, int]]]:
    """Each line with the balance it is taken from. Raises Faults: every line that asks for too much."""
    taken, faults = [], []
    for line in lines:
        key = (opened.sites[site_code].id, opened.products[line.sku], line.lot, AVAILABLE, OWN)
        held = opened.book.balances[key]
        left = _free(opened, key)
        if line.quantity > left:
            text = f"{line.sku} at {site_code}: {plain(line.quantity)} asked, {plain(left)} available."
            faults.append(Fault(f"/lines/{line.place}/quantity", "insufficient_stock", text))
        held.reserved += line.quantity
        taken.append((line, key))
    if faults:
        raise Faults(faults)
    return taken


def _free(opened: Opened, key: BalanceKey) -> Decimal:
    """What may still be promised: of the lot named, or of all that may be sold of a product with lots."""
    held = opened.book.balances[key]
    own = held.on_hand - held.reserved
    product = opened.book.products[key[1]]
    if key[2] or not product.tracks_lots:
        return own
    day = clock.now().astimezone(ZoneInfo(opened.book.zones[key[0]])).date()
    for lot in opened.book.lots_at.get((key[0], key[1], OWN), []):
        facts = opened.book.lots.get((key[1], lot), UNKNOWN)
        if not is_expired(facts, day) and not has_too_little(facts, product, day, product.sale_life_fraction):
            row = opened.book.balances[key[0], key[1], lot, AVAILABLE, OWN]
            own += max(row.on_hand - row.reserved, Decimal(0))
    return own


def _count(changes: Sequence[tuple[int, Decimal]]) -> None:
    """Add to what is reserved of balance rows, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_balance b SET reserved = b.reserved + c.quantity FROM (SELECT id, sum(quantity) AS quantity"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS c (id, quantity) GROUP BY id) c WHERE b.id = c.id",
            [[row_id for row_id, _quantity in changes], [quantity for _row_id, quantity in changes]],
        )


@transaction.atomic
def release(*, actor: Actor, reservation_id: int, reason: str) -> ReservationEnd:
    """End a reservation because it is not wanted any more.

    Raises Faults 403; 404 `unknown_reservation` (also out of scope); 409 `already_ended`; 422 `reason_required`.
    Locks: the balance. Records: stock.released. Allowed: stock.post.
    """
    check_right(actor, RIGHT)
    if not reason.strip():
        raise refuse("reason_required", "Say why the reservation is released.", pointer="/reason")
    held = _open_ones(actor, reservation_id)
    _give_back(held)
    return _end_all(actor, held, ReservationEnd.Reason.RELEASED, reason=reason)


@transaction.atomic
def fulfil(*, actor: Actor, reservation_id: int, draft: MovementDraft) -> Movement:
    """End a reservation and post the movement that it was for, in one transaction.

    Raises as `release` and `post_movement`; then the reservation stands as it was.
    """
    check_right(actor, RIGHT)
    held = _open_ones(actor, reservation_id)
    _give_back(held)
    movement = post_movement(actor=actor, draft=draft)
    why = ReservationEnd.Reason.FULFILLED
    _end_all(actor, held, why, reason=draft.reference, movement_id=movement.pk)
    return movement


def _open_ones(actor: Actor, reservation_id: int) -> list[Reservation]:
    """The reservation, first, and the other parts of its bundle, with their balances locked. Raises Faults."""
    visible = visible_site_ids_or_all(actor)
    found = Reservation.objects.filter(pk=reservation_id).first()
    if found is None or (visible is not None and found.site_id not in visible):
        raise refuse("unknown_reservation", "There is no such reservation.", status=404)
    held = [found]
    if found.bundle_id is not None:
        parts = Reservation.objects.filter(
            event_id=found.event_id, bundle_place=found.bundle_place, bundle__isnull=False
        )
        held += parts.exclude(pk=found.pk).order_by("pk")
    _lock(held)
    if ReservationEnd.objects.filter(reservation__in=held).exists():
        raise refuse("already_ended", f"{found} has ended before.", status=409)
    return held


def _lock(reservations: Sequence[Reservation]) -> None:
    """Their balances, each lot's pair before it, as a posting locks them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM inventory_balance b JOIN (SELECT DISTINCT k.site_id, k.product_id, l.lot"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS k (site_id, product_id, lot),"
            " LATERAL (VALUES (''), (k.lot)) AS l (lot)) d USING (site_id, product_id, lot)"
            " WHERE b.state = 'available' AND b.owner_id = 0"
            " ORDER BY b.site_id, b.product_id, b.lot FOR UPDATE OF b",
            [[one.site_id for one in reservations], [one.product_id for one in reservations],
             [one.lot for one in reservations]],
        )  # fmt: skip


def _give_back(reservations: Sequence[Reservation]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_balance b SET reserved = b.reserved - r.quantity FROM (SELECT site_id, product_id, lot,"
            " sum(quantity) AS quantity FROM inventory_reservation WHERE id = ANY(%s) GROUP BY 1, 2, 3) r"
            " WHERE (b.site_id, b.product_id, b.lot) = (r.site_id, r.product_id, r.lot)"
            " AND b.state = 'available' AND b.owner_id = 0",
            [[one.pk for one in reservations]],
        )


def _end_all(
    actor: Actor, held: Sequence[Reservation], why: str, *, reason: str, movement_id: int | None = None
) -> ReservationEnd:
    """End each; the end of the first."""
    return [_end(actor, one, why, reason=reason, movement_id=movement_id) for one in held][0]


def _end(
    actor: Actor, reservation: Reservation, why: str, *, reason: str = "", movement_id: int | None = None
) -> ReservationEnd:
    event_id = next_event_id()
    end = ReservationEnd.objects.create(
        reservation=reservation, reason=why, movement_id=movement_id, event_id=event_id
    )
    record(
        actor=actor,
        kind=f"stock.{why}",
        subject=f"reservation:{reservation.pk}",
        reason=reason,
        before={"end": None},
        after={"reference": reservation.reference, "quantity": plain(reservation.quantity), "end": why},
        site_ids=[reservation.site_id],
        digests=digests_of(event_id, ["inventory_reservationend"]),
        event_id=event_id,
    )
    return end


@transaction.atomic
def expire_due(*, actor: Actor) -> int:
    """End up to 1,000 reservations whose time is over; returns how many. Safe to run twice.

    Locks: balances by (site, product, lot). Records: stock.expired for each. Allowed: the loop.
    """
    due = list(
        Reservation.objects.filter(end__isnull=True, expires_at__lte=clock.now()).order_by(
            "site_id", "product_id", "lot", "pk"
        )[:SWEEP]
    )
    if not due:
        return 0
    _lock(due)
    ended = set(ReservationEnd.objects.filter(reservation__in=due).values_list("reservation_id", flat=True))
    left = [one for one in due if one.pk not in ended]
    _give_back(left)
    for one in left:
        _end(actor, one, ReservationEnd.Reason.EXPIRED)
    return len(left)
