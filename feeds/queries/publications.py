"""Reading publications, what stands published, batches and their attempts."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from catalog.models import Channel, Site
from feeds.models import Publication, PublicationKey
from feeds.queries.channel_stock import selling_sites
from feeds.senders import Outlet


def sites_of(publication: Publication) -> list[Site]:
    """Whose content is published, by code: the publication's site, or every site of its channel.

    Stock: every site that the channel sells from. At most 3 queries.
    """
    sites = Site.objects.select_related("channel").order_by("code")
    if publication.site_id is not None:
        return list(sites.filter(pk=publication.site_id))
    if publication.channel_id is None:
        return []
    if publication.what == Publication.What.STOCK:
        return list(sites.filter(pk__in=selling_sites(publication.channel_id)))
    return list(sites.filter(channel=publication.channel_id))


def settled_until(now: datetime) -> datetime:
    """Whatever was written at or before this moment is committed or gone: the start of the oldest writer still at work.

    Read before the content: what such a writer commits later bears a later stamp and is found the next time. 1 query.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least(%s, min(xact_start)) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()",
            [now],
        )
        (moment,) = cursor.fetchone()
    return min(now, moment) if moment else now


def outlet_of(publication: Publication) -> Outlet:
    """The publication as a sender sees it, with its live secrets. At most 4 queries."""
    secrets: dict[str, list[str]] = {}
    for purpose, secret in (
        PublicationKey.objects.filter(publication=publication, revoked_at=None)
        .order_by("-id")
        .values_list("purpose", "secret")
    ):
        secrets.setdefault(purpose, []).append(secret)
    return Outlet(
        id=publication.pk,
        name=publication.name,
        what=publication.what,
        way=publication.way,
        channel=publication.channel.code if publication.channel else "",
        site=_only_site(publication),
        endpoint=publication.endpoint,
        settings=publication.settings,
        secrets=secrets,
    )


def _only_site(publication: Publication) -> str:
    """The site's code, or that of the only site of the channel."""
    if publication.site is not None:
        return publication.site.code
    sites = sites_of(publication)
    return sites[0].code if len(sites) == 1 else ""


def active_publications() -> list[int]:
    """The ids of those that are kept up to date, by name. 1 query."""
    return list(Publication.objects.filter(is_active=True).order_by("name").values_list("pk", flat=True))


def visible_publications(site_ids: Collection[int] | None) -> QuerySet[Publication]:
    """Publications all of whose sites are visible (None: every site is), by name."""
    rows = Publication.objects.select_related("channel", "site").order_by("name")
    if site_ids is None:
        return rows
    hidden = Site.objects.exclude(pk__in=site_ids)
    return (
        rows.exclude(site__isnull=True, channel__isnull=True)
        .exclude(site__in=hidden)
        .exclude(site__isnull=True, channel__in=hidden.filter(channel__isnull=False).values("channel"))
    )


def keys_of(publication_id: int) -> QuerySet[PublicationKey]:
    """The live keys, the oldest first."""
    return PublicationKey.objects.filter(publication=publication_id, revoked_at=None).order_by("id")


def choices_of(site_ids: Collection[int] | None) -> dict[str, list[tuple[str, str]]]:
    """Channels and sites (of the given ones, None: all) that a form offers, as (code, name). 2 queries."""
    sites = Site.objects.all() if site_ids is None else Site.objects.filter(pk__in=site_ids)
    return {
        "channels": list(Channel.objects.order_by("code").values_list("code", "name")),
        "sites": list(sites.order_by("code").values_list("code", "name")),
    }
