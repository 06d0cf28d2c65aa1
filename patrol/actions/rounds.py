"""Walking a round."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.texts import both
from audit.actions import record
from lib.actors import Actor
from lib.checks import Finding
from patrol.checks import CHECKS, Listed
from patrol.models import Round, RoundCheck, RoundFinding

log = logging.getLogger(__name__)
SIGN_WITHIN = timedelta(hours=2)
SIGN_AT_LEAST = timedelta(hours=1)
MAX_FINDINGS = 200


@dataclass(frozen=True)
class Walked:
    """How one check went."""

    name: str
    outcome: str
    duration_ms: int
    findings: list[Finding]
    error: str = ""


def run_round(*, actor: Actor, slot: datetime, at: datetime, checks: Sequence[Listed] = CHECKS) -> Round:
    """Carry out every check as of `at` and keep what it found; a check that raises is itself a finding.

    To be signed within two hours of the slot, and at least one hour after the walk.
    A slot that was walked to its end is left as it is; one broken off is walked again.
    Locks: the round. Records: round.finished. Allowed: the patrol job.
    """
    due_at = max(slot + SIGN_WITHIN, at + SIGN_AT_LEAST)
    made, _is_new = Round.objects.get_or_create(slot=slot, defaults={"sign_due_at": due_at})
    if made.state != Round.State.RUNNING:
        return made
    walked = [_walk(check, at) for check in checks]
    with transaction.atomic():
        stored = Round.objects.select_for_update().get(pk=made.pk)
        if stored.state == Round.State.RUNNING:
            _keep(actor, stored, walked)
    return Round.objects.get(pk=made.pk)


def _walk(check: Listed, at: datetime) -> Walked:
    started = time.monotonic()
    try:
        with transaction.atomic():
            findings = list(check.run(at))
    except Exception as error:
        log.exception("check %s failed", check.name)
        text = f"{type(error).__name__}: {error}"[:2000]
        title = format_lazy(_("Check “{name}” could not be carried out"), name=check.label)
        findings = [Finding(f"check_failed:{check.name}", "check_failed", "warning", title, text)]
        return Walked(check.name, RoundCheck.Outcome.FAILED, _ms(started), findings, text)
    outcome = RoundCheck.Outcome.FOUND if findings else RoundCheck.Outcome.CLEAR
    return Walked(check.name, outcome, _ms(started), findings)


def _ms(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _keep(actor: Actor, round_: Round, walked: Sequence[Walked]) -> None:
    runs = [
        RoundCheck(
            round=round_,
            name=check.name,
            outcome=check.outcome,
            duration_ms=check.duration_ms,
            findings_count=len(check.findings),
            error=check.error,
        )
        for check in walked
    ]
    RoundCheck.objects.bulk_create(runs)
    rows: dict[str, RoundFinding] = {}
    for run, check in zip(runs, walked, strict=True):
        for finding in check.findings[:MAX_FINDINGS]:
            rows.setdefault(finding.key[:200], _row(round_, run, finding))
    RoundFinding.objects.bulk_create(rows.values())
    Round.objects.filter(pk=round_.pk).update(state=Round.State.TO_SIGN, finished_at=Now())
    record(
        actor=actor,
        kind="round.finished",
        subject=f"round:{round_.pk}",
        after={
            "slot": round_.slot,
            "checks": len(runs),
            "failed": sum(check.outcome == RoundCheck.Outcome.FAILED for check in walked),
            "findings": sum(len(check.findings) for check in walked),
        },
    )


def _row(round_: Round, run: RoundCheck, finding: Finding) -> RoundFinding:
    english, chinese = both(finding.title)  # type: ignore[arg-type]
    return RoundFinding(
        round=round_,
        check_run=run,
        key=finding.key[:200],
        code=finding.code[:60],
        severity=finding.severity,
        title=english,
        title_zh=chinese,
        detail=str(finding.detail),
        url=finding.url[:300],
        site_id=finding.site_id,
    )
