"""Cases of verifications: opened and seen again by runs, taken and settled by people, gone when a run finds them no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from audit.actions import record
from catalog.access import visible_site_ids_or_all
from lib.actors import Actor
from lib.faults import refuse
from lib.verifications import Compared, Differs
from patrol.models import VerificationCase, VerificationPlan, VerificationRun
from patrol.queries.verification_cases import working_people
from patrol.rules.verifications import CASE, CASES_PER_CHECK, Judged
from patrol.verification_checks import VerificationCheckListed

CASE_HOURS = 24
#: The key of the case that many differences of a check share.
TOGETHER = "together"
RECHECK = "recheck:"
State = VerificationCase.State

_SEEN = """
INSERT INTO patrol_verificationcase AS c (site_id, check_name, key, class_code, title, sku, source, ours, theirs, url,
    state, owner_id, due_at, first_run_id, last_run_id, times_seen, how, note)
SELECT %(site)s, %(check)s, g.key, g.class_code, g.title, g.sku, g.source, g.ours, g.theirs, g.url, 'open', %(owner)s,
       %(due)s, %(run)s, %(run)s, 1, '', ''
  FROM unnest(%(keys)s::text[], %(classes)s::text[], %(titles)s::text[], %(skus)s::text[], %(sources)s::text[],
              %(ours)s::text[], %(theirs)s::text[], %(urls)s::text[])
       AS g (key, class_code, title, sku, source, ours, theirs, url)
 ORDER BY g.key
ON CONFLICT (site_id, check_name, key) WHERE state = 'open'
DO UPDATE SET last_run_id = EXCLUDED.last_run_id, times_seen = c.times_seen + 1, class_code = EXCLUDED.class_code,
              title = EXCLUDED.title, ours = EXCLUDED.ours, theirs = EXCLUDED.theirs, url = EXCLUDED.url
