"""Sentences for findings: stored as code and figures, said in the reader's language."""

from typing import Any


def finding_message(code: str, params: dict[str, Any]) -> str:
    """One sentence that names the figure and the limit."""
    return code
