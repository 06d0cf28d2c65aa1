"""One message, one translation: Django merges all apps' catalogues, and the first app in the list wins."""

from collections import defaultdict
from pathlib import Path

import polib

ROOT = Path(__file__).parents[2]


def test_no_two_apps_translate_the_same_message_differently() -> None:
    said: dict[tuple[str | None, str], dict[str, str]] = defaultdict(dict)
    for path in sorted(ROOT.glob("*/locale/zh_Hans/LC_MESSAGES/django.po")):
        for entry in polib.pofile(str(path)):
            if entry.msgstr and not entry.obsolete:
                said[entry.msgctxt, entry.msgid][path.relative_to(ROOT).parts[0]] = entry.msgstr
    differing = {key: words for key, words in said.items() if len(set(words.values())) > 1}
    assert differing == {}  # give one of them a context (pgettext, `context` in the tag)
