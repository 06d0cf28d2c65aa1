"""The gates of pricing: changes for all who may see prices; lists bound to a place only for who sees the place."""

from django.http import Http404

from catalog.access import visible_site_ids_or_all
from catalog.models import Site
from lib.actors import Actor
from lib.faults import refuse
from pricing.models import PriceChange
from pricing.queries.list_book import price_list_book
from pricing.queries.price_changes import price_change
from pricing.rules.resolution import ListFacts


def access_change(change_id: int) -> PriceChange:
    """The change. Raises Http404. 1 query."""
    return price_change(change_id)


def locked_change(change_id: int) -> PriceChange:
    """The change, locked until the transaction ends. Raises Http404. 1 query."""
    found = PriceChange.objects.select_for_update().filter(pk=change_id).first()
    if found is None:
        raise Http404(change_id)
    return found


def editable_lists(actor: Actor) -> dict[str, ListFacts]:
    """The lists this actor may put prices into, by code: those bound to a site or region lie in scope. ≤ 4 queries."""
    book = price_list_book()
    visible = visible_site_ids_or_all(actor)
    if visible is None:
        return {facts.code: facts for facts in book.values()}
    regions = set(Site.objects.filter(pk__in=visible).values_list("region_id", flat=True))
    return {
        facts.code: facts
        for facts in book.values()
        if (facts.site_id is None or facts.site_id in visible)
        and (facts.region_id is None or facts.region_id in regions)
    }


def require_right(actor: Actor, permission: str) -> None:
    """Raise 403 `not_allowed` unless the actor holds `permission`."""
    if not actor.may(permission):
        raise refuse("not_allowed", f"Your role does not include “{permission}”.", status=403)


def require_preparer(change: PriceChange, actor: Actor) -> None:
    """Raise 403 `not_yours` when another person prepared the change: whoever edits it could later approve it."""
    if actor.kind == "user" and change.prepared_by_id not in (None, actor.id):
        raise refuse("not_yours", "Another person prepares this change; copy it instead.", status=403)


def require_state(change: PriceChange, *states: str) -> None:
    """Raise 409 `wrong_state` unless the change is in one of `states`."""
    if change.state not in states:
        raise refuse("wrong_state", f"The change is {change.state}.", status=409)
