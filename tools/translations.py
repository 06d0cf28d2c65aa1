"""Translations without GNU gettext.

    python tools/translations.py compile           every <app>/locale/**/django.po → django.mo
    python tools/translations.py extract [APP …]   new messages into <app>/locale/zh_Hans/LC_MESSAGES/django.po

Extraction reads an app's Python files, and its templates through Django's own `templatize`. It keeps translations,
adds new messages empty, and marks messages that are gone as obsolete.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "zh_Hans"
KEYWORDS = {
    "gettext": None,
    "_": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Message = tuple[str, str, str | None, str]  # message, plural, context, place


def apps() -> list[str]:
    return sorted(path.parent.name for path in ROOT.glob("*/apps.py"))


def compile_all() -> int:
    """Number of files compiled."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    count = 0
    for source in sorted(ROOT.glob("*/locale/*/LC_MESSAGES/django.po")):
        with open(source, "rb") as handle:
            catalog = read_po(handle, locale=source.parent.parent.name)
        staging = source.with_suffix(f".{os.getpid()}.part")
        with open(staging, "wb") as out:
            write_mo(out, catalog)
        staging.replace(source.with_suffix(".mo"))
        count += 1
    return count


def sources(app: str) -> Iterator[tuple[Path, str]]:
    """(file, Python text): templates are turned into calls of gettext by Django."""
    from django.utils.translation.template import templatize

    for path in sorted((ROOT / app).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, path.read_text(encoding="utf8")
    for folder in (ROOT / "templates" / app, ROOT / app / "templates"):
        for path in sorted(folder.rglob("*.html")) + sorted(folder.rglob("*.txt")):
            yield path, templatize(path.read_text(encoding="utf8"), origin=str(path))


def messages(app: str) -> Iterator[Message]:
    from babel.messages.extract import extract

    for path, text in sources(app):
        place = str(path.relative_to(ROOT))
        for _line, found, _comments, context in extract("python", BytesIO(text.encode()), keywords=KEYWORDS):
            parts = found if isinstance(found, tuple) else (found,)
            if parts and parts[0]:
                yield str(parts[0]), str(parts[1]) if len(parts) > 1 and parts[1] else "", context, place


def po_file(app: str) -> Path:
    return ROOT / app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def extract_app(app: str) -> tuple[int, int]:
    """(messages, those without a translation) after merging into the app's .po."""
    import polib

    target = po_file(app)
    catalog = polib.pofile(str(target)) if target.exists() else polib.POFile(wrapwidth=110)
    catalog.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": LANGUAGE,
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    wanted: dict[tuple[str, str | None], tuple[str, set[str]]] = {}
    for message, plural, context, place in messages(app):
        _plural, places = wanted.setdefault((message, context), (plural, set()))
        places.add(place)
    known = {(entry.msgid, entry.msgctxt): entry for entry in catalog}
    for (message, context), (plural, places) in wanted.items():
        entry = known.get((message, context))
        if entry is None:
            entry = polib.POEntry(msgid=message, msgctxt=context, msgstr="")
            if plural:
                entry.msgid_plural, entry.msgstr_plural = plural, {0: ""}
            catalog.append(entry)
        entry.obsolete = False
        entry.occurrences = [(place, "") for place in sorted(places)]
    for key, entry in known.items():
        entry.obsolete = key not in wanted
    if wanted or target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        catalog.save(str(target))
    return len(wanted), sum(1 for entry in catalog if not entry.obsolete and not entry.translated())


def missing(app: str) -> list[str]:
    """Messages of the app's sources that its .po does not translate (for the test over the whole tree)."""
    import polib

    target = po_file(app)
    catalog = polib.pofile(str(target)) if target.exists() else []
    done = {(entry.msgid, entry.msgctxt) for entry in catalog if entry.translated() and not entry.obsolete}
    return sorted(
        {f"{place}: {text}" for text, _p, context, place in messages(app) if (text, context) not in done}
    )


def main(arguments: list[str]) -> None:
    warnings.simplefilter("ignore")
    match arguments:
        case ["compile"]:
            print(f"translations: {compile_all()} files compiled")
        case ["extract", *names]:
            for app in names or apps():
                total, empty = extract_app(app)
                print(f"{app}: {total} messages, {empty} without translation")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
