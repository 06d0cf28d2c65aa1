"""The page of the price check: what shops show against what is effective, by class."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.access import visible_site_ids_or_all
from feeds.access import checked_sites
from feeds.price_check_words import PRICE_CLASSES
from feeds.queries.price_check import latest_check
from feeds.queries.publications import choices_of
from web.gates import actor_of, permission_required

PAGE_SIZE = 50


@require_GET
@permission_required("feeds.view")
def price_check(request: HttpRequest) -> HttpResponse:
    """The last day's readings that differ, by class; of one site or of all in scope."""
    actor, site = actor_of(request), request.GET.get("site", "")
    code = request.GET.get("class", "") if request.GET.get("class") in PRICE_CLASSES else ""
    check = latest_check(checked_sites(actor, site))
    context = {
        "check": check,
        "site": site,
        "class_code": code,
        "classes": [(name, PRICE_CLASSES[name][0], count) for name, count in check.classes],
        "words": PRICE_CLASSES,
        "sites": choices_of(visible_site_ids_or_all(actor))["sites"],
        "page_obj": Paginator(check.of_class(code), PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "feeds/price_check.html", context)
