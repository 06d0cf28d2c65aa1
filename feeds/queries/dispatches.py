"""Reading batches, their attempts and the items that stand behind them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from catalog.models import Site
from feeds import storage
from feeds.models import Dispatch, DispatchAttempt, Publication, PublishedItem
from feeds.rules.dispatching import UNLISTED, item_json, items_in
from feeds.senders import WAYS, Item
from lib.faults import refuse

PAGE = 500
MAX_PAGE = 5_000


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


@dataclass(frozen=True)
class PublishedPage:
    """Items after `since` in order of versions; `upto`: ask with this the next time."""

    publication: Publication
    items: list[Item]
    upto: int
    page_size: int
    has_more: bool

    def as_json(self, address: str) -> dict[str, Any]:
        """As REST answers it; address: of this list, without a query."""
        more = f"{address}?since={self.upto}&page_size={self.page_size}" if self.has_more else None
        return {
            "next": more,
            "previous": None,
            "since": self.upto,
            "last_version": self.publication.last_version,
            "results": [item_json(item) for item in self.items],
        }


def published_page(
    publication: Publication, since: str, page_size: str, site_ids: Collection[int] | None
) -> PublishedPage:
    """A page of what changed after version `since` ("" = all). 1 query.

    A publication of another database (restored, made again) may have a lower last version than the caller's since: then
    the caller must start at 0, which 409 tells. Raises Faults 400 `invalid_since`, `invalid_page_size`; 409 `since_ahead`.
    """
    after = _whole(since, 0, 2**62, "since", 0)
    size = _whole(page_size, 1, MAX_PAGE, "page_size", PAGE)
    if after > publication.last_version:
        raise refuse(
            "since_ahead", "There is no such version yet; start again at 0.", pointer="/since", status=409
        )
    items = items_after(publication.pk, after, size + 1, site_ids)
    has_more = len(items) > size
    items = items[:size]
    upto = items[-1].version if items else after
    return PublishedPage(publication, items, upto, size, has_more)


def _whole(text: str, low: int, high: int, name: str, default: int) -> int:
    if text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        raise refuse(
            f"invalid_{name}", f"{name} is a whole number from {low}.", pointer=f"/{name}", status=400
        )
    return int(text)


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


def published_items(
    publication_id: int, site_ids: Collection[int] | None, words: str = "", *, is_refused: bool = False
) -> QuerySet[PublishedItem]:
    """What stands published, the newest version first: by key or SKU, or only what was refused."""
    rows = PublishedItem.objects.filter(publication=publication_id).select_related("product", "site")
    if site_ids is not None:
        rows = rows.filter(Q(site__isnull=True) | Q(site__in=site_ids))
    if is_refused:
        rows = rows.exclude(refused__in=["", UNLISTED])
    if words:
        rows = rows.filter(Q(key__icontains=words) | Q(product__sku__iexact=words))
    return rows.order_by("-version")


def told_items(dispatch: Dispatch, site_ids: Collection[int] | None, limit: int = 200) -> list[Item]:
    """The first items of a batch as they were told, of the given sites; nothing when its bytes are gone. 1 query."""
    try:
        items = items_in(storage.read(dispatch.sha256))
    except (OSError, ValueError):
        return []
    if site_ids is not None:
        codes = set(Site.objects.filter(pk__in=site_ids).values_list("code", flat=True)) | {""}
        items = [item for item in items if item.site in codes]
    return items[:limit]
