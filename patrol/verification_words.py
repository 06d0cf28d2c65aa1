"""Verifications in the reader's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from feeds.words import DOCUMENT_CLASSES
from inventory.models import Difference
from patrol.models import VerificationCheck, VerificationSample
from patrol.verification_checks import LABELS

Word = str | Promise

#: Sentences of faults, so that they are in the translations; `web.answers.done` looks them up.
REFUSALS = (
    gettext_noop("The verification has no such line to look at."),
    gettext_noop("This was looked at already."),
    gettext_noop("Say what you saw."),
    gettext_noop("Say whether it agrees or differs."),
    gettext_noop("Write down what you found."),
    gettext_noop("This is not a number."),
    gettext_noop("Not everything drawn for the re-check was looked at."),
    gettext_noop("Say what becomes of what is not explained."),
    gettext_noop("The verification is running."),
    gettext_noop("The verification is signed."),
    gettext_noop("There is no such verification."),
    gettext_noop("There is no such case."),
    gettext_noop("This case is settled already."),
    gettext_noop("Say what it was and what was done."),
    gettext_noop("This person does not work cases at this site."),
    gettext_noop("There are three verifications a day."),
    gettext_noop("They lie at least two hours apart, over midnight too."),
    gettext_noop("A time of day is written 06:00."),
    gettext_noop("A case has from 1 hour to 14 days."),
)

CLASSES: dict[str, tuple[Word, str]] = {
    **{str(code): (label, "zoom-question") for code, label in Difference.Class.choices},
    **DOCUMENT_CLASSES,
    "in_transit": (gettext_lazy("In transit"), "truck"),
    "value": (gettext_lazy("Other value"), "coin"),
    "price": (gettext_lazy("Other price"), "tag"),
    "currency": (gettext_lazy("Other currency"), "currency-pound"),
    "tax": (gettext_lazy("Tax"), "percentage"),
    "rounding": (gettext_lazy("Rounding"), "adjustments"),
    "missing": (gettext_lazy("Missing"), "inbox-off"),
    "stale": (gettext_lazy("Too old"), "clock-exclamation"),
    "many": (gettext_lazy("Many together"), "stack-2"),
    "recheck": (gettext_lazy("Found by a person"), "eye-exclamation"),
}

#: What a person is asked; `about` is the product or the document.
QUESTIONS: dict[str, Word] = {
    "count": gettext_lazy("How many lie there, everywhere at the site?"),
    "price": gettext_lazy("Which price stands at the shelf or in the shop?"),
    "paper": gettext_lazy("Does the paper say the same as the document?"),
    "receipt": gettext_lazy("Does the till's receipt say the same as the sale?"),
}
ICONS = {"count": "scale", "price": "tag", "paper": "file-text", "receipt": "receipt"}
SLOT_WORDS: dict[str, Word] = {
    "signed": gettext_lazy("signed"),
    "to_sign": gettext_lazy("to sign"),
    "running": gettext_lazy("running"),
    "missed": gettext_lazy("missed"),
    "planned": gettext_lazy("planned"),
}
SOURCES: dict[str, Word] = {
    "snapshot": gettext_lazy("Own figures of the site"),
    "till": gettext_lazy("Till"),
    "day": gettext_lazy("Figures of the day"),
    "receipt": gettext_lazy("Receipts"),
    "shipment": gettext_lazy("Shipments"),
    "transfer": gettext_lazy("Transfers"),
    "ledger": gettext_lazy("Ledger"),
    "cost": gettext_lazy("Unit costs"),
    "rate": gettext_lazy("Exchange rates"),
    "recheck": gettext_lazy("Re-check"),
}


def check_label(name: str) -> str:
    return str(LABELS.get(name, name))


def class_word(code: str) -> tuple[str, str]:
    """(word, icon) of a class; one that is not known reads as it is written."""
    word, icon = CLASSES.get(code, (code, "help-circle"))
    return str(word), icon


def source_word(name: str) -> str:
    return str(SOURCES.get(name) or name)


@dataclass(frozen=True)
class Shown:
    """A row of anything that has a class and a check, with their words."""

    row: Any
    class_word: str
    icon: str
    check: str
    about: str


def shown(rows: Iterable[Any], name_of: Any) -> list[Shown]:
    """Differences or cases with their words; name_of: row → the name of its check."""
    found = []
    for row in rows:
        word, icon = class_word(row.class_code)
        found.append(Shown(row, word, icon, check_label(name_of(row)), about(row)))
    return found


def about(row: Any) -> str:
    """What a difference is about beside its SKU: the document, the day, the lot …"""
    explanation = getattr(row, "explanation", None) or {}
    kind = explanation.get("kind", "")
    words = [
        str(SOURCES.get(kind, "")),
        str(explanation.get("reference", "")),
        str(explanation.get("channel", "")),
    ]
    return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Asked:
    """A line of the sample with its question. what: what the document says, where the question is not blind."""

    row: VerificationSample
    question: str
    icon: str
    what: str


def asked(sample: Iterable[VerificationSample]) -> list[Asked]:
    """The sample as it is put to people: what the books say is told only where it must be, or once it is answered."""
    return [Asked(row, str(QUESTIONS[row.question]), ICONS[row.question], _what(row)) for row in sample]


def _what(row: VerificationSample) -> str:
    if row.is_blind:
        return ""
    count = int(row.expected.get("lines", 0))
    words = ngettext("%(count)s line, %(quantity)s pieces", "%(count)s lines, %(quantity)s pieces", count)
    return words % {"count": count, "quantity": row.expected.get("value", "")}


def check_rows(checks: Iterable[VerificationCheck]) -> list[tuple[str, VerificationCheck]]:
    """(label, check) of each."""
    return [(check_label(check.name), check) for check in checks]
