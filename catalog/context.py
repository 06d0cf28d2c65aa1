"""The scope picker of the frame: regions and sites one may see, and which of them is chosen."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from catalog import access
from catalog.queries.sites import picker_regions


def scope_choices(request: HttpRequest) -> dict[str, Any]:
    """`scope_picker` for the frame; read from the database only when a template shows it."""
    return {"scope_picker": SimpleLazyObject(lambda: _picker(request))}


def _picker(request: HttpRequest) -> dict[str, Any] | None:
    actor = getattr(request, "actor", None)
    if actor is None:
        return None
    regions = picker_regions(access.visible_sites(actor))
    if not regions:
        return None
    current = request.session.get("scope", "")
    names = {thing["key"]: thing["name"] for region in regions for thing in (region, *region["sites"])}
    return {
        "label": names.get(current, _("All regions")),
        "current": current if current in names else "",
        "url": reverse("choose_scope"),
        "regions": regions,
    }
