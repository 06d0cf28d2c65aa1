"""/feeds/documents/: receipts, shipments and transfers on which we and the other side differ."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog.access import visible_sites
from feeds import words
from feeds.models import PartnerDocument
from feeds.queries.document_matching import LISTED, UnmatchedLine, Window, matched_documents
from lib import clock
from web.answers import whole_number
from web.gates import actor_of, permission_required

DAYS = (1, 3, 7, 14, 31)
KINDS = dict(PartnerDocument.Kind.choices)


@dataclass(frozen=True)
class ShownLine(UnmatchedLine):
    """A line with its words."""

    kind_word: str | Promise = ""
    class_word: str | Promise = ""
    icon: str = ""

    @property
    def tone(self) -> str:
        return "grey" if self.class_code == "timing" else "amber"

    @property
    def at(self) -> datetime | None:
        return self.our_at or self.their_at


def _shown(row: UnmatchedLine) -> ShownLine:
    word, icon = words.DOCUMENT_CLASSES[row.class_code]
    return ShownLine(**asdict(row), kind_word=KINDS[row.kind], class_word=word, icon=icon)


@require_GET
@permission_required("reconciliations.view")
def unmatched(request: HttpRequest) -> HttpResponse:
    """What differs or is missing on either side in the last days, of the sites in scope."""
    sites = list(visible_sites(actor_of(request)).order_by("name"))
    site, class_code = request.GET.get("site", ""), request.GET.get("class", "")
    days = whole_number(request.GET.get("days", ""))
    days = days if days in DAYS else 7
    wanted = [class_code] if class_code in words.DOCUMENT_CLASSES else []
    now = clock.now()
    found = matched_documents(
        [one.pk for one in sites if site in ("", one.code)],
        Window(now - timedelta(days=days), now, now),
        classes=wanted,
    )
    asked = request.GET.get("q", "").strip()
    context = {
        "found": found,
        "rows": [_shown(row) for row in found.rows if asked.lower() in f"{row.reference} {row.sku}".lower()],
        "is_cut": len(found.rows) >= LISTED,
        "asked": asked,
        "filters": _filters([(one.code, one.name) for one in sites], site, class_code, days),
    }
    return render(request, "feeds/documents.html", context)


def _filters(sites: list[tuple[str, str]], site: str, class_code: str, days: int) -> list[dict[str, object]]:
    return [
        {"label": _("Site"), "name": "site", "value": site, "options": sites},
        {"label": _("Class"), "name": "class", "value": class_code, "options": words.document_classes()},
        {"label": _("Days"), "name": "days", "value": str(days), "options": [(str(d), str(d)) for d in DAYS]},
    ]
