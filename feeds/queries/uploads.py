"""Reading uploads and the feeds in scope."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.http import Http404

from feeds.models import Feed, Mapping, Upload

SiteIds = Collection[int] | None


def feeds_in(site_ids: SiteIds, prefix: str = "") -> Q:
    """What is of a feed that is of no site or of one in scope (None: every site is). prefix: the way to the feed."""
    if site_ids is None:
        return Q()
    own = Q(**{f"{prefix}site__isnull": True}) | Q(**{f"{prefix}site__in": list(site_ids)})
    of_source = Q(**{f"{prefix}source__site__isnull": True}) | Q(
        **{f"{prefix}source__site__in": list(site_ids)}
    )
    return own & of_source


def feed_in(site_ids: SiteIds, name: str) -> Feed:
    """The active feed of that name, with its source. Raises Http404: unknown, or outside the scope. One query."""
    rows = Feed.objects.filter(feeds_in(site_ids), name=name, is_active=True)
    found = rows.select_related("source").first()
    if found is None:
        raise Http404(name)
    return found


def upload_in(site_ids: SiteIds, upload_id: int) -> Upload:
    """The upload with its feed. Raises Http404: unknown, or outside the scope. One query."""
    rows = Upload.objects.filter(feeds_in(site_ids, "feed__"), pk=upload_id)
    found = rows.select_related("feed__source").first()
    if found is None:
        raise Http404(upload_id)
    return found


def waiting_uploads(site_ids: SiteIds) -> QuerySet[Upload]:
    """Files that wait to be mapped, newest first."""
    rows = Upload.objects.filter(feeds_in(site_ids, "feed__"), state=Upload.State.WAITING)
    return rows.select_related("feed").order_by("-id")


def mapping_in(site_ids: SiteIds, feed: str, mapping_id: int) -> Mapping:
    """One version of a mapping of that feed. Raises Http404: unknown, or outside the scope. One query."""
    rows = Mapping.objects.filter(feeds_in(site_ids, "feed__"), pk=mapping_id, feed__name=feed)
    found = rows.select_related("feed").first()
    if found is None:
        raise Http404(mapping_id)
    return found
