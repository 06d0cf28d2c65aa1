"""Reading batches, their attempts and the items that stand behind them."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Q, QuerySet

from feeds.models import Dispatch, DispatchAttempt, Publication, PublishedItem
from feeds.senders import WAYS, Item


def items_after(
    publication_id: int, version: int, limit: int | None, site_ids: Collection[int] | None = None
) -> list[Item]:
    """What stands published with a higher version, in order of versions; of the given sites only. 1 query.

    Versions become visible in their order, so who goes on after the last one misses nothing; of a key that changed
    several times only the newest version is told.
    """
    rows = PublishedItem.objects.filter(publication=publication_id, version__gt=version).order_by("version")
    if site_ids is not None:
        rows = rows.filter(Q(site__isnull=True) | Q(site__in=site_ids))
    values = rows.values_list("key", "product__sku", "site__code", "version", "content", "effective_at")
    return [Item(key, sku or "", site or "", *rest) for key, sku, site, *rest in values[:limit]]


def due_publications(now: datetime) -> list[int]:
    """Active ones with something to send now: a batch that is due, or items in no batch yet. 1 query."""
    silent = [name for name, way in WAYS.items() if not way.batch_items]
    due = Dispatch.objects.filter(state=Dispatch.State.WAITING, next_at__lte=now).filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    )
    under_way = Dispatch.objects.filter(state=Dispatch.State.WAITING).exclude(kind=Dispatch.Kind.TEST)
    tests = due.filter(kind=Dispatch.Kind.TEST)
    going = Q(is_active=True, paused_at__isnull=True)
    unsent = Q(sent_version__lt=F("last_version")) & ~Q(pk__in=under_way.values("publication"))
    return list(
        Publication.objects.exclude(way__in=silent)
        .filter(
            Q(pk__in=tests.values("publication")) | going & (Q(pk__in=due.values("publication")) | unsent)
        )
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def dispatches_of(publication_id: int) -> QuerySet[Dispatch]:
    """A publication's batches, the newest first."""
    return Dispatch.objects.filter(publication=publication_id).order_by("-id")


def attempts_of(dispatch_id: int) -> list[DispatchAttempt]:
    """The attempts of a batch, the newest first, at most 100. 1 query."""
    return list(DispatchAttempt.objects.filter(dispatch=dispatch_id).order_by("-number")[:100])
