"""Purchase orders and their confirmations, as the ordering system tells them."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from audit.actions import record
from catalog.models import Product, Site
from inventory.actions.movements import check_right
from inventory.models import PurchaseOrder, PurchaseOrderLine
from lib.actors import Actor
from lib.faults import Fault, Faults

State = PurchaseOrder.State
BATCH = 5_000
#: States a teller may name; confirmed follows from the lines.
TOLD_STATES = ("open", "closed", "cancelled")


@dataclass(frozen=True)
class OrderedLine:
    number: int
    sku: str
    quantity: Decimal
    unit_price: Decimal | None = None


@dataclass(frozen=True)
class OrderDraft:
    """One order as told: all of it, its lines take the place of those known before. currency "": the site's."""

    reference: str
    supplier: str
    site: str
    ordered_on: date
    lines: Sequence[OrderedLine]
    currency: str = ""
    expected_on: date | None = None
    state: str = "open"


@dataclass(frozen=True)
class Confirmed:
    """What the supplier will send of a line (by number, or by SKU where the order has it once), and when it arrives."""

    reference: str
    quantity: Decimal
    line: int | None = None
    sku: str = ""
    on: date | None = None


@dataclass(frozen=True)
class OrderCounts:
    created: int
    updated: int

    def as_json(self) -> dict[str, int]:
        return {"created": self.created, "updated": self.updated}


@dataclass
class _Known:
    """What the drafts refer to, by the words they use."""

    sites: dict[str, Site]
    products: dict[str, int]
    before: dict[str, PurchaseOrder] = field(default_factory=dict)


@transaction.atomic
def keep_purchase_orders(*, actor: Actor, orders: Sequence[OrderDraft], reason: str = "") -> OrderCounts:
    """Create orders, or bring those known up to what is told now; all or nothing. What a line's supplier confirmed stays
    as long as the line is of the same product.

    Raises Faults 403 `not_allowed`; 422 at "/<order>/…": `unknown_site`, `unknown_sku`, `duplicate_row`, `no_lines`,
    `unknown_state`.
    Locks: the orders, by reference. Records: purchase_orders.kept. Allowed: stock.post.
    """
    check_right(actor, "stock.post")
    known = _known(orders)
    doubled = {reference for reference, count in Counter(_references(orders)).items() if count > 1}
    faults = [
        fault for index, order in enumerate(orders) for fault in _order_faults(index, order, known, doubled)
    ]
    if faults:
        raise Faults(faults)
    locked = PurchaseOrder.objects.select_for_update(no_key=True).order_by("reference")
    known.before = {order.reference: order for order in locked.filter(reference__in=_references(orders))}
    ids = _write_heads(orders, known)
    _write_lines(orders, known, ids)
    _settle_states(ids.values())
    counts = OrderCounts(len(orders) - len(known.before), len(known.before))
    _record(actor, "purchase_orders.kept", reason, ids, counts.as_json())
    return counts


def _references(orders: Sequence[OrderDraft]) -> list[str]:
    return [order.reference for order in orders]


def _known(orders: Sequence[OrderDraft]) -> _Known:
    skus = {line.sku for order in orders for line in order.lines}
    sites = Site.objects.filter(code__in={order.site for order in orders})
    products = Product.objects.filter(sku__in=skus).values_list("sku", "pk")
    return _Known({site.code: site for site in sites}, dict(products))


def _order_faults(index: int, order: OrderDraft, known: _Known, doubled: Collection[str]) -> list[Fault]:
    faults = []
    if order.reference in doubled:
        faults.append(Fault(f"/{index}/reference", "duplicate_row", f"{order.reference} stands here twice."))
    if order.site not in known.sites:
        faults.append(Fault(f"/{index}/site", "unknown_site", f"There is no site {order.site!r}."))
    if order.state not in TOLD_STATES:
        faults.append(Fault(f"/{index}/state", "unknown_state", f"A state is {', '.join(TOLD_STATES)}."))
    if not order.lines:
        faults.append(Fault(f"/{index}/lines", "no_lines", "An order has lines."))
    numbers = set()
    for place, line in enumerate(order.lines):
        if line.sku not in known.products:
            at = f"/{index}/lines/{place}/sku"
            faults.append(Fault(at, "unknown_sku", f"There is no product {line.sku!r}."))
        if line.number in numbers:
            at = f"/{index}/lines/{place}/line"
            faults.append(Fault(at, "duplicate_row", f"Line {line.number} stands here twice."))
        numbers.add(line.number)
    return faults


def _write_heads(orders: Sequence[OrderDraft], known: _Known) -> dict[str, int]:
    rows = [
        PurchaseOrder(
            reference=order.reference,
            supplier=order.supplier,
            site=known.sites[order.site],
            currency=order.currency or known.sites[order.site].currency,
            ordered_on=order.ordered_on,
            expected_on=order.expected_on,
            state=order.state,
        )
        for order in orders
    ]
    PurchaseOrder.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["reference"],
        update_fields=["supplier", "site", "currency", "ordered_on", "expected_on", "state"],
    )
    found = PurchaseOrder.objects.filter(reference__in=_references(orders))
    return dict(found.values_list("reference", "pk"))


