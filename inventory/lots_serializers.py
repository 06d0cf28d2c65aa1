"""What comes in over REST about lots and codes."""

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from catalog.rules.fields import Wrong, day, decimal, text
from inventory.actions.lot_edits import MAX_LIFE_DAYS, LotRules
from inventory.queries.lots import MAX_DAYS, SOON_DAYS, LotsAsked
from inventory.serializers import Reader
from inventory.sql.lots import STATES
from lib.faults import Fault, Faults, refuse


def whole_number(lowest: int, highest: int) -> Callable[[Any], int]:
    """A whole number in a range, as JSON has it."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise Wrong("invalid_number", f"must be a whole number from {lowest} to {highest}")
        return value

    return check


def optional_day(value: Any) -> date | None:
    """A day, or "" for none."""
    return None if value == "" else day(value)


def read_lots_asked(request_query: dict[str, str], sites: Collection[int] | None) -> LotsAsked:
    """The filters of the watch. Raises Faults 422: `invalid_state`, `invalid_number`."""
    faults = []
    within = request_query.get("within", "") or str(SOON_DAYS)
    if not (within.isdecimal() and len(within) < 6 and int(within) <= MAX_DAYS):
        faults.append(Fault("/within", "invalid_number", f"within is 0 to {MAX_DAYS} days."))
    state = request_query.get("state", "")
    if state and state not in STATES:
        faults.append(Fault("/state", "invalid_state", f"The states are {', '.join(STATES)}."))
    if faults:
        raise Faults(faults)
    return LotsAsked(
        state=state,
        site_ids=sites,
        site=request_query.get("site", ""),
        sku=request_query.get("sku", ""),
        lot=request_query.get("lot", ""),
        words=request_query.get("words", "")[:100],
        within=int(within),
    )


def read_lot_rules(data: Any) -> tuple[str, LotRules]:
    """(SKU, rules) from JSON. Raises Faults 422: every fault of its form."""
    faults: list[Fault] = []
    reader = Reader(data, "", faults)
    tracks = reader.data.get("tracks_lots")
    if not isinstance(tracks, bool):
        reader.wrong("tracks_lots", "not_a_boolean", "tracks_lots must be true or false.")
    sku = reader.get("sku", text(64), "", needed=True)
    rules = LotRules(
        bool(tracks),
        reader.get("shelf_life_days", whole_number(1, MAX_LIFE_DAYS)),
        reader.get("receipt_life_fraction", decimal(1, 3)),
        reader.get("sale_life_fraction", decimal(1, 3)),
    )
    if faults:
        raise Faults(faults)
    return sku, rules


def rules_from(data: QueryDict) -> LotRules:
    """The rules of a posted form, shares in per cent; an empty field is no rule. Raises Faults 422: `invalid_number`."""
    try:
        days = data.get("shelf_life_days", "").strip()
        shares = [
            data.get(name, "").strip().replace(",", ".") for name in ("receipt_percent", "sale_percent")
        ]
        receipt, sale = (Decimal(share) / 100 if share else None for share in shares)
        return LotRules(bool(data.get("tracks_lots")), int(days) if days else None, receipt, sale)
    except (ValueError, InvalidOperation) as error:
        raise refuse("invalid_number", "A number is missing or wrong.") from error
