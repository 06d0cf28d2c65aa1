"""The keys of the demo's warehouse system and shop, handed over in files that only their programs read."""

import json
import os
import socket
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from catalog.models import Site
from demo.steps.publications import load_publications
from feeds.actions.keys import create_source_key
from feeds.actions.publications import create_publication, create_publication_key
from feeds.actions.settings import set_expectation
from feeds.actions.sources import FeedDraft, SourceDraft, save_feed, save_source
from feeds.models import Feed, Source
from feeds.rules.publication_fields import PublicationDraft
from lib.actors import Actor
from pricing.queries.bulk_prices import PriceAsked, bulk_prices

WAREHOUSE, SHOP, CHANNEL = "WH-EU", "WEB-UK", "WEB"
SUPPLIED = ("BER-1", "AMS-1", "PAR-1", "MUC-1")
ASSORTMENT = 400
#: source → (name, kind, site, owner, streams: what the program calls it → (feed, kind, is it watched))
SOURCES: Mapping[str, tuple[str, str, str, str, Mapping[str, tuple[str, str, bool]]]] = {
    "wms-venlo": (
        "Warehouse system of Venlo",
        Source.Kind.WMS,
        WAREHOUSE,
        "clerk.stock",
        {
            "movements": ("wms-venlo-movements", Feed.Kind.MOVEMENTS, True),
            "shelves": ("wms-venlo-shelves", Feed.Kind.SNAPSHOTS, False),
            "dock": ("wms-venlo-dock", Feed.Kind.DOCUMENTS, True),
        },
    ),
    "shop-uk": (
        "Web shop UK",
        Source.Kind.SHOP,
        SHOP,
        "clerk.stock",
        {
            "sales": ("shop-uk-sales", Feed.Kind.SALES, True),
            "settlements": ("shop-uk-settlements", Feed.Kind.SETTLEMENTS, False),
        },
    ),
}


def load_connectors(actor: Actor, moment: datetime) -> None:
    """Make sources, feeds, publications and keys; the files are written once all of it stands in the database."""
    handed = {name: _source(actor, code) for name, code in (("wms", "wms-venlo"), ("shop", "shop-uk"))}
    handed["wms"] |= {"supplies": SUPPLIED, "shelves": _on_hand(WAREHOUSE)}
    port = _port()
    secrets = _publications(actor, f"http://127.0.0.1:{port}/steelyard")
    handed["shop"] |= {
        "channel": CHANNEL,
        "port": port,
        "webhook_secrets": secrets,
        "goods": _goods(actor, moment),
    }
    load_publications(actor)
    transaction.on_commit(lambda: hand_over(handed))


def hand_over(handed: Mapping[str, Mapping[str, Any]]) -> None:
    """One file for each program, for its eyes only."""
    folder = Path(settings.DATA_DIR) / "demo"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in handed.items():
        path = folder / f"{name}.handover.json"
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf8") as file:
            json.dump(content, file, indent=1)


def _source(actor: Actor, code: str) -> dict[str, Any]:
    name, kind, site_code, owner, streams = SOURCES[code]
    site = Site.objects.get(code=site_code)
    save_source(actor=actor, draft=SourceDraft(code, name, kind, site_code, owner))
    for feed, feed_kind, is_watched in streams.values():
        save_feed(actor=actor, draft=FeedDraft(feed, feed_kind, code, site_code))
        if is_watched:
            set_expectation(
                actor=actor, name=feed, is_expected=True, warn_after_s=20 * 60, alarm_after_s=30 * 60
            )
    secret = create_source_key(actor=actor, code=code).secret
    feeds = {stream: {"name": feed, "secret": secret} for stream, (feed, _kind, _watched) in streams.items()}
    return {
        "source": code,
        "site": site_code,
        "timezone": site.timezone,
        "currency": site.currency,
        "feeds": feeds,
    }


def _publications(actor: Actor, endpoint: str) -> list[str]:
    """What the shop is told: its prices and its stock; the secrets that sign them."""
    secrets = []
    for what, title in (("prices", "Prices of the web shop"), ("stock", "Stock of the web shop")):
        draft = PublicationDraft(
            f"web-uk-{what}",
            title,
            what,
            "webhook",
            channel=CHANNEL,
            site=SHOP,
            endpoint=endpoint,
            settings={"read_back_every_s": 300},
        )
        create_publication(actor=actor, draft=draft)
        secrets.append(create_publication_key(actor=actor, name=draft.name).secret)
    return secrets


def _on_hand(site: str) -> dict[str, str]:
    """What the book says lies there, in whole pieces, as the warehouse counted it when it was connected."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.sku, trunc(sum(b.on_hand))::text FROM inventory_balance b JOIN catalog_product p ON p.id = b.product_id"
            " JOIN catalog_site s ON s.id = b.site_id WHERE s.code = %s GROUP BY p.sku HAVING sum(b.on_hand) >= 0"
            " ORDER BY p.sku",
            [site],
        )
        return dict(cursor.fetchall())


def _goods(actor: Actor, moment: datetime) -> dict[str, dict[str, str]]:
    """What the shop lists: the best stocked products of its site, at the price of the moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.sku, trunc(sum(b.on_hand - b.reserved)) AS free FROM inventory_balance b"
            " JOIN catalog_product p ON p.id = b.product_id JOIN catalog_site s ON s.id = b.site_id"
            " WHERE s.code = %s AND b.state = 'available' GROUP BY p.id, p.sku ORDER BY free DESC, p.sku LIMIT %s",
            [SHOP, ASSORTMENT],
        )
        rows = cursor.fetchall()
    found = bulk_prices(
        [PriceAsked(product_id, SHOP) for product_id, _sku, _free in rows], actor=actor, at=moment
    )
    return {
        sku: {"price": str(price.amount), "stock": str(max(free, Decimal(0)))}
        for (_id, sku, free), price in zip(rows, found, strict=True)
        if price.amount is not None
    }


def _port() -> int:
    """Where the shop will listen: fixed, for its address is told; never beside another instance's own port."""
    own = int(os.environ.get("PORT") or "8000")
    wanted = own + 10_000 if own < 55_000 else own - 10_000
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("there is no free port")
