"""What a patrol check returns; each app's `checks.py` answers with these."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Severity = Literal["note", "warning", "major"]


@dataclass(frozen=True)
class Finding:
    """One thing a check found. `key` is stable while the condition lasts; `url` leads to the place to act.

    title: a string, or a lazy text (`format_lazy(_("…"), …)`) that is kept in both languages.
    """

    key: str
    code: str
    severity: Severity
    title: object
    detail: str = ""
    url: str = ""
    site_id: int | None = None


class Check(Protocol):
    """A check: looks at the state as of `at`, changes nothing, and says what it found."""

    def __call__(self, at: datetime) -> list[Finding]: ...
