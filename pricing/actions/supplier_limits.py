"""What suppliers demand or recommend of our prices: stored row by row, never edited."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from audit.actions import record
from catalog.models import Product
from catalog.rules.fields import Wrong
from catalog.rules.iso import CURRENCIES
from lib.actors import Actor
from lib.faults import Fault, Faults
from pricing import access
from pricing.models import SupplierLimit
from pricing.queries.supplier_limits import Asked, limits_on
from pricing.rules.amounts import read_amount

UNKNOWN_SKU = gettext_noop("There is no product of this SKU.")
UNKNOWN_KIND = gettext_noop("The kind is map or msrp.")
UNKNOWN_CURRENCY = gettext_noop("There is no such currency.")
NOT_POSITIVE = gettext_noop("The amount must be above zero; none at all ends the limit.")
NOT_A_DATE = gettext_noop("Give the day as YYYY-MM-DD.")
SOURCE = gettext_noop("Name the source in 1 to 300 characters.")
TWICE = gettext_noop("Another row says something else for the same product, kind, currency and day.")
SHOWN = 50


@transaction.atomic
def save_supplier_limits(*, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> int:
    """Store what suppliers say from a day on, all rows or none; returns how many said something new.

    row: sku, kind (map, msrp), currency, amount (tax included; None or "" ends it), valid_from (YYYY-MM-DD), source. A
    row that says what already holds on its day, with the same source, is not stored again.
    Raises Faults 403 not_allowed, 422 with every fault of every row: unknown_sku, unknown_kind, unknown_currency,
    not_positive, not_a_date, bad_source, said_twice and those of amounts.
    Locks: the limits, one writer at a time. Records: supplier_limits.saved. Allowed: guardrails.manage.
    """
    access.require_right(actor, "guardrails.manage")
    products = {
        one.sku: one for one in Product.objects.filter(sku__in={_text(row.get("sku")) for row in rows})
    }
    faults: list[Fault] = []
    read: dict[Asked, SupplierLimit] = {}
    for index, row in enumerate(rows):
        one = _read(row, index, products, faults)
        if one is None:
            continue
        said = read.setdefault(_asked(one), one)
        if (said.amount, said.source) != (one.amount, one.source):
            faults.append(Fault(f"/rows/{index}", "said_twice", TWICE))
    if faults:
        raise Faults(faults)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4731)")
    known = limits_on(read)
    new = [one for key, one in read.items() if known.get(key) != (one.amount, one.source)]
    for one in new:
        one.created_by_name = actor.name
    SupplierLimit.objects.bulk_create(new, batch_size=1000)
    if new:
        told = [
            f"{one.product.sku} {one.kind} {one.currency} {_told(one.amount)} {one.valid_from.isoformat()}"
            for one in new[:SHOWN]
        ]
        record(
            actor=actor,
            kind="supplier_limits.saved",
            subject="supplier_limits",
            after={"new": len(new), "rows": told},
        )
    return len(new)


def _asked(one: SupplierLimit) -> Asked:
    return (one.product_id, one.kind, one.currency, one.valid_from)


def _text(raw: Any) -> str:
    return str(raw or "").replace("\x00", "").strip()


def _told(amount: Decimal | None) -> str:
    return "-" if amount is None else format(amount.normalize(), "f")


def _read(
    row: Mapping[str, Any], index: int, products: Mapping[str, Product], faults: list[Fault]
) -> SupplierLimit | None:
    """The row, or None with its faults added."""
    before = len(faults)
    product = products.get(_text(row.get("sku")))
    kind, currency, source = (_text(row.get(name)) for name in ("kind", "currency", "source"))
    wrong = [
        ("sku", product is not None, "unknown_sku", UNKNOWN_SKU),
        ("kind", kind in SupplierLimit.Kind.values, "unknown_kind", UNKNOWN_KIND),
        ("currency", currency in CURRENCIES, "unknown_currency", UNKNOWN_CURRENCY),
        ("source", 1 <= len(source) <= 300, "bad_source", SOURCE),
    ]
    faults += [Fault(f"/rows/{index}/{name}", code, say) for name, is_good, code, say in wrong if not is_good]
    amount: Decimal | None = None
    if currency in CURRENCIES and row.get("amount") not in (None, ""):
        try:
            amount = read_amount(row["amount"], currency)
        except Wrong as problem:
            faults.append(Fault(f"/rows/{index}/amount", problem.code, f"amount {problem.detail}"))
        else:
            if amount <= 0:
                faults.append(Fault(f"/rows/{index}/amount", "not_positive", NOT_POSITIVE))
    valid_from = _day(row.get("valid_from"), f"/rows/{index}/valid_from", faults)
    if len(faults) > before or product is None or valid_from is None:
        return None
    return SupplierLimit(
        product=product, kind=kind, currency=currency, amount=amount, valid_from=valid_from, source=source
    )


def _day(raw: Any, pointer: str, faults: list[Fault]) -> date | None:
    try:
        return date.fromisoformat(_text(raw))
    except ValueError:
        faults.append(Fault(pointer, "not_a_date", NOT_A_DATE))
        return None
