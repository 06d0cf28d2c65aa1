"""What a patrol check returns; each app's `checks.py` answers with these."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "warning", "major"]


@dataclass(frozen=True)
class Finding:
    """One thing a check found. `key` is stable while the condition lasts; `url` leads to the place to act."""

    key: str
    code: str
    severity: Severity
    title: str
    detail: str = ""
    url: str = ""
    site_id: int | None = None
