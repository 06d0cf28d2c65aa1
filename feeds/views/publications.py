"""Pages of publications: the board, one publication with items, batches, settings and keys, one batch."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import visible_site_ids_or_all
from feeds import access
from feeds.actions import publications as actions
from feeds.publication_forms import KINDS, draft_from, form_of, new_form, purposes_of, way_choices
from feeds.queries import dispatches as dispatch_queries
from feeds.queries.price_check import latest_check
from feeds.queries.publication_board import boards
from feeds.queries.publications import choices_of, keys_of, sites_of
from feeds.senders.files import read_file
from lib import clock
from lib.faults import Faults
from web.answers import done
from web.file_answers import saved
from web.gates import actor_of, permission_required

PAGE_SIZE = 50
SHOWS = ("items", "refused", "dispatches", "settings")


@require_GET
@permission_required("feeds.view")
def board(request: HttpRequest) -> HttpResponse:
    """Every publication in scope with its lag, what waits and what is refused."""
    actor = actor_of(request)
    rows = boards(list(access.publications_of(actor)), clock.now())
    return render(request, "feeds/publications.html", {"rows": rows, "may_manage": actor.may("feeds.manage")})


@require_http_methods(["GET", "POST"])
@permission_required("feeds.manage")
def new(request: HttpRequest) -> HttpResponse:
    """A new publication."""
    actor, faults, typed = actor_of(request), [], new_form()
    if request.method == "POST":
        typed = request.POST.dict()
        try:
            made = actions.create_publication(actor=actor, draft=draft_from(typed))
            return redirect("publication", made.name)
        except Faults as refused:
            faults = list(refused.faults)
    context = {"typed": typed, "faults": faults, "is_new": True, **_choices(actor)}
    return render(request, "feeds/publication_edit.html", context, status=422 if faults else 200)


@require_http_methods(["GET", "POST"])
@permission_required("feeds.manage")
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """Other settings."""
    actor, faults = actor_of(request), []
    publication = access.access_publication(actor, name)
    typed = form_of(publication)
    if request.method == "POST":
        typed = {**request.POST.dict(), "name": name, "what": publication.what}
        try:
            actions.change_publication(actor=actor, name=name, draft=draft_from(typed))
            return redirect("publication", name)
        except Faults as refused:
            faults = list(refused.faults)
    context = {"typed": typed, "faults": faults, "publication": publication, **_choices(actor)}
    return render(request, "feeds/publication_edit.html", context, status=422 if faults else 200)


def _choices(actor: Any) -> dict[str, Any]:
    return {"kinds": KINDS, "ways": way_choices(), **choices_of(visible_site_ids_or_all(actor))}


@require_GET
@permission_required("feeds.view")
def publication(request: HttpRequest, name: str) -> HttpResponse:
    """One publication: what stands published, what was refused, batches, settings and keys."""
    actor = actor_of(request)
    found = access.access_publication(actor, name)
    show = request.GET.get("show", "") if request.GET.get("show") in SHOWS else SHOWS[0]
    sites = sites_of(found)
    context = {
        "board": boards([found], clock.now())[0],
        "publication": found,
        "sites": sites,
        "show": show,
        "may_manage": actor.may("feeds.manage"),
        "keys": keys_of(found.pk) if actor.may("feeds.manage") else [],
        "purposes": purposes_of(found),
        "check": latest_check([site.pk for site in sites]) if found.what == "prices" else None,
        "page_obj": Paginator(_rows(request, found.pk, show), PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "feeds/publication.html", context)


def _rows(request: HttpRequest, publication_id: int, show: str) -> Any:
    if show == "dispatches":
        return dispatch_queries.dispatches_of(publication_id)
    sites = visible_site_ids_or_all(actor_of(request))
    words = request.GET.get("q", "")[:64]
    return dispatch_queries.published_items(publication_id, sites, words, is_refused=show == "refused")


@require_GET
@permission_required("feeds.view")
def dispatch(request: HttpRequest, dispatch_id: int) -> HttpResponse:
    """One batch: its items, every attempt and what came back."""
    found = access.access_dispatch(actor_of(request), dispatch_id)
    sites = visible_site_ids_or_all(actor_of(request))
    context = {
        "dispatch": found,
        "publication": found.publication,
        "tries": dispatch_queries.attempts_of(found.pk),
        "items": dispatch_queries.told_items(found, sites),
    }
    return render(request, "feeds/dispatch.html", context)


@require_GET
@permission_required("feeds.view")
def dispatch_file(request: HttpRequest, dispatch_id: int) -> HttpResponse:
    """The file that a batch was written to."""
    found = access.access_dispatch(actor_of(request), dispatch_id)
    return saved(read_file(found.publication.name, found.filename), found.filename)


@require_POST
@permission_required("feeds.manage")
def act(request: HttpRequest, name: str, verb: str) -> HttpResponse:
    """Publish everything, pause, go on, send a test."""
    actor, reason = actor_of(request), request.POST.get("reason", "")[:300]
    acts: dict[str, tuple[Any, str]] = {
        "publish": (
            lambda: actions.publish_everything(actor=actor, name=name, reason=reason),
            _("Everything is published again."),
        ),
        "pause": (lambda: actions.pause_publication(actor=actor, name=name, reason=reason), _("Paused.")),
        "resume": (
            lambda: actions.resume_publication(actor=actor, name=name, reason=reason),
            _("It goes on."),
        ),
        "test": (lambda: actions.send_test(actor=actor, name=name), _("A test is on its way.")),
    }
    access.access_publication(actor, name)
    do, words = acts[verb]
    return done(request, f"/feeds/publications/{name}/", do, words)


@require_POST
@permission_required("feeds.manage")
def new_key(request: HttpRequest, name: str) -> HttpResponse:
    """A new secret: made here and shown once, or handed in."""
    actor, made = actor_of(request), []
    publication = access.access_publication(actor, name)
    purpose, secret = request.POST.get("purpose", ""), request.POST.get("secret", "")

    def make() -> None:
        made.append(actions.create_publication_key(actor=actor, name=name, purpose=purpose, secret=secret))

    back = f"/feeds/publications/{name}/?show=settings"
    answer = done(request, back, make, _("The key is kept."))
    if made and not secret:
        return render(request, "feeds/publication_key.html", {"key": made[0], "publication": publication})
    return answer


@require_POST
@permission_required("feeds.manage")
def revoke_key(request: HttpRequest, name: str, key_id: int) -> HttpResponse:
    """End a key now."""
    actor = actor_of(request)
    back = f"/feeds/publications/{name}/?show=settings"
    return done(
        request,
        back,
        lambda: actions.revoke_publication_key(actor=actor, name=name, key_id=key_id),
        _("The key is revoked."),
    )
