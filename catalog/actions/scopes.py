"""Scopes: what a user may see, granted and revoked by somebody else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit import actions as audit
from catalog import access
from catalog.models import Region, Scope, Site
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse


@dataclass(frozen=True)
class ScopeDraft:
    """A scope to grant: a region's code, a site's code, or neither for everything; valid from now if not said."""

    user_id: int
    region: str = ""
    site: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@transaction.atomic
def grant_scope(*, actor: Actor, draft: ScopeDraft, reason: str = "") -> Scope:
    """Let a user see a region, a site or everything, for a time.

    Raises Faults 403: not_allowed (without users.manage), own_scope (nobody widens their own), outside_scope (more than
    the actor sees); 422 with every fault: unknown_user, region_or_site, unknown_region, unknown_site, invalid_range.
    Locks: nothing. Records: scope.granted, subject "user:<id>". Allowed: users.manage, and only what one sees oneself.
    """
    _check_authority(actor, draft.user_id)
    region = Region.objects.filter(code=draft.region).first() if draft.region else None
    site = Site.objects.filter(code=draft.site).first() if draft.site else None
    start = draft.valid_from or clock.now()
    faults = _draft_faults(draft, region, site, start)
    if faults:
        raise Faults(faults, 422)
    _check_breadth(actor, region, site)
    try:
        with transaction.atomic():
            scope = Scope.objects.create(
                user_id=draft.user_id,
                region=region,
                site=site,
                valid_from=start,
                valid_until=draft.valid_until,
            )
    except IntegrityError as error:
        raise refuse("invalid_range", _("This scope cannot be stored."), pointer="/valid_until") from error
    audit.record(
        actor=actor,
        kind="scope.granted",
        subject=f"user:{draft.user_id}",
        reason=reason,
        after=_told(scope),
        site_ids=[site.pk] if site else [],
    )
    return scope


@transaction.atomic
def revoke_scope(*, actor: Actor, scope_id: int, reason: str = "") -> Scope:
    """End a scope now; one that has not begun is taken away (its history stays).

    Raises Faults 404 unknown_scope; 403 not_allowed; 409 already_ended.
    Locks: the scope. Records: scope.revoked, subject "user:<id>". Allowed: users.manage; not one's own.
    """
    scope = Scope.objects.select_for_update(of=("self",)).filter(pk=scope_id).first()
    if scope is None:
        raise refuse("unknown_scope", _("There is no such scope."), status=404)
    _check_authority(actor, scope.user_id)
    now = clock.now()
    if scope.valid_until is not None and scope.valid_until <= now:
        raise refuse("already_ended", _("This scope has ended already."), status=409)
    before = _told(scope)
    if scope.valid_from >= now:
        scope.delete()
        after = {}
    else:
        scope.valid_until = now
        scope.save()
        after = _told(scope)
    audit.record(
        actor=actor,
        kind="scope.revoked",
        subject=f"user:{scope.user_id}",
        reason=reason,
        before=before,
        after=after,
        site_ids=[scope.site_id] if scope.site_id else [],
    )
    return scope


def _check_authority(actor: Actor, user_id: int) -> None:
    if not actor.may("users.manage"):
        raise refuse("not_allowed", _("Your role does not include managing users."), status=403)
    if actor.kind == "user" and actor.id == user_id:
        raise refuse("own_scope", _("Nobody changes their own scope."), status=403)


def _check_breadth(actor: Actor, region: Region | None, site: Site | None) -> None:
    """One gives only what one sees oneself; a region needs a scope over it or over everything."""
    if access.sees_everything(actor):
        return
    if site is not None and site.pk in access.visible_site_ids(actor):
        return
    if region is not None and access.sees_region(actor, region.pk):
        return
    raise refuse("outside_scope", _("You can only give what you see yourself."), status=403)


def _draft_faults(
    draft: ScopeDraft, region: Region | None, site: Site | None, start: datetime
) -> list[Fault]:
    faults = []
    if not get_user_model().objects.filter(pk=draft.user_id).exists():
        faults.append(Fault("/user", "unknown_user", _("There is no such user.")))
    if draft.region and draft.site:
        faults.append(Fault("/site", "region_or_site", _("A scope names a region or a site, not both.")))
    if draft.region and region is None:
        faults.append(Fault("/region", "unknown_region", _("There is no region “%s”.") % draft.region))
    if draft.site and site is None:
        faults.append(Fault("/site", "unknown_site", _("There is no site “%s”.") % draft.site))
    if draft.valid_until is not None and draft.valid_until <= start:
        faults.append(Fault("/valid_until", "invalid_range", _("A scope must end after it begins.")))
    return faults


def _told(scope: Scope) -> dict[str, Any]:
    return {
        "scope": scope.pk,
        "region": scope.region.code if scope.region else "",
        "site": scope.site.code if scope.site else "",
        "valid_from": scope.valid_from,
        "valid_until": scope.valid_until,
    }
