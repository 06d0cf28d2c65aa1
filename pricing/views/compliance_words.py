"""What a rule of the checklist found, in a sentence."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pricing.models import ComplianceItem
from pricing.queries.compliance import Entry

Check = ComplianceItem.Check


def entry_words(entry: Entry) -> str:
    """The evidence of a rule; of a person what they wrote."""
    figures = entry.figures
    without = figures.get("without", 0)
    match entry.item.checked_by:
        case Check.REFERENCE if without:
            return ngettext(
                "%(n)d reduction has no basis that may be announced",
                "%(n)d reductions have no basis that may be announced",
                without,
            ) % {"n": without}
        case Check.REFERENCE:
            n = figures.get("proven", 0)
            return ngettext(
                "%(n)d reduction carries the prices before it",
                "%(n)d reductions carry the prices before them",
                n,
            ) % {"n": n}
        case Check.CONTROLLED:
            n = figures.get("beyond", 0)
            if not n:
                return _("every price lies within the limits")
            return ngettext("%(n)d price lies beyond", "%(n)d prices lie beyond", n) % {"n": n}
        case Check.UNIT_PRICE:
            if not without:
                return _("every product has its net content")
            return ngettext(
                "%(n)d product has no net content", "%(n)d products have no net content", without
            ) % {"n": without}
        case Check.FRANCHISE:
            n = figures.get("sites", 0)
            return ngettext("%(n)d site of franchisees", "%(n)d sites of franchisees", n) % {"n": n}
    return entry.signature.evidence if entry.signature else ""
