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
    return str(locale.territories.get(code, code))


def picker_regions(visible: QuerySet[Site]) -> list[dict[str, Any]]:
    """Regions of the visible sites with these sites: [{code, name, key, sites: [{code, name, key}]}]. 1 query."""
    regions: dict[str, dict[str, Any]] = {}
    for site in visible.select_related("region").order_by("region__code", "kind", "code"):
        code = site.region.code
        region = regions.setdefault(
            code, {"code": code, "name": site.region.name, "key": f"region:{code}", "sites": []}
        )
        region["sites"].append({"code": site.code, "name": site.name, "key": f"site:{site.code}"})
    return list(regions.values())


def chosen_site_ids(visible: QuerySet[Site], chosen: str) -> frozenset[int]:
    """The visible sites that the choice "region:<code>", "site:<code>" or "" (all) leaves. 1 query."""
    kind, _colon, code = chosen.partition(":")
    if kind == "region":
        visible = visible.filter(region__code=code)
    elif kind == "site":
        visible = visible.filter(code=code)
    return frozenset(visible.values_list("pk", flat=True))
