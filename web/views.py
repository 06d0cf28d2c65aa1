"""Pages of the frame: language and theme, the search that gathers every app's fragments, the component gallery."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language as django_set_language

from web import frame, gallery
from web.file_answers import file_answer
from web.gates import actor_of, permission_required
from web.search import groups_of
from web.stored_files import access_attachment

YEAR_S = 365 * 24 * 3600


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language: cookie, and the person's own setting when signed in."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponse(status=422)
    if request.user.is_authenticated:
        _remember(request, "language", language)
    return django_set_language(request)


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme chosen: cookie, and the person's own setting when signed in."""
    theme = request.POST.get("theme", "")
    if theme not in frame.THEMES:
        return HttpResponse(status=422)
    _remember(request, "theme", theme)
    response = HttpResponse(status=204)
    response.set_cookie(frame.THEME_COOKIE, theme, max_age=YEAR_S, samesite="Lax", secure=request.is_secure())
    return response


def _remember(request: HttpRequest, setting: str, value: str) -> None:
    """A setting of looks on the user row; no business write, so the trail does not hold it."""
    user = request.user
    if user.is_authenticated and hasattr(user, setting):
        setattr(user, setting, value)
        user.save(update_fields=[setting])


@require_GET
@permission_required("search.use")
def search(request: HttpRequest) -> HttpResponse:
    """Results under the search box (htmx) or as a page: places to go, and one fragment per app."""
    words = request.GET.get("q", "").strip()[:100]
    groups = groups_of(request, words, with_actions="actions" in request.GET)
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "web/search_results.html" if is_fragment else "web/search.html"
    return render(request, template, {"groups": groups, "words": words, "is_fragment": is_fragment})


@require_GET
@permission_required("today.view")
def components(request: HttpRequest) -> HttpResponse:
    """The gallery of components and states, to look at in both themes and languages."""
    return render(request, "web/gallery.html", gallery.samples())


@require_GET
@permission_required("today.view")
def stored_file(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """What somebody handed in, to whom the document it belongs to is open. Shown or saved, never run as a page."""
    found = access_attachment(actor_of(request), attachment_id)
    return file_answer(found, request.headers.get("If-None-Match"))
