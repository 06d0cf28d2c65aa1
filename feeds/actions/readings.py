"""Prices read in shops: asked of the other side, or told by a feed; held against ours at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import raise_alert, resolve_alert
from catalog.models import Channel, Site
from catalog.queries import sites_by_code
from feeds.actions.kinds import Kind, Outcome
from feeds.models import Delivery, Publication
from feeds.queries.price_check import checked_readings
from feeds.queries.publications import outlet_of, sites_of
from feeds.queries.readings import due_read_backs, skus_to_read
from feeds.rules.batches import Batch, Layout
from feeds.rules.documents import checked_row
from feeds.rules.readings import AHEAD, OPTIONAL, REQUIRED, Place, ReadRow, missing_rows, own, row_of
from feeds.senders import WAYS, ReadBackError
from lib import clock
from lib.actors import Actor
from lib.faults import Fault

#: Readings younger than this are held against our prices for the alert.
YOUNG = timedelta(hours=2)
WRONG = "shop_price:"
UNREAD = "shop_unread:"
SHARED = ("site", "channel", "currency", "read_at", "tax_included")
#: So many wrong prices at a site, or one so far off, are an incident.
MANY = 10
FAR_FRACTION = Decimal("0.2")

_KEEP = """
INSERT INTO feeds_pricereading AS r
  (site_id, channel_id, sku, product_id, amount, currency, tax_included, read_at, publication_id, source)
SELECT DISTINCT ON (g.site_id, g.channel_id, g.sku)
       g.site_id, g.channel_id, g.sku, p.id, g.amount, g.currency, g.tax_included, g.read_at, %(publication)s, %(source)s
  FROM unnest(%(sites)s::bigint[], %(channels)s::bigint[], %(skus)s::text[], %(amounts)s::numeric[],
              %(currencies)s::text[], %(taxes)s::boolean[], %(moments)s::timestamptz[])
       AS g (site_id, channel_id, sku, amount, currency, tax_included, read_at)
  LEFT JOIN catalog_product p ON p.sku = g.sku
 ORDER BY g.site_id, g.channel_id, g.sku, g.read_at DESC
ON CONFLICT (site_id, channel_id, sku) DO UPDATE
   SET product_id = EXCLUDED.product_id, amount = EXCLUDED.amount, currency = EXCLUDED.currency,
       tax_included = EXCLUDED.tax_included, read_at = EXCLUDED.read_at, received_at = now(),
       publication_id = EXCLUDED.publication_id, source = EXCLUDED.source
 WHERE r.read_at <= EXCLUDED.read_at
