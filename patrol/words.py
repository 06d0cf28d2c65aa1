"""Checks in the reader's words."""

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext_noop

from patrol.checks import LABELS
from patrol.models import RoundCheck, RoundFinding

#: From how many findings of one check a single word is offered.
MANY = 5

#: Sentences of faults, so that they are in the translations; `web.answers.done` looks them up.
REFUSALS = (
    gettext_noop("Say what you saw or did."),
    gettext_noop("This finding is signed already."),
    gettext_noop("Findings that need a word are not signed yet."),
    gettext_noop("Notes of sites you do not see are left to be signed."),
    gettext_noop("The round is signed."),
    gettext_noop("The round is running."),
)


def check_label(name: str) -> str:
    return str(LABELS.get(name, name))


def check_rows(checks: Iterable[RoundCheck]) -> list[tuple[str, RoundCheck]]:
    """(label, check) of each."""
    return [(check_label(check.name), check) for check in checks]


def like_findings(findings: Iterable[RoundFinding]) -> list[tuple[int, str, int]]:
    """(check run, its label, findings to sign) of each check that found many: one word may do for all of them."""
    left = [row for row in findings if row.signed_at is None]
    counts = Counter(row.check_run_id for row in left)
    labels = {row.check_run_id: check_label(row.check_run.name) for row in left}
    return [(run_id, labels[run_id], count) for run_id, count in counts.most_common() if count >= MANY]
