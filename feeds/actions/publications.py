"""Setting publications up: what is told to whom, keys, going on after a pause, publishing everything again, a test."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from alerts.actions import resolve_alert
from audit.actions import record
from catalog.access import visible_site_ids_or_all
from catalog.models import Channel, Site
from feeds.access import access_publication
from feeds.actions.dispatching import write_batch
from feeds.actions.keys import MAX_LIVE, new_secret
from feeds.actions.sending import alert_key
from feeds.models import Dispatch, Publication, PublicationKey
from feeds.queries.contents import PROVIDERS
from feeds.queries.dispatches import items_after
from feeds.queries.publications import sites_of, visible_publications
from feeds.rules.publication_fields import PURPOSE, PublicationDraft, faults_of
from feeds.senders import WAYS
from jobs.actions import wake
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse

PUBLISH = "feeds.publish"
SIGNING = "signing"
TEST_ITEMS = 3
NAME_TAKEN = gettext_noop("There is a publication of this name.")
FIXED = gettext_noop("Name and kind stay what they are; make another publication.")
PAUSED_ALREADY = gettext_noop("It is paused already.")
NOT_PAUSED = gettext_noop("It is not paused.")
NOTHING_SENT = gettext_noop("The other side reads this publication; nothing is sent.")
NO_PURPOSE = gettext_noop("A purpose is small letters, digits and hyphens.")
TWO_KEYS = gettext_noop("Two keys are live; revoke one first.")
NO_SECRET = gettext_noop("Hand in what the platform gave you.")
NO_KEY = gettext_noop("There is no such live key.")
OUT_OF_SCOPE = gettext_noop("It would tell of sites outside your scope.")


@transaction.atomic
def create_publication(*, actor: Actor, draft: PublicationDraft) -> Publication:
    """A new publication; it is filled and sent at the next tick.

    Raises Faults 422 with every fault, 409 `name_taken`; 404 for what is out of scope.
    Locks: nothing (a unique name decides races). Records: publication.created. Allowed: feeds.manage, checked at the edge.
    """
    fields = _checked(actor, draft)
    if Publication.objects.filter(name=draft.name).exists():
        raise refuse("name_taken", NAME_TAKEN, pointer="/name", status=409)
    publication = Publication.objects.create(name=draft.name, **fields)
    _refuse_hidden(actor, publication)
    record(
        actor=actor,
        kind="publication.created",
        subject=subject_of(publication),
        after=_told(draft),
        site_ids=_site_ids(publication),
    )
    wake(PUBLISH)
    return publication


@transaction.atomic
def change_publication(*, actor: Actor, name: str, draft: PublicationDraft) -> Publication:
    """Other settings. What it publishes stays; to another address or by another way everything is said again.

    Raises Faults 422 with every fault, `fixed` for another name or kind; Http404.
    Locks: the publication. Records: publication.changed. Allowed: feeds.manage, checked at the edge.
    """
    publication = _locked(actor, name)
    if draft.name != name or draft.what != publication.what:
        raise refuse("fixed", FIXED, pointer="/what")
    before = _told(draft_of(publication))
    fields = _checked(actor, draft)
    moved = {"way", "endpoint"} & {key for key, value in fields.items() if getattr(publication, key) != value}
    if fields["channel"] != publication.channel or fields["site"] != publication.site:
        fields |= {"is_full_asked": True}
    Publication.objects.filter(pk=publication.pk).update(**fields)
    if moved:
        _say_again(publication)
    changed = Publication.objects.select_related("channel", "site").get(pk=publication.pk)
    _refuse_hidden(actor, changed)
    record(
        actor=actor,
        kind="publication.changed",
        subject=subject_of(publication),
        before=before,
        after=_told(draft),
        site_ids=_site_ids(publication),
    )
    wake(PUBLISH)
    return changed


@transaction.atomic
def publish_everything(*, actor: Actor, name: str, reason: str = "") -> Publication:
    """Look at everything again and say everything again, in batches; receivers leave out what is not newer.

    Raises Http404. Locks: the publication. Records: publication.full_asked. Allowed: feeds.manage, checked at the edge.
    """
    publication = _locked(actor, name)
    Publication.objects.filter(pk=publication.pk).update(is_full_asked=True)
    _say_again(publication)
    _record(actor, publication, "publication.full_asked", reason, {"items": publication.last_version})
    wake(PUBLISH)
    return publication


def _say_again(publication: Publication) -> None:
    """Start from the beginning; a batch that waits is given up, what it holds is in the new ones."""
    waiting = Dispatch.objects.filter(publication=publication, state=Dispatch.State.WAITING)
    waiting.exclude(kind=Dispatch.Kind.TEST).update(
        state=Dispatch.State.DROPPED, finished_at=Now(), lease_until=None
    )
    Publication.objects.filter(pk=publication.pk).update(sent_version=0, resend_to=F("last_version"))


@transaction.atomic
def pause_publication(*, actor: Actor, name: str, reason: str) -> None:
    """Send nothing for now; what changes is kept and told later, once.

    Raises Http404, Faults 409 `wrong_state`. Locks: the publication. Records: publication.paused. Allowed: feeds.manage.
    """
    publication = _locked(actor, name)
    if publication.paused_at is not None:
        raise refuse("wrong_state", PAUSED_ALREADY, status=409)
    Publication.objects.filter(pk=publication.pk).update(paused_at=clock.now(), pause_reason=reason[:300])
    _record(actor, publication, "publication.paused", reason, {"reason": reason})


@transaction.atomic
def resume_publication(*, actor: Actor, name: str, reason: str = "") -> None:
    """Go on after a pause: the batch that waits is tried at once.

    Raises Http404, Faults 409 `wrong_state`. Locks: the publication, its waiting batch. Records: publication.resumed.
    Allowed: feeds.manage, checked at the edge.
    """
    publication = _locked(actor, name)
    if publication.paused_at is None:
        raise refuse("wrong_state", NOT_PAUSED, status=409)
    Publication.objects.filter(pk=publication.pk).update(
        paused_at=None, pause_reason="", failures=0, failing_since=None
    )
    Dispatch.objects.filter(publication=publication, state=Dispatch.State.WAITING).update(next_at=Now())
    resolve_alert(alert_key(publication), actor=actor)
    _record(actor, publication, "publication.resumed", reason, {})
    wake(PUBLISH)


@transaction.atomic
def send_test(*, actor: Actor, name: str) -> Dispatch:
    """A batch of kind "test" with at most three items that stand published; it changes nothing here whatever comes back.

    Raises Http404, Faults 409 `nothing_is_sent` for a way that only waits to be read.
    Locks: the publication. Records: publication.tested. Allowed: feeds.manage, checked at the edge.
    """
    publication = _locked(actor, name)
    if not WAYS[publication.way].batch_items:
        raise refuse("nothing_is_sent", NOTHING_SENT, status=409)
    items = items_after(publication.pk, 0, TEST_ITEMS)
    span = (0, max((item.version for item in items), default=0))
    dispatch = write_batch(publication, Dispatch.Kind.TEST, items, span, clock.now())
    _record(actor, publication, "publication.tested", "", {"dispatch": dispatch.pk})
    wake(PUBLISH)
    return dispatch


@transaction.atomic
def create_publication_key(
    *, actor: Actor, name: str, purpose: str = SIGNING, secret: str = ""
) -> PublicationKey:
    """A new secret: made here for signing, handed in for what a platform gave; show it once, if at all.

    Raises Http404, Faults 422 `unknown_purpose`, `secret_required`, 409 `two_keys_live`. A handed-in one takes the place
    of the one before. Locks: the publication. Records: publication_key.created, never the secret. Allowed: feeds.manage.
    """
    publication = _locked(actor, name)
    if not PURPOSE.fullmatch(purpose):
        raise refuse("unknown_purpose", NO_PURPOSE, pointer="/purpose")
    live = PublicationKey.objects.filter(publication=publication, purpose=purpose, revoked_at=None)
    if purpose == SIGNING:
        if live.count() >= MAX_LIVE:
            raise refuse("two_keys_live", TWO_KEYS, status=409)
        secret = new_secret()
    elif not 0 < len(secret.strip()) <= 500 or "\x00" in secret:
        raise refuse("secret_required", NO_SECRET, pointer="/secret")
    else:
        live.update(revoked_at=Now())
    key = PublicationKey.objects.create(publication=publication, purpose=purpose, secret=secret.strip())
    _record(actor, publication, "publication_key.created", "", {"key": key.pk, "purpose": purpose})
    return key


@transaction.atomic
def revoke_publication_key(*, actor: Actor, name: str, key_id: int) -> None:
    """End a key now. Raises Http404, Faults 404 `unknown_key`.

    Locks: the publication. Records: publication_key.revoked. Allowed: feeds.manage, checked at the edge.
    """
    publication = _locked(actor, name)
    live = PublicationKey.objects.filter(pk=key_id, publication=publication, revoked_at=None)
    if not live.update(revoked_at=Now()):
        raise refuse("unknown_key", NO_KEY, status=404)
    _record(actor, publication, "publication_key.revoked", "", {"key": key_id})


def subject_of(publication: Publication) -> str:
    """How the trail names it."""
    return f"publication:{publication.name}"


def draft_of(publication: Publication) -> PublicationDraft:
    """The publication as it could be asked for again."""
    return PublicationDraft(
        name=publication.name,
        title=publication.title,
        what=publication.what,
        way=publication.way,
        channel=publication.channel.code if publication.channel else "",
        site=publication.site.code if publication.site else "",
        endpoint=publication.endpoint,
        settings=publication.settings,
        is_active=publication.is_active,
    )


def _told(draft: PublicationDraft) -> dict[str, Any]:
    return {key: value for key, value in asdict(draft).items() if value not in ("", None, {})}


def _locked(actor: Actor, name: str) -> Publication:
    pk = access_publication(actor, name).pk
    rows = Publication.objects.select_for_update(of=("self",)).select_related("channel", "site")
    return rows.get(pk=pk)


def _checked(actor: Actor, draft: PublicationDraft) -> dict[str, Any]:
    """The draft as columns. Raises Faults 422 with every fault."""
    ways = {name: way.needs_endpoint for name, way in WAYS.items()}
    faults = faults_of(draft, frozenset(PROVIDERS), ways, settings.OUTBOUND_ALLOW_PRIVATE)
    visible = visible_site_ids_or_all(actor)
    channel = Channel.objects.filter(code=draft.channel).first() if draft.channel else None
    site = Site.objects.filter(code=draft.site).first() if draft.site else None
    if draft.channel and channel is None:
        faults.append(Fault("/channel", "unknown_channel", f"There is no channel {draft.channel!r}."))
    if draft.site and (site is None or (visible is not None and site.pk not in visible)):
        faults.append(Fault("/site", "unknown_site", f"There is no site {draft.site!r}."))
    provider = PROVIDERS.get(draft.what)
    if provider and provider.is_per_site and not draft.channel and not draft.site:
        faults.append(Fault("/channel", "required", "Say whose: a channel, a site, or both."))
    if faults:
        raise Faults(faults, status=422)
    return {
        "title": draft.title,
        "what": draft.what,
        "way": draft.way,
        "channel": channel,
        "site": site,
        "endpoint": draft.endpoint.strip(),
        "settings": dict(draft.settings or {}),
        "is_active": draft.is_active,
    }


def _refuse_hidden(actor: Actor, publication: Publication) -> None:
    """A publication that its maker could not see afterwards is refused, with the transaction."""
    if not visible_publications(visible_site_ids_or_all(actor)).filter(pk=publication.pk).exists():
        raise refuse("out_of_scope", OUT_OF_SCOPE, pointer="/channel", status=403)


def _site_ids(publication: Publication) -> list[int]:
    return [site.pk for site in sites_of(publication)]


def _record(actor: Actor, publication: Publication, kind: str, reason: str, after: dict[str, Any]) -> None:
    record(
        actor=actor,
        kind=kind,
        subject=subject_of(publication),
        reason=reason,
        after=after,
        site_ids=_site_ids(publication),
    )
