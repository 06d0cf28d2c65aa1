"""What stands around every page: rail entries by permission, clocks, theme, language, the person.

Use `frame` as a context processor: templates/web/page.html reads the one variable `frame`.
"""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy

from lib import clock
from web.people import initials_of

THEMES = ("auto", "light", "dark")
RAIL_COOKIE = "steelyard_rail"
THEME_COOKIE = "steelyard_theme"


@dataclass(frozen=True)
class Entry:
    """One entry of the rail. permissions: any of them shows it; go_key: G and this letter lead there;
    badge_url: a fragment with its figure."""

    code: str
    label: str | Promise
    icon: str
    url: str
    permissions: tuple[str, ...]
    go_key: str
    badge_url: str = ""


RAIL = (
    Entry("today", pgettext_lazy("rail", "Today"), "sun", "/", ("today.view",), "T"),
    Entry("prices", pgettext_lazy("rail", "Prices"), "tags", "/prices/", ("prices.view",), "P"),
    Entry("stock", pgettext_lazy("rail", "Stock"), "packages", "/stock/", ("stock.view",), "S"),
    Entry(
        "approvals",
        pgettext_lazy("rail", "Approvals"),
        "checks",
        "/approvals/",
        ("approvals.view",),
        "A",
        "/approvals/badge/",
    ),
    Entry("watch", pgettext_lazy("rail", "Watch"), "radar", "/watch/", ("watch.view",), "W", "/watch/badge/"),
    Entry("finance", pgettext_lazy("rail", "Finance"), "scale", "/finance/", ("finance.view",), "F"),
    Entry("trail", pgettext_lazy("rail", "Trail"), "fingerprint", "/trail/", ("audit.view",), "R"),
    Entry("settings", pgettext_lazy("rail", "Settings"), "adjustments", "/settings/", ("users.view",), "E"),
    Entry(
        "settings",
        pgettext_lazy("rail", "Settings"),
        "adjustments",
        "/settings/policies/",
        ("policies.view",),
        "E",
    ),
)
#: The bottom bar of a phone takes four of these, in this order; the others stand under "More".
BOTTOM = ("today", "stock", "approvals", "watch", "prices", "finance", "trail", "settings")
BOTTOM_ENTRIES = 4

#: Towns of the zones people of the demo live in; any other reads as its zone.
TOWNS: dict[str, str | Promise] = {
    "London": pgettext_lazy("town", "London"),
    "Berlin": pgettext_lazy("town", "Berlin"),
    "Paris": pgettext_lazy("town", "Paris"),
    "Amsterdam": pgettext_lazy("town", "Amsterdam"),
    "Dublin": pgettext_lazy("town", "Dublin"),
    "Shanghai": pgettext_lazy("town", "Shanghai"),
    "Vancouver": pgettext_lazy("town", "Vancouver"),
}

LANGUAGES = {"en": ("zh-hans", "中文"), "zh-hans": ("en", "EN")}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. No queries: the figures of the rail, bell and status bar come as fragments."""
    user = getattr(request, "user", None)
    language = get_language() or "en"
    other_language, other_label = LANGUAGES.get(language, LANGUAGES["en"])
    entries = rail_entries(request)
    bottom = sorted(entries, key=lambda entry: BOTTOM.index(entry.code))[:BOTTOM_ENTRIES]
    person = person_of(user)
    return {
        "frame": {
            "base": "web/page.html" if person else "web/outside.html",
            "entries": entries,
            "bottom": bottom,
            "more": [entry for entry in entries if entry not in bottom],
            "section": section_of(request.path),
            "rail": request.COOKIES.get(RAIL_COOKIE, "")
            if request.COOKIES.get(RAIL_COOKIE) in ("open", "folded")
            else "",
            "theme": theme_of(request),
            "other_language": other_language,
            "other_language_label": other_label,
            "clock": zone_clock(request),
            "now": clock.now(),
            "person": person,
            "may_search": may(request, "search.use"),
            "may_watch": may(request, "watch.view"),
            "may_trail": may(request, "audit.view"),
        }
    }


def may(request: HttpRequest, permission: str) -> bool:
    """Whether the one who asks holds `permission`; nobody does before sign-in."""
    actor = getattr(request, "actor", None)
    return bool(actor and actor.may(permission))


def rail_entries(request: HttpRequest) -> list[Entry]:
    """The rail of this person: what a role may not do is not shown, nothing twice."""
    shown: dict[str, Entry] = {}
    for entry in RAIL:
        if any(may(request, permission) for permission in entry.permissions):
            shown.setdefault(entry.code, entry)
    return list(shown.values())


def section_of(path: str) -> str:
    """The code of the rail entry `path` belongs to."""
    first = path.strip("/").split("/")[0]
    return first or "today"


def theme_of(request: HttpRequest) -> str:
    """ "auto", "light" or "dark": the person's setting, before sign-in the cookie's."""
    user = getattr(request, "user", None)
    chosen = getattr(user, "theme", None) or request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"


def zone_clock(request: HttpRequest) -> dict[str, Any]:
    """The clock beside UTC: zone and the name of its town, from the person's setting."""
    name = getattr(getattr(request, "user", None), "time_zone", "") or "UTC"
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        name, zone = "UTC", ZoneInfo("UTC")
    town = name.rsplit("/", 1)[-1].replace("_", " ")
    return {
        "zone": name,
        "town": TOWNS.get(town, town),
        "now": clock.now().astimezone(zone),
        "is_utc": name == "UTC",
    }


def person_of(user: Any) -> dict[str, str] | None:
    """Name, role and initials of the one signed in."""
    if user is None or not user.is_authenticated:
        return None
    name = str(user)
    role = user.get_role_display() if hasattr(user, "get_role_display") else ""
    return {"name": name, "role": role, "initials": initials_of(name)}
