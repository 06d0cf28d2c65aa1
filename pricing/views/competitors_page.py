"""What the page of competitors shows."""

from datetime import timedelta
from typing import Any

from lib import clock
from pricing.queries.competitor_index import (
    compared,
    competitors,
    index_by_category,
    price_list_or_first,
    unmatched,
)
from pricing.queries.competitors import FRESH_DAYS
from pricing.queries.grid import grid_lists

SHOWN = 200
TREND_DAYS = 30


def competitors_context(asked: Any) -> dict[str, Any]:
    """Everything templates/pricing/competitors.html reads."""
    now = clock.now()
    price_list = price_list_or_first(asked.get("list", "").replace("\x00", "")[:32])
    rows = compared(price_list, now) if price_list else []
    before = compared(price_list, now - timedelta(days=TREND_DAYS)) if price_list else []
    earlier = {one.category: one.index for one in index_by_category(before)}
    category = asked.get("category", "").replace("\x00", "")[:300]
    shown = [row for row in rows if not category or row.category == category]
    return {
        "lists": grid_lists(),
        "price_list": price_list,
        "index": [
            (one, None if one.category not in earlier else one.index - earlier[one.category])
            for one in index_by_category(rows)
        ],
        "category": category,
        "rows": shown[:SHOWN],
        "row_count": len(shown),
        "unmatched": unmatched(),
        "competitors": competitors(),
        "fresh_days": FRESH_DAYS,
        "trend_days": TREND_DAYS,
    }
