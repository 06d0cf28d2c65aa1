"""Lots for lines that name none and bring goods of a product with lots to a site: chosen before anything is locked.

The rows such a line writes into depend on its lots, so they are read beforehand, by first expiry; who was faster makes
the posting a refusal, as anywhere. Lines that only take from a site have their lots chosen under the locks.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.locations import VIRTUAL_IDS
from inventory.rules.lots import lots_to_take
from inventory.rules.states import AVAILABLE
from lib import clock

Pair = tuple[str, str]
Lots = list[tuple[str, date | None, Decimal]]

_AT_SITES = """
SELECT p.sku, s.code, b.lot, t.expires_on, b.on_hand - b.reserved, (%s AT TIME ZONE s.timezone)::date
FROM unnest(%s::text[], %s::text[]) AS k (sku, code)
JOIN catalog_product p ON p.sku = k.sku AND p.tracks_lots
JOIN catalog_site s ON s.code = k.code
JOIN inventory_balance b ON b.product_id = p.id AND b.site_id = s.id AND b.state = 'available' AND b.owner_id = 0
    AND b.lot <> '' AND b.on_hand > b.reserved
LEFT JOIN inventory_lot t ON t.product_id = p.id AND t.code = b.lot
"""

_ON_THE_WAY = """
SELECT p.sku, s.code, e.lot, max(t.expires_on), sum(e.quantity), NULL
FROM unnest(%s::text[], %s::text[]) AS k (sku, code)
JOIN catalog_product p ON p.sku = k.sku AND p.tracks_lots
JOIN catalog_site s ON s.code = k.code
JOIN inventory_entry e ON e.product_id = p.id AND e.location_id = -4 AND e.destination_id = s.id
LEFT JOIN inventory_lot t ON t.product_id = p.id AND t.code = e.lot
WHERE e.lot <> '' GROUP BY 1, 2, 3 HAVING sum(e.quantity) > 0
"""


def with_lots(drafts: Sequence[MovementDraft]) -> list[MovementDraft]:
    """The drafts with lots named where goods come to a site from another one or from transit; added lines come last.

    In the order given: what one takes is not there for the next.

    At most 1 query for each of the two, none where nothing like that is asked.
    """
    sites = {_giver(draft, line) for draft in drafts for line in draft.lines if _is_between_sites(line)}
    ways = {_giver(draft, line) for draft in drafts for line in draft.lines if _is_from_transit(line)}
    if not sites and not ways:
        return list(drafts)
    at_sites = _read(_AT_SITES, sites, [clock.now()]) if sites else {}
    on_the_way = _read(_ON_THE_WAY, ways, []) if ways else {}
    if not at_sites and not on_the_way:
        return list(drafts)
    return [_chosen(draft, at_sites, on_the_way) for draft in drafts]


def _is_open(line: LineDraft) -> bool:
    return not line.lot and not line.owner and line.to_code not in VIRTUAL_IDS


def _is_between_sites(line: LineDraft) -> bool:
    return _is_open(line) and line.from_code not in VIRTUAL_IDS and line.from_state == AVAILABLE


def _is_from_transit(line: LineDraft) -> bool:
    return _is_open(line) and line.from_code == "transit"


def _giver(draft: MovementDraft, line: LineDraft) -> Pair:
    if line.from_code == "transit":
        return line.sku, draft.destination or line.to_code
    return line.sku, line.from_code


def _read(statement: str, pairs: set[Pair], values: list[Any]) -> dict[Pair, list[tuple]]:
    found: dict[Pair, list[tuple]] = defaultdict(list)
    columns = [list(column) for column in zip(*sorted(pairs), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *columns])
        for sku, code, *rest in cursor.fetchall():
            found[sku, code].append(tuple(rest))
    return found


def _take(rows: list[tuple], taken: dict[str, Decimal]) -> None:
    """Leave for the lines that follow what this one does not take."""
    rows[:] = [(lot, on, free - taken.get(lot, Decimal(0)), today) for lot, on, free, today in rows]


def _chosen(
    draft: MovementDraft, at_sites: dict[Pair, list[tuple]], on_the_way: dict[Pair, list[tuple]]
) -> MovementDraft:
    first: list[LineDraft] = []
    added: list[LineDraft] = []
    for line in draft.lines:
        held = on_the_way if _is_from_transit(line) else at_sites if _is_between_sites(line) else {}
        rows = held.get(_giver(draft, line), [])
        may_be_old = line.from_code == line.to_code or line.to_state != AVAILABLE
        usable: Lots = [
            (lot, expires_on, free)
            for lot, expires_on, free, today in rows
            if may_be_old or today is None or expires_on is None or expires_on >= today
        ]
        parts = lots_to_take(usable, line.quantity) if usable and line.quantity > 0 else []
        if parts and not parts[-1][0] and not _is_from_transit(line):
            parts = []
        _take(rows, dict(parts))
        pieces = [
            replace(line, lot=lot, quantity=quantity, is_assumed=bool(lot)) for lot, quantity in parts
        ] or [line]
        first.append(pieces[0])
        added += pieces[1:]
    return replace(draft, lines=(*first, *added))