def _write_lines(orders: Sequence[OrderDraft], known: _Known, ids: dict[str, int]) -> None:
    """The lines told now instead of those before; a confirmation goes with its line when the product is another."""
    rows = [
        [ids[order.reference], line.number, known.products[line.sku], line.quantity, line.unit_price]
        for order in orders
        for line in order.lines
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH told AS (SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::numeric[], %s::numeric[])"
            " AS t (order_id, number, product_id, quantity, unit_price)), gone AS ("
            " DELETE FROM inventory_purchaseorderline l WHERE l.order_id = ANY(%s) AND NOT EXISTS ("
            "  SELECT 1 FROM told WHERE told.order_id = l.order_id AND told.number = l.number))"
            " INSERT INTO inventory_purchaseorderline AS l (order_id, number, product_id, quantity, unit_price)"
            " SELECT * FROM told ORDER BY order_id, number ON CONFLICT (order_id, number) DO UPDATE SET"
            " product_id = EXCLUDED.product_id, quantity = EXCLUDED.quantity, unit_price = EXCLUDED.unit_price,"
            " confirmed_quantity = CASE WHEN l.product_id = EXCLUDED.product_id THEN l.confirmed_quantity END,"
            " confirmed_on = CASE WHEN l.product_id = EXCLUDED.product_id THEN l.confirmed_on END",
            [*columns, sorted(ids.values())],
        )


def _settle_states(ids: Collection[int]) -> None:
    """An open order all of whose lines are confirmed is confirmed, one that got a new line is open again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_purchaseorder o SET state = CASE WHEN EXISTS ("
            " SELECT 1 FROM inventory_purchaseorderline l WHERE l.order_id = o.id AND l.confirmed_quantity IS NULL)"
            " THEN 'open' ELSE 'confirmed' END WHERE o.id = ANY(%s) AND o.state IN ('open', 'confirmed')",
            [sorted(ids)],
        )


@transaction.atomic
def confirm_purchase_orders(*, actor: Actor, rows: Sequence[Confirmed], reason: str = "") -> OrderCounts:
    """Note what suppliers confirmed; all or nothing. A later confirmation takes the place of an earlier one.

    Raises Faults 403 `not_allowed`; 422 at "/<row>/…": `unknown_order`, `unknown_line`, `ambiguous_line`,
    `order_ended`, `duplicate_row`.
    Locks: the orders, by reference. Records: purchase_orders.confirmed. Allowed: stock.post.
    """
    check_right(actor, "stock.post")
    locked = PurchaseOrder.objects.select_for_update(no_key=True).order_by("reference")
    orders = {
        order.reference: order for order in locked.filter(reference__in={row.reference for row in rows})
    }
    lines: dict[str, list[PurchaseOrderLine]] = {}
    found = PurchaseOrderLine.objects.filter(order__in=orders.values()).select_related("order", "product")
    for line in found.order_by("number"):
        lines.setdefault(line.order.reference, []).append(line)
    faults: list[Fault] = []
    taken: dict[int, PurchaseOrderLine] = {}
    for index, row in enumerate(rows):
        named, fault = _line_of(index, row, orders.get(row.reference), lines.get(row.reference, []))
        if named is not None and named.pk in taken:
            fault = Fault(f"/{index}/line", "duplicate_row", "This line is confirmed twice.")
        if fault is not None or named is None:
            faults += [fault] if fault else []
            continue
        named.confirmed_quantity, named.confirmed_on = row.quantity, row.on
        taken[named.pk] = named
    if faults:
        raise Faults(faults)
    PurchaseOrderLine.objects.bulk_update(
        taken.values(), ["confirmed_quantity", "confirmed_on"], batch_size=BATCH
    )
    ids = {reference: order.pk for reference, order in orders.items()}
    _settle_states(ids.values())
    _record(actor, "purchase_orders.confirmed", reason, ids, {"lines": len(taken)})
    return OrderCounts(0, len(taken))


def _line_of(
    index: int, row: Confirmed, order: PurchaseOrder | None, lines: Sequence[PurchaseOrderLine]
) -> tuple[PurchaseOrderLine | None, Fault | None]:
    if order is None:
        return None, Fault(f"/{index}/reference", "unknown_order", f"There is no order {row.reference!r}.")
    if order.state in (State.CLOSED, State.CANCELLED):
        return None, Fault(f"/{index}/reference", "order_ended", f"{row.reference} is {order.state}.")
    named = [
        line
        for line in lines
        if (row.line is None or line.number == row.line) and row.sku in ("", line.product.sku)
    ]
    if row.line is None and not row.sku:
        named = []
    if len(named) > 1:
        return None, Fault(
            f"/{index}/line", "ambiguous_line", f"{row.sku} is on several lines: name the line."
        )
    if not named:
        return None, Fault(f"/{index}/line", "unknown_line", f"{row.reference} has no such line.")
    return named[0], None


def _record(actor: Actor, kind: str, reason: str, ids: dict[str, int], after: dict[str, Any]) -> None:
    sites = PurchaseOrder.objects.filter(pk__in=ids.values()).values_list("site", flat=True).distinct()
    record(
        actor=actor,
        kind=kind,
        subject=f"purchase_order:{next(iter(ids.values()))}" if len(ids) == 1 else "purchase_orders:many",
        reason=reason,
        after={**after, "references": sorted(ids)[:50]},
        site_ids=sorted(sites),
    )
