"""Sites, countries and scopes."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from babel import Locale
from django.db.models import QuerySet

from catalog.models import Scope, Site


def sites_by_code(codes: Collection[str]) -> dict[str, Site]:
    """The sites of `codes` that exist, whoever may see them. 1 query."""
    return {site.code: site for site in Site.objects.filter(code__in=set(codes))}


def site_rows(sites: Iterable[Site]) -> list[dict[str, Any]]:
    """Sites (read with region, legal entity and channel) with the fields they are posted with. No query."""
    return [
        {
            "code": site.code,
            "name": site.name,
            "kind": site.kind,
            "region": site.region.code,
            "country": site.country,
            "timezone": site.timezone,
            "currency": site.currency,
            "legal_entity": site.legal_entity.code,
            "operator": site.operator,
            "channel": site.channel.code if site.channel else None,
            "opening_hours": site.opening_hours,
        }
        for site in sites
    ]


def scopes_of(user_id: int, at: datetime | None = None) -> QuerySet[Scope]:
    """The scopes of a user, newest first; with `at` only those valid then. 1 query when read."""
    found = (
        Scope.objects.filter(user_id=user_id).select_related("region", "site").order_by("-valid_from", "-id")
    )
    if at is not None:
        found = found.filter(valid_from__lte=at).exclude(valid_until__lte=at)
    return found


def country_name(code: str, language: str = "en") -> str:
    """The country's name in `language` ("en", "zh-hans"), or the code itself. No query."""
    locale = Locale.parse("zh_Hans" if language.lower().startswith("zh") else "en")
    return locale.territories.get(code, code)
