"""Balances and entries as of any moment, by pages."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.http import Http404

from inventory.queries.documents import plain
from inventory.rules.locations import VIRTUAL_CODES, VIRTUAL_IDS
from inventory.sql import reading as sql
from lib.faults import refuse

FIRST = (-(2**62), 0, "", 0)


@dataclass(frozen=True)
class Asked:
    """Which part of the ledger: site or virtual location by code, a SKU, and the ids one may see (None: all)."""

    site: str = ""
    sku: str = ""
    visible: Collection[int] | None = None


def _location(asked: Asked) -> int | None:
    """The location's id, None when all are asked for. Raises Http404: unknown or out of scope."""
    if not asked.site:
        return None
    if asked.site in VIRTUAL_IDS:
        return VIRTUAL_IDS[asked.site]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM catalog_site WHERE code = %s", [asked.site])
        row = cursor.fetchone()
    if row is None or (asked.visible is not None and row[0] not in asked.visible):
        raise Http404(asked.site)
    return int(row[0])


def _product(asked: Asked) -> int | None:
    """The product's id; 0 for an unknown one, so that nothing is found; None when all are asked for."""
    if not asked.sku:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM catalog_product WHERE sku = %s", [asked.sku])
        row = cursor.fetchone()
    return row[0] if row else 0


