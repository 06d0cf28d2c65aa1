"""Sources and the feeds they deliver through."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from audit.actions import record
from catalog.access import visible_sites
from catalog.models import Site
from feeds.actions.keys import revoke_key
from feeds.models import Feed, FeedKey, Source
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse


@dataclass(frozen=True)
class SourceDraft:
    """A source as asked for; site and owner by code and user name, "" for none."""

    code: str
    name: str
    kind: str
    site: str = ""
    owner: str = ""
    is_active: bool = True


@dataclass(frozen=True)
class FeedDraft:
    """A feed as asked for; source and site by code, "" for none."""

    name: str
    kind: str
    source: str = ""
    site: str = ""


@transaction.atomic
def save_source(*, actor: Actor, draft: SourceDraft) -> Source:
    """Create the source of this code, or change it; switching one off ends its keys at once.

    Raises Faults 404 `unknown_source` (it is of a site outside the scope); 422 `invalid_code`, `invalid_name`,
    `unknown_kind`, `unknown_site`, `unknown_owner`.
    Locks: the source. Records: source.made or source.changed. Allowed: feeds.manage, checked at the edge; the site in
    scope.
    """
    site, faults = _site(actor, draft.site)
    owner = User.objects.filter(username=draft.owner, is_active=True).first() if draft.owner else None
    if not _is_slug(draft.code):
        faults.append(Fault("/code", "invalid_code", "A code has up to 60 of a–z, 0–9, - and _."))
    if not 1 <= len(draft.name.strip()) <= 120:
        faults.append(Fault("/name", "invalid_name", "A name has 1 to 120 characters."))
    if draft.kind not in Source.Kind.values:
        faults.append(Fault("/kind", "unknown_kind", f"A kind is one of {', '.join(Source.Kind.values)}."))
    if draft.owner and owner is None:
        faults.append(Fault("/owner", "unknown_owner", f"There is no user {draft.owner!r}."))
    if faults:
        raise Faults(faults)
    before = Source.objects.select_for_update(no_key=True).filter(code=draft.code).first()
    if before is not None and not _sees(actor, before.site_id):
        raise refuse("unknown_source", f"There is no source {draft.code!r}.", status=404)
    values = {
        "name": draft.name.strip(), "kind": draft.kind, "site": site, "owner": owner, "is_active": draft.is_active,
    }  # fmt: skip
    source, is_new = Source.objects.update_or_create(code=draft.code, defaults=values)
    if not draft.is_active:
        for key in FeedKey.objects.filter(source=source, revoked_at=None):
            revoke_key(actor=actor, key_id=key.pk)
    record(
        actor=actor,
        kind="source.made" if is_new else "source.changed",
        subject=f"source:{source.code}",
        before=_told(before) if before else {},
        after=_told(source),
        site_ids=[site.pk] if site else [],
    )
    return source


@transaction.atomic
def save_feed(*, actor: Actor, draft: FeedDraft) -> Feed:
    """Create the feed of this name, or give it another source or site; its kind stays.

    With a source, the source's keys sign for it and its own no longer do.
    Raises Faults 404 `unknown_feed` (it is of a site outside the scope); 422 `invalid_name`, `unknown_kind`, `other_kind`,
    `unknown_source`, `unknown_site`.
    Locks: the feed. Records: feed.made or feed.changed. Allowed: feeds.manage, checked at the edge; sites in scope.
    """
    site, faults = _site(actor, draft.site)
    source = Source.objects.filter(code=draft.source).first() if draft.source else None
    if source is not None and not _sees(actor, source.site_id):
        source = None
    before = Feed.objects.select_for_update(no_key=True, of=("self",)).select_related("source", "site")
    feed = before.filter(name=draft.name).first()
    if feed is not None:
        places = (feed.site_id, feed.source.site_id if feed.source else None)
        if not all(_sees(actor, site_id) for site_id in places):
            raise refuse("unknown_feed", f"There is no feed {draft.name!r}.", status=404)
    if not _is_slug(draft.name):
        faults.append(Fault("/name", "invalid_name", "A name has up to 60 of a–z, 0–9, - and _."))
    if draft.kind not in Feed.Kind.values:
        faults.append(Fault("/kind", "unknown_kind", f"A kind is one of {', '.join(Feed.Kind.values)}."))
    elif feed is not None and feed.kind != draft.kind:
        faults.append(Fault("/kind", "other_kind", f"The feed is of kind {feed.kind}."))
    if draft.source and source is None:
        faults.append(Fault("/source", "unknown_source", f"There is no source {draft.source!r}."))
    if faults:
        raise Faults(faults)
    told = _feed_told(feed) if feed else {}
    values = {"source": source, "site": site}
    feed, is_new = Feed.objects.update_or_create(
        name=draft.name, defaults=values, create_defaults={**values, "kind": draft.kind}
    )
    record(
        actor=actor,
        kind="feed.made" if is_new else "feed.changed",
        subject=f"feed:{feed.name}",
        before=told,
        after=_feed_told(feed),
        site_ids=[site.pk] if site else [],
    )
    return feed


def _site(actor: Actor, code: str) -> tuple[Site | None, list[Fault]]:
    if not code:
        return None, []
    site = visible_sites(actor).filter(code=code).first()
    return site, [] if site else [Fault("/site", "unknown_site", f"There is no site {code!r}.")]


def _sees(actor: Actor, site_id: int | None) -> bool:
    """Whether the site is in scope; what is of no site is for everybody."""
    return site_id is None or visible_sites(actor).filter(pk=site_id).exists()


def _is_slug(text: str) -> bool:
    return 0 < len(text) <= 60 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _told(source: Source) -> dict[str, object]:
    return {
        "name": source.name,
        "kind": source.kind,
        "site": source.site.code if source.site else "",
        "owner": source.owner.username if source.owner else "",
        "is_active": source.is_active,
    }


def _feed_told(feed: Feed) -> dict[str, str]:
    return {
        "kind": feed.kind,
        "source": feed.source.code if feed.source else "",
        "site": feed.site.code if feed.site else "",
    }
