"""Plain drafts on an open book: by ids, or the long way."""

from inventory.actions.books import Opened, SiteFacts
from inventory.rules.plain import PlainDraft, PlainMove, Spot
from inventory.rules.states import AVAILABLE, OWN


def plain_move(
    opened: Opened, draft: PlainDraft, spots: dict[tuple[str, str], Spot | None]
) -> PlainMove | None:
    """A plain draft by ids, or None where the long way has to be taken: a fault of reference, lots, a closed month.

    spots: those made so far.
    """
    site = opened.sites.get(draft.site)
    if site is None or draft.at < opened.closed_until.get(site.id, draft.at):
        return None
    lines = []
    for sku, quantity, cost, price in draft.lines:
        key = (draft.site, sku)
        spot = spots[key] if key in spots else spots.setdefault(key, _spot(opened, site, sku))
        if spot is None:
            return None
        lines.append((spot, quantity, cost, price))
    return PlainMove(draft, lines)


def _spot(opened: Opened, site: SiteFacts, sku: str) -> Spot | None:
    product_id = opened.products.get(sku)
    if product_id is None or (opened.visible is not None and site.id not in opened.visible):
        return None
    pair = (site.id, site.id, product_id)
    held = opened.book.balances.get((site.id, product_id, "", AVAILABLE, OWN))
    if held is None or opened.book.products[product_id].tracks_lots:
        return None
    is_average = pair not in opened.valued
    return Spot(site.id, product_id, site.currency, held, opened.book.pools[pair], is_average)
