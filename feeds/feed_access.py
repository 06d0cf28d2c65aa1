"""Which feeds, streams and deliveries a person sees: those of a site only with the site in scope."""

from django.db.models import Q, QuerySet
from django.http import Http404

from catalog.access import visible_site_ids_or_all
from feeds.models import Delivery, Feed, FeedKey, Inlet, Source, Stream
from feeds.queries import deliveries
from feeds.queries.deliveries import Lag
from feeds.queries.inlets import inlets
from lib.actors import Actor


def _of_sites(visible: frozenset[int] | None, *places: str) -> Q:
    """Each of the places is empty or in scope."""
    condition = Q()
    if visible is not None:
        for place in places:
            condition &= Q(**{f"{place}__isnull": True}) | Q(**{f"{place}__in": visible})
    return condition


def visible_feeds(actor: Actor) -> QuerySet[Feed]:
    """Active feeds of no site, or of one in scope. 1 or 2 queries."""
    seen = _of_sites(visible_site_ids_or_all(actor), "site", "source__site")
    return Feed.objects.filter(seen, is_active=True).select_related("source", "site").order_by("name")


def visible_streams(actor: Actor) -> QuerySet[Stream]:
    """Streams of no site, or of one in scope, of such feeds. 1 or 2 queries."""
    seen = _of_sites(visible_site_ids_or_all(actor), "site", "feed__site", "feed__source__site")
    return Stream.objects.filter(seen, feed__is_active=True).select_related("feed__source", "site")


def visible_deliveries(actor: Actor, feed: str = "", state: str = "") -> QuerySet[Delivery]:
    """Deliveries of visible streams, newest first, of one feed or in one state when given. 1 or 2 queries."""
    seen = _of_sites(visible_site_ids_or_all(actor), "stream__site", "feed__site", "feed__source__site")
    return deliveries(feed, state).filter(seen).select_related("feed", "stream")


def visible_inlets(actor: Actor) -> QuerySet[Inlet]:
    """Inlets of visible feeds, by name. 1 or 2 queries."""
    seen = _of_sites(visible_site_ids_or_all(actor), "feed__site", "feed__source__site")
    return inlets().filter(seen)


def visible_sources(actor: Actor) -> QuerySet[Source]:
    """Sources of no site, or of one in scope. 1 or 2 queries."""
    seen = _of_sites(visible_site_ids_or_all(actor), "site")
    return Source.objects.filter(seen).select_related("site", "owner").order_by("code")


def visible_lags(actor: Actor, lags: list[Lag]) -> list[Lag]:
    """Those of the lags that are of no site, or of one in scope. At most 2 queries."""
    visible = visible_site_ids_or_all(actor)
    if visible is None:
        return lags
    return [lag for lag in lags if all(site in visible for site in _sites_of(lag))]


def _sites_of(lag: Lag) -> list[int]:
    stream, source = lag.stream, lag.feed.source
    found = (stream.site_id if stream else None, lag.feed.site_id, source.site_id if source else None)
    return [site for site in found if site is not None]


def access_feed(actor: Actor, name: str) -> Feed:
    """The feed. Raises Http404: unknown, or of a site outside the actor's scope."""
    found = visible_feeds(actor).filter(name=name).first()
    if found is None:
        raise Http404(name)
    return found


def access_stream(actor: Actor, stream_id: int) -> Stream:
    """The stream. Raises Http404: unknown, or of a site outside the actor's scope."""
    found = visible_streams(actor).filter(pk=stream_id).first()
    if found is None:
        raise Http404(stream_id)
    return found


def access_source(actor: Actor, code: str) -> Source:
    """The source. Raises Http404: unknown, or of a site outside the actor's scope."""
    found = visible_sources(actor).filter(code=code).first()
    if found is None:
        raise Http404(code)
    return found


def access_key(actor: Actor, key_id: int) -> int:
    """The number of a key of a visible feed or source. Raises Http404."""
    seen = _of_sites(visible_site_ids_or_all(actor), "feed__site", "source__site")
    if not FeedKey.objects.filter(seen, pk=key_id).exists():
        raise Http404(key_id)
    return key_id


def access_delivery(actor: Actor, delivery_id: int) -> Delivery:
    """The delivery. Raises Http404: unknown, or of a site outside the actor's scope."""
    found = visible_deliveries(actor).filter(pk=delivery_id).first()
    if found is None:
        raise Http404(delivery_id)
    return found
