"""Lines of a count: what people found, each at its own moment, kept once however often a phone sends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from inventory.access import access_count
from inventory.actions.counts import State, record_step
from inventory.actions.movements import check_right
from inventory.models import Count, CountItem, CountScan
from inventory.queries.count_codes import Named, products_named
from inventory.queries.documents import plain
from inventory.rules import counts as rules
from inventory.rules.states import AVAILABLE, STATES
from inventory.sql import counting as sql
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, refuse
from lib.quantities import quantity_fault

MAX_LOT = 64
OPEN = (State.PLANNED, State.COUNTING, State.RECOUNT)
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Found:
    """A line of a phone: what `code` names (SKU, barcode, a pack's barcode) was found, so many of them, at a place.

    line_id: made by the phone. scanned_at: by the phone's clock. way: typed, scanner or camera.
    """

    line_id: UUID
    code: str
    quantity: Decimal
    scanned_at: datetime
    zone: str = ""
    bin: str = ""
    lot: str = ""
    state: str = AVAILABLE
    way: str = CountScan.Way.TYPED


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of a line: kept, known (sent before, nothing done again), or refused with a code and a sentence."""

    line_id: UUID
    outcome: str
    code: str = ""
    detail: str = ""


@transaction.atomic
def keep_lines(
    *, actor: Actor, count_id: int, sent_at: datetime | None, lines: Sequence[Found]
) -> list[Kept]:
    """Keep what was counted. A line that cannot be kept is refused alone, with its reason; the others stand.

    sent_at: the phone's clock as it sent them, which tells how far that clock is off; None: it is right.
    The first line begins a planned count. A product that the count did not name is taken in as unexpected.
    Raises Faults 403; 404; 409 `wrong_state`; 422 `no_lines`, `too_many_lines`, `clock_skew`.
    Codes of refused lines: `unknown_product`, `invalid_quantity`, `invalid_place`, `invalid_state`, `in_future`,
    `too_old`, `same_counter`, `not_in_recount`, `before_recount`, `counted_elsewhere`, `line_reused`.
    Locks: the count against being submitted, its items by id. Records: count.scanned. Allowed: counts.count, in scope.
    """
    check_right(actor, "counts.count")
    access_count(actor, count_id)
    if not lines or len(lines) > rules.MAX_SCANS:
        code = "too_many_lines" if lines else "no_lines"
        raise refuse(code, f"From 1 to {rules.MAX_SCANS} lines at a time.", pointer="/lines")
    now = clock.now()
    skew = rules.skew_of(sent_at, now) if sent_at else timedelta(0)
    if abs(skew) > rules.MAX_SKEW:
        detail = f"The phone's clock is off by {int(abs(skew).total_seconds() // 60)} minutes; set it and send again."
        raise refuse("clock_skew", detail, pointer="/sent_at")
    count = _held(count_id)
    return _Keeping(actor, count, now, skew).keep(lines)


def _held(count_id: int) -> Count:
    """The count, begun, and held against a change of state until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_count SET state = 'counting', started_at = now() WHERE id = %s AND state = 'planned'",
            [count_id],
        )
        cursor.execute("SELECT FROM inventory_count WHERE id = %s FOR SHARE", [count_id])
    count = Count.objects.select_related("site").get(pk=count_id)
    if count.state not in OPEN:
        raise refuse("wrong_state", f"The count is {count.state}; nothing more is counted.", status=409)
    return count


class _Keeping:
    """One batch of lines being kept."""

    def __init__(self, actor: Actor, count: Count, now: datetime, skew: timedelta) -> None:
        self.actor, self.count, self.now, self.skew = actor, count, now, skew

    def keep(self, lines: Sequence[Found]) -> list[Kept]:
        named = products_named({line.code for line in lines}, self.count.site)
        items = self._items([named[line.code] for line in lines if line.code in named])
        stored = {
            scan.line_id: scan
            for scan in CountScan.objects.filter(line_id__in=[line.line_id for line in lines])
        }
        earlier = self._earlier_counters(items)
        kept: list[Kept] = []
        new: dict[UUID, CountScan] = {}
        for line in lines:
            same = stored.get(line.line_id) or new.get(line.line_id)
            product = named.get(line.code)
            fault = self._fault(line, product, items, earlier)
            if same is not None:
                kept.append(self._known(line, same, product, items))
            elif fault is not None:
                kept.append(Kept(line.line_id, "refused", fault.code, fault.detail))
            elif product is not None:
                new[line.line_id] = self._scan(line, product, items[product.product_id])
                kept.append(Kept(line.line_id, "kept"))
        self._write(list(new.values()))
        return kept

    def _items(self, named: Sequence[Named]) -> dict[int, CountItem]:
        """Product → its item, locked; products that the count did not name are taken in, unless counted elsewhere."""
        ids = sorted({one.product_id for one in named})
        self._take_in(ids)
        found = CountItem.objects.select_for_update().filter(count=self.count, product__in=ids).order_by("pk")
        return {item.product_id: item for item in found}

    def _take_in(self, ids: Sequence[int]) -> None:
        if self.count.state == State.RECOUNT:
            return
        known = set(
            CountItem.objects.filter(count=self.count, product__in=ids).values_list("product_id", flat=True)
        )
        for product_id in ids:
            if product_id not in known:
                try:
                    with transaction.atomic():
                        CountItem.objects.create(
                            count=self.count,
                            site_id=self.count.site_id,
                            product_id=product_id,
                            is_unexpected=True,
                        )
                except IntegrityError:
                    continue

    def _earlier_counters(self, items: dict[int, CountItem]) -> set[int]:
        """Items in recount that this person counted in an earlier round."""
        again = {item.pk: item.round for item in items.values() if item.round > 1}
        if not again or self.actor.kind != "user":
            return set()
        mine = CountScan.objects.filter(item__in=list(again), counted_by_id=self.actor.id)
        return {item for item, round_ in mine.values_list("item_id", "round") if round_ < again[item]}

    def _fault(
        self, line: Found, product: Named | None, items: dict[int, CountItem], earlier: set[int]
    ) -> Fault | None:
        if product is None:
            return Fault(
                "code", "unknown_product", f"No product has the code {line.code[:40]!r}; put it aside."
            )
        if quantity_fault(line.quantity * product.factor) or line.quantity < 0:
            return Fault("quantity", "invalid_quantity", "A count is zero or more, with up to 6 decimals.")
        if max(len(line.zone), len(line.bin)) > rules.MAX_PLACE or len(line.lot) > MAX_LOT:
            return Fault("zone", "invalid_place", "Zone and bin have up to 32 characters, a lot up to 64.")
        if line.state not in STATES:
            return Fault("state", "invalid_state", f"The states are {', '.join(STATES)}.")
        at = self._moment(line)
        if at > self.now + rules.LATENCY:
            return Fault("scanned_at", "in_future", "The line is dated after it was sent.")
        if at < max(self.now - rules.MAX_KEPT, self.count.created_at - rules.LATENCY):
            return Fault("scanned_at", "too_old", "The line is older than the count or than seven days.")
        item = items.get(product.product_id)
        if item is None and self.count.state == State.RECOUNT:
            return Fault("code", "not_in_recount", f"{product.sku} is not to be counted again.")
        if item is None:
            return Fault("code", "counted_elsewhere", f"{product.sku} is being counted in another count.")
        return self._recount_fault(product, item, at, earlier)

    def _recount_fault(
        self, product: Named, item: CountItem, at: datetime, earlier: set[int]
    ) -> Fault | None:
        if self.count.state != State.RECOUNT:
            return None
        if item.round == 1 or item.state not in (CountItem.State.OPEN, CountItem.State.COUNTED):
            return Fault("code", "not_in_recount", f"{product.sku} is not to be counted again.")
        if item.pk in earlier:
            return Fault(
                "code", "same_counter", f"{product.sku} is counted again by somebody else than before."
            )
        if self.count.compared_at is not None and at < self.count.compared_at:
            return Fault(
                "scanned_at", "before_recount", f"{product.sku} was counted before the recount began."
            )
        return None

    def _moment(self, line: Found) -> datetime:
        """When it was counted, on our clock."""
        try:
            return line.scanned_at + self.skew
        except OverflowError:
            return line.scanned_at

    def _scan(self, line: Found, product: Named, item: CountItem) -> CountScan:
        return CountScan(
            count=self.count,
            item=item,
            line_id=line.line_id,
            round=item.round,
            zone=line.zone.strip(),
            bin=line.bin.strip() if line.zone.strip() else "",
            lot=line.lot or product.lot,
            state=line.state,
            quantity=line.quantity * product.factor,
            way=line.way,
            scanned_at=min(self._moment(line), self.now),
            phone_at=line.scanned_at,
            skew_s=round(self.skew.total_seconds()),
            counted_by_id=self.actor.id if self.actor.kind == "user" else None,
            counted_by_name=self.actor.name,
        )

    def _known(
        self, line: Found, stored: CountScan, product: Named | None, items: dict[int, CountItem]
    ) -> Kept:
        """A line that was kept before, unless something else was sent under its id."""
        item = items.get(product.product_id) if product else None
        is_same = (
            product is not None
            and item is not None
            and stored.item_id == item.pk
            and stored.quantity == line.quantity * product.factor
            and (stored.zone, stored.lot, stored.state)
            == (line.zone.strip(), line.lot or product.lot, line.state)
        )
        if is_same:
            return Kept(line.line_id, "known")
        return Kept(line.line_id, "refused", "line_reused", "Another line was kept under this id.")

    def _write(self, scans: Sequence[CountScan]) -> None:
        if not scans:
            return
        CountScan.objects.bulk_create(scans)
        with connection.cursor() as cursor:
            cursor.execute(sql.MARK_COUNTED, {"items": sorted({scan.item_id for scan in scans})})
        shown = [
            {"item": scan.item.product_id, "zone": scan.zone, "quantity": plain(scan.quantity)}
            for scan in scans
        ]
        after: dict[str, object] = {"lines": len(scans), "shown": shown[:SHOWN]}
        record_step(self.actor, self.count, "scanned", after=after)
