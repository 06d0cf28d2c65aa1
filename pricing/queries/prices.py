"""The rows of price lists, as valid and as known at any time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.queries.products import plain
from lib import clock
from pricing.queries.price_changes import money_text


@dataclass(frozen=True)
class PriceFilter:
    """Which rows: by list and product (codes, "" = any), valid at `at`, as known at `known_at` (None = now)."""

    price_list: str = ""
    sku: str = ""
    at: datetime | None = None
    known_at: datetime | None = None


def prices_at(
    wanted: PriceFilter, *, after: int = 0, before: int | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Rows as the contract gives them, in order of id, from the one behind `after` (or, backwards, before `before`).

    1 query. A cell of the grid, an export and a page of REST read the same.
    """
    at = wanted.at or clock.now()
    conditions = ["p.valid @> %(at)s::timestamptz"]
    conditions.append(
        "upper_inf(p.known)" if wanted.known_at is None else "p.known @> %(known_at)s::timestamptz"
    )
    if wanted.price_list:
        conditions.append("l.code = %(price_list)s")
    if wanted.sku:
        conditions.append("s.sku = %(sku)s")
    conditions.append("p.id > %(after)s" if before is None else "p.id < %(before)s")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, l.code, s.sku, p.min_quantity, p.amount, p.currency, lower(p.valid), upper(p.valid),"
            " p.known_from, p.price_change_id FROM pricing_price p"
            " JOIN pricing_pricelist l ON l.id = p.price_list_id JOIN catalog_product s ON s.id = p.product_id"
            f" WHERE {' AND '.join(conditions)} ORDER BY p.id {'ASC' if before is None else 'DESC'} LIMIT %(limit)s",
            {
                "at": at,
                "known_at": wanted.known_at,
                "price_list": wanted.price_list,
                "sku": wanted.sku,
                "after": after,
                "before": before,
                "limit": limit,
            },
        )
        rows = cursor.fetchall()
    found = [_row(row) for row in rows]
    return found if before is None else found[::-1]


def _row(row: tuple[Any, ...]) -> dict[str, Any]:
    pk, code, sku, minimum, amount, currency, begins, ends, known_from, change_id = row
    return {
        "id": pk,
        "price_list": code,
        "sku": sku,
        "min_quantity": plain(minimum),
        "amount": money_text(amount, currency),
        "currency": currency,
        "valid_from": begins.isoformat(),
        "valid_until": ends.isoformat() if ends else None,
        "recorded_at": known_from.isoformat(),
        "price_change": change_id,
    }
