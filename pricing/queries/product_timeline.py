"""Every price of one product on every list over time, with the document behind each piece, and what still waits."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

MOST_PIECES = 2_000
#: Promotions stand above what they cover; then from special to general, as the access sequence asks.
ORDER = "array_position(ARRAY['promotion','site','channel','region','base']::varchar[], l.kind)"


@dataclass(frozen=True)
class Piece:
    """One price over one stretch of time on one list; `waiting` = asked for by a change that is not placed."""

    list_id: int
    list_code: str
    list_name: str
    kind: str
    is_derived: bool
    min_quantity: Decimal
    amount: Decimal | None
    currency: str
    start: datetime
    end: datetime | None
    known_from: datetime | None
    change_id: int
    state: str
    title: str
    prepared_by: str
    decided_by: str
    waiting: bool = False


def product_pieces(
    product_id: int, *, since: datetime, until: datetime, known_at: datetime | None = None
) -> list[Piece]:
    """Price rows of a product that touch the time from `since` to `until`, as known at `known_at` (None = now).

    By list in the order of the access sequence, then minimum quantity, then time; at most 2,000. 1 query.
    """
    known = "upper_inf(p.known)" if known_at is None else "p.known @> %(known_at)s::timestamptz"
    return _pieces(
        "SELECT l.id, l.code, l.name, l.kind, l.parent_id IS NOT NULL, p.min_quantity, p.amount, p.currency,"
        " lower(p.valid), upper(p.valid), p.known_from, c.id, c.state, c.title, c.prepared_by_name, c.decided_by_name"
        " FROM pricing_price p JOIN pricing_pricelist l ON l.id = p.price_list_id"
        " JOIN pricing_pricechange c ON c.id = p.price_change_id"
        f" WHERE p.product_id = %(product)s AND {known} AND p.valid && tstzrange(%(since)s, %(until)s)"
        f" ORDER BY {ORDER}, l.priority DESC, l.code, p.min_quantity, lower(p.valid) LIMIT %(most)s",
        {"product": product_id, "since": since, "until": until, "known_at": known_at, "most": MOST_PIECES},
    )


def waiting_pieces(product_id: int, now: datetime) -> list[Piece]:
    """What drafts, pending and not yet placed changes ask for, by the time it would begin. 1 query."""
    return _pieces(
        "SELECT l.id, l.code, l.name, l.kind, l.parent_id IS NOT NULL, x.min_quantity, x.amount, x.currency,"
        " coalesce(greatest(c.effective_from, x.valid_from), %(now)s), least(c.effective_until, x.valid_until), NULL,"
        " c.id, c.state, c.title, c.prepared_by_name, c.decided_by_name, true"
        " FROM pricing_pricechangeline x JOIN pricing_pricechange c ON c.id = x.change_id"
        " JOIN pricing_pricelist l ON l.id = x.price_list_id"
        " WHERE x.product_id = %(product)s AND c.placed_at IS NULL AND c.state IN ('draft', 'pending', 'approved')"
        " ORDER BY 9, l.code, x.min_quantity LIMIT 100",
        {"product": product_id, "now": now},
    )


def _pieces(sql: str, asked: dict[str, Any]) -> list[Piece]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return [Piece(*row) for row in cursor.fetchall()]