RETURNING c.key, c.id, c.times_seen
"""


@dataclass(frozen=True)
class CaseDraft:
    """What a case says, from one difference or from many."""

    key: str
    class_code: str
    title: str
    sku: str = ""
    source: str = ""
    ours: str = ""
    theirs: str = ""
    url: str = ""


def keep_cases(
    run: VerificationRun, listed: VerificationCheckListed, found: Compared, judged: Judged, at: datetime
) -> tuple[dict[str, int], int]:
    """A case for each difference without explanation, or one for all where they are many or worked elsewhere.

    Returns key → case id ("" for the one of all), and how many were opened now.
    Locks: the open cases. Records: with the run. Allowed: running.
    """
    if not judged.unexplained:
        return {}, 0
    unexplained = [one for one, state in zip(found.differences, judged.states, strict=True) if state == CASE]
    is_one = listed.is_queued or listed.is_gathered or judged.unexplained > CASES_PER_CHECK
    if is_one or len(unexplained) < judged.unexplained:
        drafts = [_together(run, listed, unexplained, judged.unexplained)]
    else:
        drafts = list({one.key[:200]: _of_one(one) for one in unexplained}.values())
    seen = _keep(run, listed.name, drafts, at)
    ids = {"" if key == TOGETHER else key: case_id for key, case_id, _times in seen}
    return ids, sum(times == 1 for _key, _id, times in seen)


def _of_one(one: Differs) -> CaseDraft:
    return CaseDraft(
        key=one.key[:200],
        class_code=one.class_code[:20],
        title=one.title[:300],
        sku=one.sku[:64],
        source=str((one.explanation or {}).get("source", ""))[:100],
        ours=_text(one.ours),
        theirs=_text(one.theirs),
        url=one.url[:300],
    )


def _text(figure: object) -> str:
    return "" if figure is None else f"{figure}"[:100]


def _together(
    run: VerificationRun, listed: VerificationCheckListed, unexplained: Sequence[Differs], count: int
) -> CaseDraft:
    url = unexplained[0].url.partition("?")[0] if listed.is_queued and unexplained else ""
    return CaseDraft(
        key=TOGETHER,
        class_code="many",
        title=f"{count} differences without an explanation",
        ours=str(count),
        url=(url or f"/watch/verifications/{run.pk}/")[:300],
    )


def _keep(
    run: VerificationRun, check: str, drafts: Sequence[CaseDraft], at: datetime
) -> list[tuple[str, int, int]]:
    plan = VerificationPlan.objects.filter(site_id=run.site_id).first()
    hours = plan.case_hours if plan else CASE_HOURS
    values: dict[str, Any] = {
        "site": run.site_id,
        "check": check,
        "owner": plan.owner_id if plan else None,
        "due": at + timedelta(hours=hours),
        "run": run.pk,
        "keys": [one.key for one in drafts],
        "classes": [one.class_code for one in drafts],
        "titles": [one.title for one in drafts],
        "skus": [one.sku for one in drafts],
        "sources": [one.source for one in drafts],
        "ours": [one.ours for one in drafts],
        "theirs": [one.theirs for one in drafts],
        "urls": [one.url for one in drafts],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, values)
        return list(cursor.fetchall())


def settle_gone(
    actor: Actor, run: VerificationRun, listed: VerificationCheckListed, since: datetime, at: datetime
) -> int:
    """Settle the check's open cases that this run looked for and did not find.

    A case older than what the run looked at, or one a person found, stays. Returns how many.
    Locks: the cases. Records: verification_case.gone, once for all. Allowed: running.
    """
    gone = VerificationCase.objects.filter(
        site_id=run.site_id, check_name=listed.name, state=State.OPEN, last_run_id__lt=run.pk
    ).exclude(key__startswith=RECHECK)
    if listed.has_window:
        gone = gone.filter(opened_at__gte=since)
    ids = list(gone.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    VerificationCase.objects.filter(pk__in=ids).update(
        state=State.SETTLED, how=VerificationCase.How.GONE, settled_at=Now()
    )
    record(
        actor=actor,
        kind="verification_case.gone",
        subject=f"verification:{run.pk}",
        after={"cases": ids[:100], "check": listed.name, "count": len(ids)},
        site_ids=[run.site_id],
    )
    return len(ids)


def open_by_person(run: VerificationRun, check: str, draft: CaseDraft, at: datetime) -> int:
    """The case of what a person found differing; the id. Locks: the case. Records: by the caller. Allowed: answering."""
    ((_key, case_id, _times),) = _keep(run, check, [draft], at)
    return case_id


@transaction.atomic
def give_case(*, actor: Actor, case_id: int, owner_id: int | None = None) -> VerificationCase:
    """Take a case (owner_id None), or give it to somebody who may work it at its site.

    Raises Faults 403; 404 `unknown_case`; 409 `settled_already`; 422 `unknown_owner`.
    Locks: the case. Records: verification_case.given. Allowed: verifications.work with the site in scope.
    """
    case = _locked(actor, case_id)
    wanted = actor.id if owner_id is None else owner_id
    if wanted not in {user.pk for user in working_people(case.site)}:
        raise refuse("unknown_owner", "This person does not work cases at this site.", pointer="/owner")
    VerificationCase.objects.filter(pk=case.pk).update(owner_id=wanted)
    record(
        actor=actor,
        kind="verification_case.given",
        subject=f"verification_case:{case.pk}",
        before={"owner": case.owner_id},
        after={"owner": wanted},
        site_ids=[case.site_id],
    )
    return VerificationCase.objects.get(pk=case.pk)


@transaction.atomic
def settle_case(*, actor: Actor, case_id: int, note: str) -> VerificationCase:
    """Settle a case with a word on what it was; the next run that finds it again opens another.

    Raises Faults 403; 404 `unknown_case`; 409 `settled_already`; 422 `note_required`.
    Locks: the case. Records: verification_case.settled. Allowed: verifications.work with the site in scope.
    """
    case = _locked(actor, case_id)
    if not note.strip():
        raise refuse("note_required", "Say what it was and what was done.", pointer="/note")
    VerificationCase.objects.filter(pk=case.pk).update(
        state=State.SETTLED,
        how=VerificationCase.How.PERSON,
        note=note.strip()[:1000],
        settled_at=Now(),
        settled_by_id=actor.id if actor.kind == "user" else None,
    )
    record(
        actor=actor,
        kind="verification_case.settled",
        subject=f"verification_case:{case.pk}",
        reason=note.strip(),
        after={"check": case.check_name, "key": case.key, "class": case.class_code},
        site_ids=[case.site_id],
    )
    return VerificationCase.objects.get(pk=case.pk)


def _locked(actor: Actor, case_id: int) -> VerificationCase:
    if not actor.may("verifications.work"):
        raise refuse("not_allowed", "Your role does not work cases of verifications.", status=403)
    case = (
        VerificationCase.objects.select_for_update(of=("self",))
        .select_related("site")
        .filter(pk=case_id)
        .first()
    )
    visible = visible_site_ids_or_all(actor)
    if case is None or (visible is not None and case.site_id not in visible):
        raise refuse("unknown_case", "There is no such case.", status=404)
    if case.state != State.OPEN:
        raise refuse("settled_already", "This case is settled already.", status=409)
    return case
