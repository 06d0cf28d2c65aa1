"""Lots for people and REST: what is where and how long it lasts, what was noticed, who had a lot."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import QuerySet

from inventory.models import Lot, LotFinding, Recall
from inventory.queries.documents import plain
from inventory.sql import lots as sql

PAGE_SIZE = 50
SOON_DAYS = 7
MAX_DAYS = 400
SOLD_ROWS = 200


@dataclass(frozen=True)
class LotsAsked:
    """Filters of the watch; site_ids None: every site. state: a name of `sql.STATES` or ""."""

    state: str = ""
    site_ids: Collection[int] | None = None
    site: str = ""
    sku: str = ""
    lot: str = ""
    words: str = ""
    within: int = SOON_DAYS

    def values(self, at: datetime) -> dict[str, Any]:
        like = self.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return {
            "now": at,
            "sites": None if self.site_ids is None else list(self.site_ids),
            "site": self.site,
            "sku": self.sku,
            "lot": self.lot,
            "words": self.words,
            "like": f"%{like}%",
            "within": self.within,
        }

    @property
    def where(self) -> str:
        return sql.STATES.get(self.state, "true")


_NAMES = (
    "lot_id", "site_id", "sku", "name", "unit", "lot", "expires_on", "produced_on", "is_recalled", "site", "site_name",
    "currency", "supplier", "available", "aside", "value", "days", "product_id", "life",
)  # fmt: skip


def _rows(cursor: Any) -> list[dict[str, Any]]:
    rows = [dict(zip(_NAMES, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["available"] = row["available"] or Decimal(0)
        row["aside"] = row["aside"] or Decimal(0)
    return rows


def watched_lots(
    asked: LotsAsked, at: datetime, *, offset: int = 0, limit: int = PAGE_SIZE
) -> list[dict[str, Any]]:
    """Lots with stock, one row for each site, the first to expire first. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.WATCHED.format(where=asked.where) + " LIMIT %(limit)s OFFSET %(offset)s",
            asked.values(at) | {"limit": limit, "offset": offset},
        )
        return _rows(cursor)


def lot_page(
    asked: LotsAsked, at: datetime, after: list[Any] | None, limit: int
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """A page of lots as REST shows them, and where the next one begins. 1 query."""
    values = asked.values(at) | {
        "after": [0] if after else None,
        "after_lot": after[0] if after else None,
        "after_site": after[1] if after else None,
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.WATCHED_PAGE.format(where=asked.where), values)
        rows = _rows(cursor)
    following = [rows[limit - 1]["lot_id"], rows[limit - 1]["site_id"]] if len(rows) > limit else None
    return [lot_body(row) for row in rows[:limit]], following


def lot_body(row: dict[str, Any]) -> dict[str, Any]:
    """One (lot, site) as REST shows it. No query."""
    return {
        "id": row["lot_id"],
        "sku": row["sku"],
        "lot": row["lot"],
        "site": row["site"],
        "expires_on": row["expires_on"] and row["expires_on"].isoformat(),
        "produced_on": row["produced_on"] and row["produced_on"].isoformat(),
        "days_left": row["days"],
        "life_fraction": None if row["life"] is None else plain(round(row["life"], 3)),
        "available": plain(row["available"]),
        "set_aside": plain(row["aside"]),
        "is_recalled": row["is_recalled"],
        "supplier": row["supplier"] or "",
    }


def lot_counts(asked: LotsAsked, at: datetime) -> dict[str, int]:
    """How many (lot, site) there are in each state of the filter. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(sql.COUNTED, asked.values(at))
        row = cursor.fetchone()
    return dict(zip(("expired", "soon", "blocked", "recalled", "all"), row, strict=True))


def expiring_by_site(
    at: datetime, within: int = SOON_DAYS
) -> list[tuple[int, str, int, int, list[str], list[str]]]:
    """(site, code, expired, expiring, names of either) where there are any. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(sql.BY_SITE, LotsAsked(within=within).values(at))
        rows = cursor.fetchall()
    return [
        (site_id, code, expired, soon, old or [], near or [])
        for site_id, code, expired, soon, old, near in rows
        if expired or soon
    ]


# -- one lot ---------------------------------------------------------------------------------------------------------


def lot_by_id(lot_id: int) -> Lot | None:
    """The lot with product and supplier, or None. 1 query."""
    return Lot.objects.select_related("product", "supplier").filter(pk=lot_id).first()


def one_lot_body(lot: Lot) -> dict[str, Any]:
    """A lot without its stock as REST shows it. At most 1 query."""
    return {
        "id": lot.pk,
        "sku": lot.product.sku,
        "lot": lot.code,
        "expires_on": lot.expires_on and lot.expires_on.isoformat(),
        "produced_on": lot.produced_on and lot.produced_on.isoformat(),
        "is_recalled": lot.is_recalled,
    }


def where_it_is(lot: Lot, sites: Collection[int] | None) -> list[dict[str, Any]]:
    """Site by site what came of a lot, what is there, what was sold (and assumed to be), what is on its way. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(sql.WHERE_IT_IS, _of(lot, sites))
        names = ("site_id", "site", "site_name", "came", "available", "aside", "sold", "assumed", "scrapped", "in_transit")  # fmt: skip
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        for name in names[3:]:
            row[name] = row[name] or Decimal(0)
    return rows


def sold_to(lot: Lot, sites: Collection[int] | None, limit: int = SOLD_ROWS) -> list[dict[str, Any]]:
    """Movements that took the lot to customers, newest first; is_assumed: nobody named the lot. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SOLD_TO, _of(lot, sites) | {"limit": limit})
        names = ("movement", "kind", "reference", "site", "occurred_at", "quantity", "is_assumed")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _of(lot: Lot, sites: Collection[int] | None) -> dict[str, Any]:
    return {"product": lot.product_id, "lot": lot.code, "sites": None if sites is None else list(sites)}


