"""Who may see and change which publications: those all of whose sites are in scope."""

from django.db.models import QuerySet
from django.http import Http404

from catalog.access import access_site, visible_site_ids, visible_site_ids_or_all
from feeds.models import Dispatch, Publication
from feeds.queries.publications import visible_publications
from lib.actors import Actor


def publications_of(actor: Actor) -> QuerySet[Publication]:
    """The publications in scope, by name. At most 2 queries, and 1 when read."""
    return visible_publications(visible_site_ids_or_all(actor))


def access_publication(actor: Actor, name: str) -> Publication:
    """The publication of that name. Raises Http404: unknown, or outside the actor's scope."""
    found = publications_of(actor).filter(name=name).first()
    if found is None:
        raise Http404(name)
    return found


def checked_sites(actor: Actor, code: str) -> list[int]:
    """The ids of the visible sites, or of the one that is named. Raises Http404: unknown, or outside the actor's scope."""
    if code:
        return [access_site(actor, code).pk]
    return sorted(visible_site_ids(actor))


def access_dispatch(actor: Actor, dispatch_id: int) -> Dispatch:
    """A batch with its publication. Raises Http404: unknown, or outside the actor's scope."""
    rows = Dispatch.objects.select_related("publication__channel", "publication__site")
    found = rows.filter(pk=dispatch_id, publication__in=publications_of(actor)).first()
    if found is None:
        raise Http404(dispatch_id)
    return found