"""


def keep_readings(rows: Sequence[ReadRow], *, source: str, publication_id: int | None = None) -> int:
    """Keep what was read, the newest of each site, channel and SKU; returns how many took the place of older ones.

    Locks: the readings. Records: nothing here; the delivery or the publication tells of them. Allowed: the loop, feeds.
    """
    if not rows:
        return 0
    columns: dict[str, Any] = {
        "sites": [row.site_id for row in rows],
        "channels": [row.channel_id for row in rows],
        "skus": [row.sku for row in rows],
        "amounts": [row.amount for row in rows],
        "currencies": [row.currency for row in rows],
        "taxes": [row.tax_included for row in rows],
        "moments": [row.read_at for row in rows],
        "publication": publication_id,
        "source": source[:80],
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, columns)
        return int(cursor.rowcount)


def read_back_due(*, actor: Actor, now: datetime) -> int:
    """Ask each shop that is due what it shows, and hold it against our prices. Returns how many prices were read.

    Locks: nothing across the network. Records: through alerts. Allowed: the loop.
    """
    return sum(read_back(actor=actor, publication=one, now=now) for one in due_read_backs(now))


def read_back(*, actor: Actor, publication: Publication, now: datetime) -> int:
    """Read a slice of one shop back: first what was published since it was read last, then what was read longest ago.

    Two workers at once read once. Locks: nothing across the network. Records: through alerts. Allowed: the loop; a
    person who asks for it.
    """
    mine = Publication.objects.filter(pk=publication.pk, read_back_at=publication.read_back_at)
    if not mine.update(read_back_at=now):
        return 0
    places = {site.code: Place(site.pk, site.channel_id) for site in sites_of(publication)}
    skus = skus_to_read(publication)
    if not skus or not places:
        return 0
    try:
        read = WAYS[publication.way].read_back(outlet_of(publication), skus)
    except ReadBackError as error:
        _alert_unread(actor, publication, error.code)
        return 0
    channel_id = publication.channel_id
    rows = [row for one in read if (row := row_of(one, places, channel_id, now)) is not None]
    if len(places) == 1:
        rows += missing_rows(skus, rows, next(iter(places.values())), channel_id, now)
    keep_readings(rows, source=f"publication:{publication.name}", publication_id=publication.pk)
    resolve_alert(f"{UNREAD}{publication.name}", actor=actor)
    alert_prices(actor=actor, site_ids=[place.id for place in places.values()], now=now)
    return len(rows)


def _alert_unread(actor: Actor, publication: Publication, code: str) -> None:
    raise_alert(
        key=f"{UNREAD}{publication.name}",
        kind="shop_unread",
        severity="note",
        title=format_lazy(
            _("Publication {name}: the shop's prices cannot be read ({reason})"),
            name=publication.name,
            reason=code,
        ),
        url=f"/feeds/publications/{publication.name}/",
        site_id=publication.site_id,
        actor=actor,
    )


def alert_prices(*, actor: Actor, site_ids: Sequence[int], now: datetime) -> int:
    """One alert per site whose shop shows prices that nothing explains; it ends when they are right. Returns how many lines.

    Many of them, or one that is far off, are an incident. Locks: alerts. Records: through alerts. Allowed: the loop, feeds.
    """
    far: dict[int, list[bool]] = {pk: [] for pk in site_ids}
    for row in checked_readings(site_ids, now - YOUNG, now + AHEAD):
        if row.verdict.class_code and not row.verdict.is_settled:
            ours, theirs = row.ours.amount, row.reading.amount
            is_far = bool(ours and theirs is not None and abs(theirs - ours) > ours * FAR_FRACTION)
            far[row.reading.site_id].append(is_far)
    for site in Site.objects.filter(pk__in=site_ids).order_by("pk"):
        lines = far[site.pk]
        if not lines:
            resolve_alert(f"{WRONG}{site.code}", actor=actor)
            continue
        raise_alert(
            key=f"{WRONG}{site.code}",
            kind="shop_price",
            severity="warning",
            title=format_lazy(
                _("{site}: the shop shows other prices ({count})"), site=site.code, count=len(lines)
            ),
            url=f"/feeds/price-check/?site={site.code}",
            site_id=site.pk,
            category="price_mismatch" if any(lines) or len(lines) >= MANY else "",
            actor=actor,
        )
    return sum(map(len, far.values()))


def apply_readings(actor: Actor, delivery: Delivery, batch: Batch) -> Outcome:
    """A delivery of the feed `price-readings`: every sound row is kept where it is newer; unknown SKUs too.

    A row without a moment was read when the delivery says that it was made. 4 queries.
    """
    outcome, rows = Outcome(), []
    places = {
        code: Place(site.pk, site.channel_id) for code, site in sites_by_code(_named(batch, "site")).items()
    }
    channels = dict(Channel.objects.values_list("code", "id"))
    made_at = delivery.sent_at or delivery.received_at
    for number, given in zip(batch.numbers, batch.rows, strict=True):
        shared = {name: batch.document[name] for name in SHARED if name in batch.document}
        taken, fault = checked_row(
            {**shared, **given} if isinstance(given, dict) else given, REQUIRED, OPTIONAL
        )
        fault = fault or _fault(taken, places, channels) or _untold(given, batch.form)
        if fault is not None:
            outcome.rejected.append((number, fault, given))
            continue
        place = places[taken["site"]]
        rows.append(
            ReadRow(
                place.id,
                own(place, channels.get(taken.get("channel", ""), place.channel_id)),
                taken["sku"],
                taken.get("amount"),
                taken.get("currency", ""),
                taken.get("tax_included"),
                taken.get("read_at") or made_at,
            )
        )
    newer = keep_readings(rows, source=f"feed:{delivery.feed.name}")
    outcome.accepted = len(rows)
    outcome.result = {"newer": newer}
    outcome.event_time_to = max((row.read_at for row in rows), default=None)
    alert_prices(actor=actor, site_ids=sorted({row.site_id for row in rows}), now=clock.now())
    return outcome


def _named(batch: Batch, name: str) -> set[str]:
    given = {str(row.get(name, "")) for row in batch.rows if isinstance(row, dict)}
    return given | {str(batch.document.get(name, ""))} - {""}


def _fault(taken: dict[str, Any], places: Mapping[str, Place], channels: Mapping[str, int]) -> Fault | None:
    if taken["site"] not in places:
        return Fault("/site", "unknown_site", f"There is no site {taken['site']!r}.")
    if taken.get("channel") and taken["channel"] not in channels:
        return Fault("/channel", "unknown_channel", f"There is no channel {taken['channel']!r}.")
    if taken.get("amount") is not None and taken["amount"] < 0:
        return Fault("/amount", "negative_amount", "amount must not be below zero.")
    if taken.get("read_at") and taken["read_at"] > clock.now() + AHEAD:
        return Fault("/read_at", "in_the_future", "read_at lies in the future.")
    return None


def _untold(given: Any, form: str) -> Fault | None:
    """An amount of null says that the shop does not show the product; one that is left out says nothing."""
    if form == "json" and "amount" not in given:
        return Fault("/amount", "required", "amount is needed; null: the shop does not show it.")
    return None


LAYOUT = Layout((*REQUIRED, "amount"), tuple(name for name in OPTIONAL if name != "amount"))
READINGS: dict[str, Kind] = {
    "price-readings": Kind(LAYOUT, apply_readings, sites=("site",)),
}
