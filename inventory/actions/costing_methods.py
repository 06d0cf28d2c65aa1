"""By which method a category's stock is valued, and what its standards are; stock on hand follows by entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction

from audit.actions import Event, next_event_id, record
from catalog.actions.categories import set_costing_method
from catalog.models import Category
from catalog.queries import products_by_sku
from inventory.actions.movements import check_right
from inventory.actions.valuing import Place, open_valuation, post_valuation
from inventory.models import StandardCost
from inventory.queries.documents import plain
from inventory.rules.drafts import cost_fault
from inventory.rules.valuation import ZERO
from inventory.sql import layering as sql
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

RIGHT = "costs.edit"
CHUNK = 2_000
MAX_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard cost to set. valid_from: None for now."""

    sku: str
    currency: str
    amount: Decimal
    valid_from: datetime | None = None


@transaction.atomic
def change_costing_method(
    *, actor: Actor, category: str, method: str, reason: str, revalue: bool = False
) -> Category:
    """Value a category's stock by another method from now on; "" takes the parent's.

    Where stock is on hand `revalue` must be said: it is taken over at this moment, by entries of one movement a chunk. To
    layers its value goes into one layer each, from layers to the average it stays what it is, to a standard the
    difference goes to adjustment.
    Raises Faults 403; 422 `unknown_category`, `invalid_method`, `reason_required`; 409 `stock_on_hand`.
    Locks: the category, then balances. Records: costing_method.changed, stock.aligned. Allowed: costs.edit.
    """
    check_right(actor, RIGHT)
    if not reason.strip():
        raise refuse("reason_required", "Say why the method changes.", pointer="/reason")
    before, changed = set_costing_method(path=category, method=method)
    pairs = _pairs(sql.PAIRS_OF_CATEGORIES, [changed])
    if pairs and not revalue:
        detail = f"{len(pairs)} pairs of site and product have stock; it would be taken over at this moment. Say so to do it."
        raise refuse("stock_on_hand", detail, pointer="/revalue", status=409)
    after = Category.objects.get(pk=before.pk)
    record(
        actor=actor,
        kind="costing_method.changed",
        subject=f"category:{category}"[:120],
        reason=reason,
        before={"own": before.own_costing_method, "method": before.costing_method},
        after={
            "own": method,
            "method": after.costing_method,
            "categories": len(changed),
            "pairs": len(pairs),
        },
    )
    _align(actor, pairs, reason)
    return after


@transaction.atomic
def set_standard_costs(*, actor: Actor, rows: Sequence[Standard], reason: str) -> int:
    """Keep standard costs; of those valid now, stock on hand is revalued at once, of others when their moment comes.

    Raises Faults 403; 422 with every fault: `reason_required`, `no_lines`, `too_many_lines`, `unknown_sku`, `invalid_amount`,
    `invalid_currency`, `in_past`, `naive_time`; 409 `already_set`.
    Locks: balances. Records: standard_costs.set, stock.aligned. Allowed: costs.edit.
    """
    check_right(actor, RIGHT)
    now = clock.now()
    _check(rows, reason, now)
    products = products_by_sku([row.sku for row in rows])
    event_id = next_event_id()
    try:
        with transaction.atomic():
            StandardCost.objects.bulk_create(
                StandardCost(
                    product=products[row.sku],
                    currency=row.currency,
                    amount=row.amount,
                    valid_from=row.valid_from or now,
                    reason=reason.strip(),
                    event_id=event_id,
                )
                for row in rows
            )
    except IntegrityError as error:
        raise refuse(
            "already_set", "One of them has a standard from that moment already.", status=409
        ) from error
    record(
        actor=actor,
        kind="standard_costs.set",
        subject=f"standard_costs:{event_id}",
        reason=reason,
        event_id=event_id,
        after={
            "count": len(rows),
            "rows": [{"sku": r.sku, "currency": r.currency, "amount": plain(r.amount)} for r in rows[:50]],
        },
    )
    _align(actor, _pairs(sql.PAIRS_OFF_STANDARD, [now]), reason)
    return len(rows)


def _check(rows: Sequence[Standard], reason: str, now: datetime) -> None:
    faults = []
    if not reason.strip():
        faults.append(Fault("/reason", "reason_required", "Say why the standard changes."))
    if not rows:
        faults.append(Fault("/rows", "no_lines", "Say which standards."))
    if len(rows) > MAX_ROWS:
        faults.append(Fault("/rows", "too_many_lines", f"At most {MAX_ROWS} at a time."))
    known = products_by_sku([row.sku for row in rows])
    for number, row in enumerate(rows):
        at = f"/rows/{number}"
        if row.sku not in known:
            faults.append(Fault(f"{at}/sku", "unknown_sku", f"There is no product {row.sku!r}."))
        wrong = cost_fault(row.amount) or ("zero" if not row.amount else "")
        if wrong:
            faults.append(Fault(f"{at}/amount", "invalid_amount", f"The amount is {wrong}."))
        if len(row.currency) != 3 or not row.currency.isupper():
            faults.append(Fault(f"{at}/currency", "invalid_currency", "A currency has three letters."))
        if row.valid_from is not None and row.valid_from.tzinfo is None:
            faults.append(Fault(f"{at}/valid_from", "naive_time", "A time needs an offset."))
        elif row.valid_from is not None and row.valid_from < now:
            detail = "Nothing is valued anew in the past; a standard is valid from now or later."
            faults.append(Fault(f"{at}/valid_from", "in_past", detail))
    if faults:
        raise Faults(faults)


@transaction.atomic
def align_due(*, actor: Actor) -> int:
    """Revalue what is not at its standard because one became valid; answers how many pairs. Allowed: the loop."""
    pairs = _pairs(sql.PAIRS_OFF_STANDARD, [clock.now()])
    _align(actor, pairs, "a standard cost became valid")
    return len(pairs)


def _pairs(statement: str, values: list[Any]) -> list[tuple[str, str]]:
    """(site, SKU) in the order in which balances are locked."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()  # type: ignore[no-any-return]


def _align(actor: Actor, pairs: Sequence[tuple[str, str]], reason: str) -> None:
    for start in range(0, len(pairs), CHUNK):
        places = [Place(site, sku) for site, sku in pairs[start : start + CHUNK]]
        reference = f"ALIGN-{clock.now():%Y%m%d-%H%M}"
        valuing = open_valuation(actor, places, None, reference)
        changed = [valuing.opened.book.align(line, valuing.move, valuing.entries) for line in valuing.lines]
        event = Event(
            kind="stock.aligned",
            subject=f"movement:{valuing.movement_id}",
            reason=reason,
            after={
                "pairs": len(places),
                "changed": sum(1 for amount in changed if amount),
                "total": plain(sum(changed, ZERO)),
            },
            site_ids=sorted({line.to_id for line in valuing.lines}),
        )
        post_valuation(actor, valuing, reason, lambda _number, told=event: told, reference)  # type: ignore[misc]
