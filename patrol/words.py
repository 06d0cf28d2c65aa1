"""Checks in the reader's words."""

from collections.abc import Iterable

from django.utils.translation import gettext_noop

from patrol.checks import LABELS
from patrol.models import RoundCheck

#: Sentences of faults, so that they are in the translations; `web.answers.done` looks them up.
REFUSALS = (
    gettext_noop("Say what you saw or did."),
    gettext_noop("This finding is signed already."),
    gettext_noop("Findings that need a word are not signed yet."),
    gettext_noop("The round is signed."),
    gettext_noop("The round is running."),
)


def check_label(name: str) -> str:
    return str(LABELS.get(name, name))


def check_rows(checks: Iterable[RoundCheck]) -> list[tuple[str, RoundCheck]]:
    """(label, check) of each."""
    return [(check_label(check.name), check) for check in checks]
