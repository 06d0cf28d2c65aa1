"""Goods at a site from one state to another: set aside, and released again."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.http import Http404

from catalog.access import access_site
from catalog.models import Site
from inventory.actions.movements import check_right, post_document
from inventory.models import Movement
from inventory.rules.drafts import LineDraft, MovementDraft
from inventory.rules.states import AVAILABLE
from lib.actors import Actor
from lib.faults import refuse


@dataclass(frozen=True)
class StateChange:
    """A quantity of a product and lot at a site, from one state to another, and why."""

    site: str
    sku: str
    quantity: Decimal
    from_state: str
    to_state: str
    reason: str
    lot: str = ""


@transaction.atomic
def change_state(*, actor: Actor, change: StateChange) -> Movement:
    """Set goods aside, or release them; both are movements at the value they have.

    Raises Faults 403; 422 `unknown_site`, `reason_required`, and as a posting: `same_location` for one state,
    `insufficient_stock`, `invalid_state`, `invalid_quantity`, `unknown_sku`.
    Locks: as a posting. Records: movement.posted.
    Allowed: stock.set_aside; to make goods available again stock.release; the site in scope.
    """
    check_right(actor, "stock.release" if change.to_state == AVAILABLE else "stock.set_aside")
    site = site_in_scope(actor, change.site)
    if not change.reason.strip():
        raise refuse("reason_required", "Say why.", pointer="/reason")
    is_release = change.to_state == AVAILABLE
    return post_state_change(actor, site, change, "release" if is_release else "set-aside")


def site_in_scope(actor: Actor, code: str) -> Site:
    """The site. Raises Faults 422 `unknown_site`, also out of scope."""
    try:
        return access_site(actor, code)
    except Http404 as unknown:
        raise refuse("unknown_site", f"There is no site {code!r}.", pointer="/site") from unknown


def post_state_change(actor: Actor, site: Site, change: StateChange, reference: str) -> Movement:
    """The movement of a checked change of state. Raises, locks and records as a posting."""
    line = LineDraft(
        change.sku,
        site.code,
        site.code,
        change.quantity,
        change.lot,
        from_state=change.from_state,
        to_state=change.to_state,
    )
    draft = MovementDraft(
        reference=reference,
        kind="transfer",
        lines=(line,),
        reason=change.reason.strip()[:500],
        source="aside",
    )
    return post_document(actor, draft, None)
