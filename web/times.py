"""How instants read: in the reader's zone (Django's current one), another zone on hover."""

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import formats, timezone
from django.utils.translation import get_language

# Formats of Django's `date_format`, per form: English, Chinese.
FORMS = {
    "time": ("H:i", "H:i"),
    "seconds": ("H:i:s", "H:i:s"),
    "date": ("j M Y", "Y年n月j日"),
    "day": ("D j M", "n月j日 D"),
    "short": ("j M H:i", "n月j日 H:i"),
    "long": ("j M Y H:i", "Y年n月j日 H:i"),
    "full": ("l j F Y H:i", "Y年n月j日 l H:i"),
    "full_date": ("l j F Y", "Y年n月j日 l"),
}


def _pattern(form: str) -> str:
    english, chinese = FORMS[form]
    return chinese if (get_language() or "").startswith("zh") else english


def _format(moment: date, form: str) -> str:
    return formats.date_format(moment, _pattern(form), use_l10n=False)


def date_text(day: date, form: str) -> str:
    """A calendar date; forms with a time fall back to the date."""
    return _format(day, form if form in ("date", "day", "full_date") else "date")


def text_of(at: datetime, form: str, now: datetime) -> str:
    """`at` in the reader's zone. "short" shows the time alone for today and the year for other years."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    if form == "short":
        form = "time" if local.date() == today.date() else "short" if local.year == today.year else "date"
    return _format(local, form)


def full_text(at: datetime) -> str:
    """`at` with date, seconds and zone, for hover."""
    return zone_text(at, str(timezone.get_current_timezone()))


def zone_text(at: datetime, zone_name: str) -> str:
    """ "15 Oct 2026 08:42:11 London"."""
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError):
        zone_name, zone = "UTC", ZoneInfo("UTC")
    local = at.astimezone(zone)
    town = zone_name.rsplit("/", 1)[-1].replace("_", " ")
    return f"{_format(local, 'date')} {_format(local, 'seconds')} {town}"


def hover_text(at: datetime, site_zone: str) -> str:
    """The same instant in the site's zone and in UTC."""
    parts = [zone_text(at, site_zone)] if site_zone and site_zone != "UTC" else []
    return " · ".join([*parts, zone_text(at, "UTC")])
