"""The lines of a draft: read what was asked, stage it, write it in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.actions.upserts import stage
from catalog.rules.fields import Wrong
from lib.faults import Fault
from pricing.models import PriceChange
from pricing.queries.market import product_facts
from pricing.rules.amounts import read_amount, read_quantity
from pricing.rules.resolution import ListFacts

MAX_LINES = 200_000
COLUMNS = {
    "price_list_id": "bigint",
    "product_id": "bigint",
    "min_quantity": "numeric(18,6)",
    "amount": "numeric(20,6)",
    "currency": "varchar(3)",
    "place": "bigint",
}


@dataclass(frozen=True)
class LineDraft:
    """One line as asked for, unparsed: amount "12.95" (None or "" ends the price), min_quantity "1"."""

    price_list: str | None
    sku: str | None
    amount: Any
    min_quantity: Any = "1"


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line whose codes and figures are good. index is its place in what was asked."""

    index: int
    price_list: ListFacts
    product_id: int
    min_quantity: Decimal
    amount: Decimal | None


def read_lines(
    lines: Sequence[LineDraft], lists: dict[str, ListFacts], *, ends_allowed: bool = True
) -> tuple[list[ReadLine], list[Fault]]:
    """The good lines and the faults of the others, all at once; 1 query.

    Fault codes: unknown_price_list, unknown_sku, duplicate_line, and those of `rules.amounts`.
    """
    products = product_facts({line.sku for line in lines if isinstance(line.sku, str)})
    good: list[ReadLine] = []
    faults: list[Fault] = []
    seen: dict[tuple[int, int, Decimal], int] = {}
    for index, line in enumerate(lines):
        mine: list[Fault] = []
        price_list = lists.get(line.price_list) if isinstance(line.price_list, str) else None
        product = products.get(line.sku) if isinstance(line.sku, str) else None
        mine += [
            Fault(f"/lines/{index}/{name}", "required", f"{name} is needed.")
            for name in ("price_list", "sku")
            if getattr(line, name) is None
        ]
        if price_list is None and line.price_list is not None:
            mine.append(
                Fault(
                    f"/lines/{index}/price_list",
                    "unknown_price_list",
                    f"There is no price list “{line.price_list}”.",
                )
            )
        if product is None and line.sku is not None:
            mine.append(Fault(f"/lines/{index}/sku", "unknown_sku", f"There is no product “{line.sku}”."))
        currency = price_list.currency if price_list else "EUR"
        minimum, amount = _figures(line, currency, index, mine, ends_allowed)
        if price_list is not None and product is not None and minimum is not None:
            first = seen.setdefault((price_list.id, product.id, minimum), index)
            if first != index:
                mine.append(
                    Fault(
                        f"/lines/{index}",
                        "duplicate_line",
                        f"{line.sku} stands in {line.price_list} already, at line {first}.",
                    )
                )
            elif not mine:
                good.append(ReadLine(index, price_list, product.id, minimum, amount))
        faults += mine
    return good, faults


def _figures(
    line: LineDraft, currency: str, index: int, faults: list[Fault], ends_allowed: bool
) -> tuple[Decimal | None, Decimal | None]:
    minimum: Decimal | None = None
    amount: Decimal | None = None
    try:
        minimum = read_quantity(line.min_quantity)
    except Wrong as wrong:
        faults.append(Fault(f"/lines/{index}/min_quantity", wrong.code, f"min_quantity {wrong.detail}."))
    if line.amount in (None, "") and ends_allowed:
        return minimum, None
    try:
        amount = read_amount(line.amount, currency)
    except Wrong as wrong:
        faults.append(Fault(f"/lines/{index}/amount", wrong.code, f"amount {wrong.detail}."))
    return minimum, amount


def write_lines(change: PriceChange, lines: Sequence[ReadLine], now: datetime) -> None:
    """Add or overwrite lines and note the live rows they are written against; 3 statements."""
    stage(
        "pricing_stage_lines",
        COLUMNS,
        (
            (
                one.price_list.id,
                one.product_id,
                one.min_quantity,
                one.amount,
                one.price_list.currency,
                one.index,
            )
            for one in lines
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pricing_pricechangeline (change_id, position, price_list_id, product_id, min_quantity, amount,"
            " currency, base_ids) SELECT %(change)s, place + coalesce((SELECT max(position) + 1 FROM"
            " pricing_pricechangeline WHERE change_id = %(change)s), 0), price_list_id, product_id, min_quantity, amount,"
            " currency, '{}' FROM pg_temp.pricing_stage_lines ORDER BY place"
            " ON CONFLICT (change_id, price_list_id, product_id, min_quantity, valid_from)"
            " DO UPDATE SET amount = EXCLUDED.amount, old_amount = NULL, change_fraction = NULL, net_amount = NULL,"
            " unit_cost = NULL, margin_fraction = NULL RETURNING id",
            {"change": change.pk},
        )
        written = [row[0] for row in cursor.fetchall()]
    note_bases(change, now, written)


def note_bases(change: PriceChange, now: datetime, only: list[int] | None = None) -> None:
    """Note for each line (of `only`) the live rows in its window: what it is written against; 1 statement.

    The rows are looked up line by line through their index: a draft just pasted into has no statistics yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE pricing_pricechangeline l SET base_ids = b.ids FROM (
                 SELECT k.id, ARRAY(
                   SELECT p.id FROM pricing_price p
                    WHERE p.price_list_id = k.price_list_id AND p.product_id = k.product_id
                      AND p.min_quantity = k.min_quantity AND p.currency = k.currency AND upper_inf(p.known)
                      AND p.valid && tstzrange(greatest(%(now)s, %(from)s::timestamptz, k.valid_from),
                                               least(%(until)s::timestamptz, k.valid_until))
                    ORDER BY p.id) AS ids
                   FROM pricing_pricechangeline k
                  WHERE k.change_id = %(change)s{"" if only is None else " AND k.id = ANY(%(only)s)"}) b
               WHERE l.id = b.id AND l.base_ids <> b.ids""",
            {
                "change": change.pk,
                "now": now,
                "from": change.effective_from,
                "until": change.effective_until,
                "only": only,
            },
        )


def count_lines(change: PriceChange) -> int:
    """How many lines it has; 1 query."""
    return change.lines.count()
