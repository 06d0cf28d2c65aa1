"""When a site is verified, who works its cases, and the alerts of what was not done in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import AlertDraft, raise_alerts, resolve_alerts_except
from audit.actions import record
from catalog.models import Site
from jobs.actions import set_scope_times
from jobs.queries import local_times
from jobs.rules import is_wall_time
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from patrol.actions.verification_cases import CASE_HOURS
from patrol.actions.verifications import JOB
from patrol.models import VerificationPlan
from patrol.queries.verification_cases import overdue_by_site, working_people
from patrol.queries.verifications import failed_checks, unsigned_runs
from patrol.rules.verifications import times_fault

UNSIGNED, OVERDUE, FAILED = "verification_unsigned:", "verification_cases:", "verification_failed:"
FAILED_WITHIN = timedelta(days=2)
MOST_HOURS = 336
WORDS = {
    "three_times": "There are three verifications a day.",
    "too_close": "They lie at least two hours apart, over midnight too.",
}


@dataclass(frozen=True)
class PlanDraft:
    """A site's plan: times empty for the usual ones; owner_id None for nobody; hours to settle a case."""

    times: Sequence[str] = ()
    owner_id: int | None = None
    case_hours: int = CASE_HOURS


@transaction.atomic
def set_plan(*, actor: Actor, site: Site, draft: PlanDraft) -> VerificationPlan:
    """Set the site's three local times, who works its cases and within how many hours. Slots to come are planned anew.

    Raises Faults 403; 422 `invalid_time`, `three_times`, `too_close`, `unknown_owner`, `invalid_hours`.
    Locks: the plan, the job's definition. Records: verification_plan.set. Allowed: verifications.manage; the edge found
    the site in scope.
    """
    if not actor.may("verifications.manage"):
        raise refuse("not_allowed", "Your role does not plan verifications.", status=403)
    faults = _faults(site, draft)
    if faults:
        raise Faults(faults)
    VerificationPlan.objects.get_or_create(site=site)
    plan = VerificationPlan.objects.select_for_update().get(site=site)
    usual, own = local_times(JOB)
    before = {"times": own.get(site.code, usual), "owner": plan.owner_id, "case_hours": plan.case_hours}
    set_scope_times(job_name=JOB, scope_key=site.code, local_times=sorted(draft.times))
    plan.owner_id, plan.case_hours = draft.owner_id, draft.case_hours
    plan.changed_at = Now()
    plan.save(update_fields=["owner", "case_hours", "changed_at"])
    record(
        actor=actor,
        kind="verification_plan.set",
        subject=f"site:{site.pk}",
        before=before,
        after={
            "times": sorted(draft.times) or usual,
            "owner": draft.owner_id,
            "case_hours": draft.case_hours,
        },
        site_ids=[site.pk],
    )
    return VerificationPlan.objects.select_related("owner").get(site=site)


def _faults(site: Site, draft: PlanDraft) -> list[Fault]:
    faults = []
    if draft.times:
        wrong = [wall for wall in draft.times if not is_wall_time(wall)]
        code = "invalid_time" if wrong else times_fault(draft.times)
        if code:
            faults.append(Fault("/times", code, WORDS.get(code, "A time of day is written 06:00.")))
    if draft.owner_id is not None and draft.owner_id not in {user.pk for user in working_people(site)}:
        faults.append(Fault("/owner", "unknown_owner", "This person does not work cases at this site."))
    if not 1 <= draft.case_hours <= MOST_HOURS:
        faults.append(Fault("/case_hours", "invalid_hours", "A case has from 1 hour to 14 days."))
    return faults


def alert_verifications(*, actor: Actor, at: datetime) -> int:
    """Alerts of runs not signed in time, cases past their deadline and checks that failed; those done since are resolved.

    A slot that did not run is told by jobs. Returns how many stand.
    Locks: the alerts. Records: through alerts. Allowed: the patrol loop.
    """
    standing = 0
    for prefix, drafts in (
        (UNSIGNED, _unsigned(at)),
        (OVERDUE, _overdue(at)),
        (FAILED, _failed(at)),
    ):
        resolve_alerts_except(prefix, [draft.key for draft in drafts], actor=actor)
        raise_alerts(drafts, actor=actor)
        standing += len(drafts)
    return standing


def _unsigned(at: datetime) -> list[AlertDraft]:
    return [
        AlertDraft(
            key=f"{UNSIGNED}{run.pk}",
            kind="verification_unsigned",
            severity="warning",
            title=format_lazy(
                _("Verification of {site}, slot {slot} UTC, was not signed in time"),
                site=run.site.code,
                slot=run.slot.strftime("%Y-%m-%d %H:%M"),
            ),
            url=f"/watch/verifications/{run.pk}/",
            site_id=run.site_id,
            category="unauthorised_change",
        )
        for run in unsigned_runs(at)
    ]


def _overdue(at: datetime) -> list[AlertDraft]:
    return [
        AlertDraft(
            key=f"{OVERDUE}{code}",
            kind="verification_cases",
            severity="warning",
            title=format_lazy(
                _("{count} cases of verifications at {site} are past their deadline"), count=count, site=code
            ),
            url=f"/watch/verifications/cases/?site={code}&state=open",
            site_id=site_id,
            category="book_difference",
        )
        for site_id, code, count in overdue_by_site(at)
    ]


def _failed(at: datetime) -> list[AlertDraft]:
    return [
        AlertDraft(
            key=f"{FAILED}{check.pk}",
            kind="verification_failed",
            severity="warning",
            title=format_lazy(
                _("Check {check} of the verification of {site} could not be carried out"),
                check=check.name,
                site=check.run.site.code,
            ),
            detail=check.error[:500],
            url=f"/watch/verifications/{check.run_id}/",
            site_id=check.run.site_id,
            category="feed_trouble",
        )
        for check in failed_checks(at - FAILED_WITHIN)
    ]