def findings_of(lot: Lot, sites: Collection[int] | None) -> QuerySet[LotFinding]:
    """What was noticed about the lot, newest first. 1 query."""
    found = (
        LotFinding.objects.filter(product=lot.product_id, lot=lot.code).select_related("site").order_by("-id")
    )
    return found if sites is None else found.filter(site_id__in=list(sites))


# -- recalls ---------------------------------------------------------------------------------------------------------


def recalls(asked: dict[str, str]) -> QuerySet[Recall]:
    """Recalls, newest first; asked: state, sku. 1 query."""
    found = Recall.objects.select_related("lot__product").order_by("-id")
    if asked.get("state"):
        found = found.filter(state=asked["state"])
    if asked.get("sku"):
        found = found.filter(lot__product__sku=asked["sku"])
    return found


def recall_by_id(recall_id: int) -> Recall | None:
    """The recall with lot and product, or None. 1 query."""
    return Recall.objects.select_related("lot__product", "lot__supplier").filter(pk=recall_id).first()


def recall_body(recall: Recall) -> dict[str, Any]:
    """A recall as REST shows it. No query."""
    return {
        "id": recall.pk,
        "state": recall.state,
        "sku": recall.lot.product.sku,
        "lot": recall.lot.code,
        "reason": recall.reason,
        "units": plain(recall.units),
        "sites": recall.sites,
        "started_by": recall.started_by_name,
        "started_at": recall.started_at.isoformat(),
        "release_reason": recall.release_reason,
        "released_at": recall.released_at and recall.released_at.isoformat(),
    }


def trace_body(recall: Recall, sites: Collection[int] | None) -> dict[str, Any]:
    """A recall with who had the lot, within the sites visible. 2 queries."""
    numbers = ("came", "available", "aside", "sold", "assumed", "scrapped", "in_transit")
    where = [
        {
            "site": row["site"],
            **{("set_aside" if name == "aside" else name): plain(row[name]) for name in numbers},
        }
        for row in where_it_is(recall.lot, sites)
    ]
    sold = [
        {**row, "occurred_at": row["occurred_at"].isoformat(), "quantity": plain(row["quantity"])}
        for row in sold_to(recall.lot, sites)
    ]
    return {**recall_body(recall), "where": where, "sold_to": sold}


def price_change_url(row: dict[str, Any]) -> str:
    """Where a reduction because of expiry is prepared. No query."""
    return "/prices/changes/new/?" + urlencode(
        {"sku": row["sku"], "site": row["site"], "reason_code": "expiry"}
    )
