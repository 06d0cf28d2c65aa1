"""A formula over a whole category: +3 % on everything in a list that has a price there, as lines of a draft."""

from dataclasses import dataclass

from django.db import transaction

from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from pricing.actions.grid_entries import MAX_ENTRIES, EntriesTaken, Entry, enter_formula
from pricing.queries.grid import MAX_WINDOW, GridFilter, grid_count, grid_products, list_cells
from pricing.queries.list_book import price_list_book


@dataclass(frozen=True)
class CategoryChange:
    """What is asked: `formula` as the grid knows it ("+3 %", "-0.50", ".99"), on a category path and all below it."""

    category: str
    price_list: str
    formula: str
    title: str


@transaction.atomic
def change_category(*, actor: Actor, draft_id: int | None, asked: CategoryChange) -> EntriesTaken:
    """Take the formula's result for every product of the category with a price in the list into the draft.

    Raises Faults 422 `unknown_price_list`, `unknown_category` (no product in it), `no_price_yet` (none has a price in
    the list), `bad_formula`; 413 `too_many`; 403, 409 as `enter_formula`.
    Locks: the draft. Records: what drafting records. Allowed: prices.edit, on one's own draft.
    """
    if not actor.may("prices.edit"):
        raise refuse("not_allowed", "Your role does not edit prices.", status=403)
    now = clock.now()
    found = next((one for one in price_list_book().values() if one.code == asked.price_list), None)
    if found is None:
        raise refuse(
            "unknown_price_list", f"There is no price list “{asked.price_list[:32]}”.", pointer="/price_list"
        )
    wanted = GridFilter(category=asked.category)
    count = grid_count(wanted, now) if asked.category else 0
    if not count:
        raise refuse("unknown_category", f"No product is in “{asked.category[:60]}”.", pointer="/category")
    if count > MAX_ENTRIES:
        raise refuse("too_many", f"Up to {MAX_ENTRIES:,} products at once; this has {count:,}.", status=413)
    entries = []
    for offset in range(0, count, MAX_WINDOW):
        products = grid_products(wanted, now, offset=offset, limit=MAX_WINDOW)
        cells = list_cells([product.id for product in products], [found.id], now)
        entries += [Entry(found.code, one.sku) for one in products if (one.id, found.code) in cells]
    if not entries:
        raise refuse("no_price_yet", "No product of it has a price in this list.", pointer="/price_list")
    return enter_formula(
        actor=actor, draft_id=draft_id, entries=entries, formula=asked.formula, title=asked.title
    )
