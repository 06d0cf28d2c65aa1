"""How sites are verified: their local times, who works their cases, and within how many hours."""

from collections.abc import Collection
from dataclasses import dataclass

from accounts.models import User
from catalog.models import Site
from jobs.queries import local_times
from patrol.models import VerificationPlan
from patrol.queries.verification_cases import people_by_site

JOB = "patrol.verify"
CASE_HOURS = 24


@dataclass(frozen=True)
class PlanOfSite:
    """A site's plan; is_own: its times are not the usual ones. people: who may be named as owner."""

    site: Site
    times: tuple[str, ...]
    is_own: bool
    owner: User | None
    case_hours: int
    people: tuple[User, ...]


def plans_of(sites: Collection[Site]) -> list[PlanOfSite]:
    """The plan of each site, in their order. 5 queries."""
    usual, own = local_times(JOB)
    stored = {
        plan.site_id: plan for plan in VerificationPlan.objects.filter(site__in=sites).select_related("owner")
    }
    people = people_by_site(sites)
    rows = []
    for site in sites:
        plan = stored.get(site.pk)
        rows.append(
            PlanOfSite(
                site=site,
                times=tuple(own.get(site.code, usual)),
                is_own=site.code in own,
                owner=plan.owner if plan else None,
                case_hours=plan.case_hours if plan else CASE_HOURS,
                people=tuple(people.get(site.pk, [])),
            )
        )
    return rows
