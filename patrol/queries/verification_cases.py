"""Reading cases of verifications, and who may work them."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.permissions import ROLES
from catalog.models import Scope, Site
from lib import clock
from patrol.models import VerificationCase

WORK = "verifications.work"


def working_people(site: Site) -> list[User]:
    """Active people whose role works cases and whose scope holds the site now, by name. 2 queries."""
    return people_by_site([site])[site.pk]


def people_by_site(sites: Collection[Site]) -> dict[int, list[User]]:
    """By site id, who may work its cases, by name. 2 queries."""
    now = clock.now()
    roles = [role for role, codes in ROLES.items() if WORK in codes]
    users = {
        user.pk: user for user in User.objects.filter(is_active=True, role__in=roles).order_by("username")
    }
    scopes = Scope.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=now), valid_from__lte=now, user__in=users
    )
    seen: dict[int, set[int]] = {site.pk: set() for site in sites}
    for user_id, region_id, site_id in scopes.values_list("user_id", "region_id", "site_id"):
        for site in sites:
            if site_id == site.pk or region_id == site.region_id or (site_id is None and region_id is None):
                seen[site.pk].add(user_id)
    return {site_id: [user for pk, user in users.items() if pk in ids] for site_id, ids in seen.items()}


def person_id(username: str) -> int:
    """The active user's id, 0 for nobody. 1 query."""
    found = User.objects.filter(username=username.replace("\x00", ""), is_active=True)
    return found.values_list("pk", flat=True).first() or 0


def visible_cases(
    site_ids: Collection[int] | None,
    state: str = "",
    site: str = "",
    check: str = "",
    owner_id: int | None = None,
) -> QuerySet[VerificationCase]:
    """Cases of the sites (None: of all), the nearest deadline first where they are open, else the newest first."""
    rows = VerificationCase.objects.select_related("site", "owner", "settled_by")
    if site_ids is not None:
        rows = rows.filter(site_id__in=site_ids)
    if site:
        rows = rows.filter(site__code=site)
    if check:
        rows = rows.filter(check_name=check)
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("due_at", "id") if state == VerificationCase.State.OPEN else rows.order_by("-id")


def overdue_by_site(at: datetime) -> list[tuple[int, str, int]]:
    """(site id, its code, open cases past their deadline) of each site with any. 1 query."""
    counts: dict[tuple[int, str], int] = {}
    rows = VerificationCase.objects.filter(state=VerificationCase.State.OPEN, due_at__lte=at)
    for site_id, code in rows.order_by("site_id").values_list("site_id", "site__code"):
        counts[site_id, code] = counts.get((site_id, code), 0) + 1
    return [(site_id, code, count) for (site_id, code), count in counts.items()]
