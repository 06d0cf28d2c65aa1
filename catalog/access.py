"""Who may see which sites: the scopes of a user valid now; jobs, policies and the system see all."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404

from catalog.models import Region, Scope, Site
from lib import clock
from lib.actors import Actor


def visible_sites(actor: Actor, at: datetime | None = None) -> QuerySet[Site]:
    """The sites in scope of `actor` at `at` (by default now): without a scope valid then, none.

    At most 1 query, and 1 when read.
    """
    if sees_everything(actor, at):
        return Site.objects.all()
    scopes = _valid_scopes(actor, at)
    return Site.objects.filter(
        Q(pk__in=scopes.filter(site__isnull=False).values("site"))
        | Q(region__in=scopes.filter(region__isnull=False).values("region"))
    )


def _valid_scopes(actor: Actor, at: datetime | None) -> QuerySet[Scope]:
    moment = at or clock.now()
    return Scope.objects.filter(user_id=actor.id or 0, valid_from__lte=moment).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=moment)
    )


def _everything(scopes: QuerySet[Scope]) -> bool:
    return scopes.filter(region__isnull=True, site__isnull=True).exists()


def sees_everything(actor: Actor, at: datetime | None = None) -> bool:
    """True for jobs, policies, the system and for a user with a scope over everything. At most 1 query."""
    return actor.kind != "user" or _everything(_valid_scopes(actor, at))


def sees_region(actor: Actor, region_id: int, at: datetime | None = None) -> bool:
    """True if the actor has a scope over the whole region, or over everything. At most 2 queries."""
    if sees_everything(actor, at):
        return True
    return _valid_scopes(actor, at).filter(region=region_id).exists()


def visible_regions(actor: Actor, at: datetime | None = None) -> list[str]:
    """The codes of the regions over which the actor has a scope (not of those with single sites). 1 or 2 queries."""
    if sees_everything(actor, at):
        return list(Region.objects.order_by("code").values_list("code", flat=True))
    found = _valid_scopes(actor, at).filter(region__isnull=False).values_list("region__code", flat=True)
    return sorted(set(found))


def visible_site_ids(actor: Actor, at: datetime | None = None) -> frozenset[int]:
    """The ids of `visible_sites`. At most 2 queries."""
    return frozenset(visible_sites(actor, at).values_list("pk", flat=True))


def visible_site_ids_or_all(actor: Actor, at: datetime | None = None) -> frozenset[int] | None:
    """The ids of the visible sites, or None when the actor sees everything. At most 2 queries."""
    return None if sees_everything(actor, at) else visible_site_ids(actor, at)


def access_site(actor: Actor, code: str) -> Site:
    """The site of `code`. Raises Http404: unknown, or outside the actor's scope."""
    site = visible_sites(actor).select_related("region", "legal_entity", "channel").filter(code=code).first()
    if site is None:
        raise Http404(code)
    return site


def access_site_id(actor: Actor, site_id: int) -> Site:
    """The site of `site_id`. Raises Http404: unknown, or outside the actor's scope."""
    site = visible_sites(actor).filter(pk=site_id).first()
    if site is None:
        raise Http404(site_id)
    return site
