"""Search for anything: the frame knows where to ask, the apps answer with fragments.

An app answers GET `<url>?q=…` with `<a class="menu-item" href=…>` rows, nothing when nothing fits; a missing or
refused fragment leaves a quiet gap.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from web.frame import Entry, may, rail_entries

SHORTEST_WORD = 2


@dataclass(frozen=True)
class Source:
    """Where one kind of thing is searched."""

    title: str | Promise
    url: str
    permission: str


SOURCES = (
    Source(_("Products"), "/products/search/", "products.view"),
    Source(_("Prices"), "/prices/products/search/", "prices.view"),
    Source(_("Price changes"), "/prices/changes/search/", "prices.view"),
    Source(_("Approvals"), "/approvals/search/", "approvals.view"),
    Source(_("Incidents"), "/watch/search/", "watch.view"),
    Source(_("People"), "/settings/search/", "users.view"),
)

ACTIONS = (
    (_("New price change"), "tag", "/prices/", "prices.edit"),
    (_("Scan shelf labels"), "scan", "/prices/labels/", "labels.confirm"),
    (_("What waits for me"), "checks", "/approvals/", "approvals.view"),
    (_("Open incidents"), "radar", "/watch/", "watch.view"),
    (_("Export the trail"), "download", "/trail/", "audit.export"),
    (_("Components and states"), "adjustments", "/settings/components/", "today.view"),
)


@dataclass
class Groups:
    """What the fragment shows: places and actions at once, sources that load themselves."""

    places: list[Entry] = field(default_factory=list)
    actions: list[tuple[str | Promise, str, str]] = field(default_factory=list)
    sources: list[tuple[str | Promise, str]] = field(default_factory=list)


def groups_of(request: HttpRequest, words: str, *, with_actions: bool) -> Groups:
    """Places and actions whose name fits `words` (all of them without words), and the sources to ask."""
    pattern = re.compile(re.escape(words), re.IGNORECASE)
    groups = Groups()
    if with_actions or words:
        groups.places = [entry for entry in rail_entries(request) if pattern.search(str(entry.label))]
        groups.actions = [
            (label, icon, url)
            for label, icon, url, permission in ACTIONS
            if may(request, permission) and pattern.search(str(label))
        ]
    if len(words) >= SHORTEST_WORD or (words and not words.isascii()):
        query = urlencode({"q": words})
        groups.sources = [
            (source.title, f"{source.url}?{query}") for source in SOURCES if may(request, source.permission)
        ]
    return groups