def balance_page(
    asked: Asked,
    *,
    at: datetime | None,
    known_at: datetime | None,
    after: list[Any] | None,
    limit: int,
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """Rows of the REST contract and the position of the next page (None: the last). Up to 4 queries.

    Without `at` and `known_at`, real sites are read from their balances; a past moment as known now starts from the last
    closed month before it, any other cut is summed from entries.
    Raises Http404: the site is unknown or out of scope; Faults 400 `invalid_cursor`.
    """
    location, product = _location(asked), _product(asked)
    cut = at is not None or known_at is not None or (location is not None and location < 0)
    values: dict[str, Any] = {
        "limit": limit + 1,
        "at": at,
        "known_at": known_at,
        "virtual": location if location is not None and location < 0 else None,
        "location": location,
        "product": product,
        "visible": list(asked.visible) if asked.visible is not None else None,
        "virtual_places": list(VIRTUAL_CODES),
    }
    names = ("site_after", "product_after", "lot_after", "owner_after")
    values |= dict(zip(names, _position(after, len(names)) or FIRST, strict=True))
    if at is not None and known_at is None and values["virtual"] is None:
        statement = _at(values)
    else:
        statement = (sql.BALANCES_CUT if cut else sql.BALANCES_NOW).format(scope=_balance_scope(values, cut))
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    following = list(rows[limit - 1][:4]) if len(rows) > limit else None
    return [_balance(row) for row in rows[:limit]], following


_PRODUCT = "{}.product_id = %(product)s"


def _at(values: dict[str, Any]) -> str:
    """The statement for a past moment as known now; for one site its last close goes into `values`."""
    statement = sql.BALANCES_AT
    if values["location"] is not None:
        with connection.cursor() as cursor:
            cursor.execute(sql.LAST_CLOSE, values)
            values["period"], values["since"] = cursor.fetchone() or (None, "-infinity")
        statement = sql.BALANCES_AT_ONE
    return statement.replace("{product}", "true" if values["product"] is None else _PRODUCT.format("e"))


def _balance_scope(values: dict[str, Any], cut: bool) -> str:
    product = "true" if values["product"] is None else _PRODUCT.format("e" if cut else "b")
    if not cut:
        site = "b.site_id = %(location)s" if values["location"] else "true"
        if values["location"] is None and values["visible"] is not None:
            site = "b.site_id = ANY(%(visible)s)"
        return f"{product} AND {site}"
    where = product
    if values["virtual"] is not None:
        where += " AND e.location_id = %(location)s"
        if values["visible"] is not None:
            where += " AND (e.counter_id = ANY(%(visible)s) OR e.destination_id = ANY(%(visible)s))"
    elif values["location"] is not None:
        where += (
            " AND (e.location_id = %(location)s OR (e.location_id = -4 AND e.destination_id = %(location)s))"
        )
    else:
        where += " AND (e.location_id > 0 OR e.location_id = -4)"
        if values["product"] is not None:
            where += f" AND {sql.EVERYWHERE}"
        if values["visible"] is not None:
            where += " AND CASE WHEN e.location_id > 0 THEN e.location_id ELSE e.destination_id END = ANY(%(visible)s)"
    return where


def _balance(row: tuple[Any, ...]) -> dict[str, Any]:
    location, _product_id, lot, _owner_id, code, sku, owner = row[:7]
    on_hand, reserved, aside, in_transit, value, cost = row[7:]
    body = {"site": code or VIRTUAL_CODES[location], "sku": sku}
    if lot:
        body["lot"] = lot
    if owner:
        body["owner"] = owner
    states = {state: Decimal(quantity) for state, quantity in json.loads(aside or "{}").items()}
    body |= {
        "on_hand": plain(on_hand),
        "reserved": plain(reserved),
        "available": plain(on_hand - reserved - sum(states.values())),
        "in_transit": plain(in_transit),
        "unit_cost": None if cost is None else plain(cost),
        "value": plain(value),
    }
    if states:
        body["states"] = {state: plain(quantity) for state, quantity in sorted(states.items())}
    return body


def entry_page(
    asked: Asked, *, since: datetime | None, until: datetime | None, after: list[Any] | None, limit: int
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """Entries by (occurred_at, id), each with the balance of its location and product after it. Up to 3 queries.

    Raises as `balance_page`.
    """
    location, product = _location(asked), _product(asked)
    position = _position(after, 2)
    values = {
        "limit": limit + 1,
        "from": since,
        "to": until,
        "at_after": position[0] if position else None,
        "id_after": position[1] if position else 0,
        "location": location,
        "product": product,
        "visible": list(asked.visible) if asked.visible is not None else None,
        "virtual_places": list(VIRTUAL_CODES),
    }
    scope = ["true"]
    if product is not None:
        scope.append("e.product_id = %(product)s")
        if location is None:
            scope.append(sql.EVERYWHERE)
    if location is not None:
        scope.append("e.location_id = %(location)s")
    if asked.visible is not None and (location is None or location < 0):
        scope.append(
            "(e.location_id = ANY(%(visible)s) OR e.location_id < 0 AND (e.counter_id = ANY(%(visible)s)"
            " OR e.destination_id = ANY(%(visible)s)))"
        )
    with connection.cursor() as cursor:
        cursor.execute(sql.ENTRIES.format(scope=" AND ".join(scope)), values)
        rows = cursor.fetchall()
    following = [rows[limit - 1][8].isoformat(), rows[limit - 1][0]] if len(rows) > limit else None
    return [_entry(row) for row in rows[:limit]], following


def _entry(row: tuple[Any, ...]) -> dict[str, Any]:
    number, movement, site, sku, lot, quantity, balance, unit_cost, occurred_at, recorded_at, location = row
    return {
        "id": number,
        "movement": movement,
        "site": VIRTUAL_CODES.get(location, site),
        "sku": sku,
        "lot": lot,
        "quantity": plain(quantity),
        "balance": plain(balance),
        "unit_cost": None if unit_cost is None else plain(unit_cost),
        "occurred_at": occurred_at.isoformat(),
        "recorded_at": recorded_at.isoformat(),
    }


def _position(after: list[Any] | None, length: int) -> list[Any] | None:
    if after is None:
        return None
    if len(after) == length and (length == 4 and _is_key(after) or length == 2 and _is_place(after)):
        return after
    raise refuse("invalid_cursor", "The cursor cannot be read.", pointer="/cursor", status=400)


def _is_key(after: list[Any]) -> bool:
    numbers = (after[0], after[1], after[3])
    return all(isinstance(part, int) and abs(part) < 2**63 for part in numbers) and isinstance(after[2], str)


def _is_place(after: list[Any]) -> bool:
    try:
        return datetime.fromisoformat(after[0]).tzinfo is not None and isinstance(after[1], int)
    except (TypeError, ValueError):
        return False
