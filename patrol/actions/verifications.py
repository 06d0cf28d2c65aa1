"""Running a verification: every check, what becomes of its differences, and what a person looks at again."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models.functions import Now

from audit.actions import record
from catalog.models import Site
from inventory.actions.verifying import verify_site
from jobs.queries import local_times
from lib.actors import Actor
from lib.verifications import Compared
from patrol.actions.verification_cases import keep_cases, settle_gone
from patrol.models import VerificationCheck, VerificationDifference, VerificationRun, VerificationSample
from patrol.queries.drawing import Drawn, drawn_for
from patrol.queries.verifications import open_since, slot_before
from patrol.rules.verifications import CASE, Judged, judge, slot_kind, tolerance_of
from patrol.verification_checks import CHECKS, Compare, VerificationCheckListed

log = logging.getLogger(__name__)
JOB = "patrol.verify"
SIGN_WITHIN = timedelta(hours=4)
#: How far the window is moved back for cases that are still open, and how long before a case's own run it began at most.
LONGEST = timedelta(days=31)
BEFORE_CASE = timedelta(days=4)
Outcome = VerificationCheck.Outcome


@dataclass(frozen=True)
class Checked:
    """How one check went; since: from when on it looked."""

    listed: VerificationCheckListed
    outcome: str
    duration_ms: int
    since: datetime
    found: Compared | None = None
    judged: Judged | None = None
    error: str = ""


def run_verification(
    *,
    actor: Actor,
    site: Site,
    slot: datetime,
    at: datetime,
    checks: Sequence[VerificationCheckListed] = CHECKS,
) -> VerificationRun:
    """Verify the site as of `at` for its slot; a check that raises is kept as failed and the others go on.

    It looks at what happened since the slot before that was verified. To be signed within four hours.
    A slot that was verified to its end is left as it is; one broken off is verified again.
    Locks: the run. Records: verification.finished. Allowed: the job.
    """
    run = _begin(site, slot, at)
    if run.state != VerificationRun.State.RUNNING:
        return run
    verify_site(actor=actor, site_code=site.code, slot=slot, since=run.since)
    checked = [_carry_out(listed, site, run, at) for listed in checks]
    differing = {one.sku for each in checked if each.found for one in each.found.differences if one.sku}
    drawn = drawn_for(site, run.since, at, str(run.pk), differing)
    with transaction.atomic():
        stored = VerificationRun.objects.select_for_update().get(pk=run.pk)
        if stored.state == VerificationRun.State.RUNNING:
            _keep(actor, site, stored, checked, drawn, at)
    return VerificationRun.objects.get(pk=run.pk)


def _begin(site: Site, slot: datetime, at: datetime) -> VerificationRun:
    usual, own = local_times(JOB)
    wall = slot.astimezone(ZoneInfo(site.timezone)).strftime("%H:%M")
    made, _is_new = VerificationRun.objects.get_or_create(
        site=site,
        slot=slot,
        defaults={
            "kind": slot_kind(wall, own.get(site.code, usual)),
            "since": slot_before(site.pk, slot),
            "sign_due_at": max(slot, at) + SIGN_WITHIN,
        },
    )
    return made


def _carry_out(listed: VerificationCheckListed, site: Site, run: VerificationRun, at: datetime) -> Checked:
    since = run.since
    if listed.has_window:
        oldest = open_since(site.pk, listed.name)
        since = min(since, max(oldest - BEFORE_CASE, at - LONGEST)) if oldest else since
    started = time.monotonic()
    try:
        with transaction.atomic():
            found = listed.run(Compare(site, since, at))
    except Exception as error:
        log.exception("verification check %s failed at %s", listed.name, site.code)
        text = f"{type(error).__name__}: {error}"[:2000]
        return Checked(listed, Outcome.FAILED, _ms(started), since, error=text)
    if found is None:
        return Checked(listed, Outcome.NO_DATA, _ms(started), since)
    settings = site.control_profile.settings if site.control_profile else {}
    judged = judge(found, tolerance_of(settings, listed.name, listed.tolerance))
    outcome = Outcome.DIFFERS if found.differing else Outcome.CLEAR
    return Checked(listed, outcome, _ms(started), since, found, judged)


def _ms(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _keep(
    actor: Actor,
    site: Site,
    run: VerificationRun,
    checked: Sequence[Checked],
    drawn: Sequence[Drawn],
    at: datetime,
) -> None:
    rows = [_check_row(run, one) for one in checked]
    VerificationCheck.objects.bulk_create(rows)
    opened = 0
    for row, one in zip(rows, checked, strict=True):
        if one.found is None or one.judged is None:
            continue
        cases, is_new = keep_cases(run, one.listed, one.found, one.judged, at)
        opened += is_new
        settle_gone(actor, run, one.listed, one.since, at)
        _keep_differences(run, row, one, cases)
    VerificationSample.objects.bulk_create(
        [_sample_row(run, number, one) for number, one in enumerate(drawn, start=1)]
    )
    totals = _totals(checked)
    VerificationRun.objects.filter(pk=run.pk).update(
        state=VerificationRun.State.TO_SIGN, finished_at=Now(), **totals
    )
    record(
        actor=actor,
        kind="verification.finished",
        subject=f"verification:{run.pk}",
        after={
            "slot": run.slot,
            "site": site.code,
            **totals,
            "failed": [one.listed.name for one in checked if one.outcome == Outcome.FAILED],
            "cases_opened": opened,
            "to_recheck": len(drawn),
        },
        site_ids=[site.pk],
    )


def _totals(checked: Sequence[Checked]) -> dict[str, Any]:
    done = [one for one in checked if one.found is not None and one.judged is not None]
    complete = [one.found.complete_to for one in done if one.found and one.found.complete_to]
    return {
        "lines": sum(one.found.lines for one in done if one.found),
        "differing": sum(one.found.differing for one in done if one.found),
        "explained": sum(one.found.explained for one in done if one.found),
        "tolerated": sum(one.judged.tolerated for one in done if one.judged),
        "complete_to": min(complete) if complete else None,
    }


def _check_row(run: VerificationRun, one: Checked) -> VerificationCheck:
    found = one.found
    return VerificationCheck(
        run=run,
        name=one.listed.name,
        outcome=one.outcome,
        duration_ms=one.duration_ms,
        error=one.error,
        lines=found.lines if found else 0,
        differing=found.differing if found else 0,
        explained=found.explained if found else 0,
        tolerated=one.judged.tolerated if one.judged else 0,
        complete_to=found.complete_to if found else None,
        value=found.value if found else None,
        currency=found.currency if found else "",
    )


def _keep_differences(
    run: VerificationRun, row: VerificationCheck, one: Checked, cases: dict[str, int]
) -> None:
    if one.found is None or one.judged is None:
        return
    by_key: dict[str, VerificationDifference] = {}
    for differs, state in zip(one.found.differences, one.judged.states, strict=True):
        explanation = differs.explanation or {}
        by_key.setdefault(
            differs.key[:200],
            VerificationDifference(
                run=run,
                check_run=row,
                key=differs.key[:200],
                class_code=differs.class_code[:20],
                title=differs.title[:300],
                sku=differs.sku[:64],
                source=str(explanation.get("source", ""))[:100],
                ours=shown(differs.ours),
                theirs=shown(differs.theirs),
                explanation=explanation,
                url=differs.url[:300],
                state=state,
                case_id=cases.get(differs.key[:200], cases.get("")) if state == CASE else None,
            ),
        )
    VerificationDifference.objects.bulk_create(by_key.values(), batch_size=1000)


def shown(figure: Decimal | str | None) -> str:
    """A figure as it is kept: without trailing zeros, "" for none."""
    if isinstance(figure, Decimal):
        return f"{figure.normalize():f}"[:100]
    return str(figure or "")[:100]


def _sample_row(run: VerificationRun, number: int, one: Drawn) -> VerificationSample:
    return VerificationSample(
        run=run,
        check_name=one.check_name,
        number=number,
        question=one.question,
        is_blind=one.is_blind,
        title=one.title[:300],
        sku=one.sku,
        url=one.url[:300],
        expected=one.expected,
    )
