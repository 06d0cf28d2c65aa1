"""Text kept in both languages: what a job writes at night is read in English and in Chinese."""

from django.utils.functional import Promise
from django.utils.translation import get_language, override

Text = str | Promise


def both(text: Text, limit: int = 300) -> tuple[str, str]:
    """`text` in English and in Chinese, each cut at `limit`; a plain string gives ("…", "").

    Lazy texts with figures in them are made with `django.utils.text.format_lazy`.
    """
    if not isinstance(text, Promise):
        return text[:limit], ""
    with override("en"):
        english = str(text)[:limit]
    with override("zh-hans"):
        chinese = str(text)[:limit]
    return english, "" if chinese == english else chinese


def shown(english: str, chinese: str) -> str:
    """The one of the two in the reader's language."""
    return chinese if chinese and (get_language() or "").startswith("zh") else english
