"""Sites with the region and legal entity they name, written by lists."""

from typing import Any

from django.db import connection, transaction

from audit import actions as audit
from catalog import access, queries
from catalog.actions import upserts
from catalog.actions.upserts import Column, Counts, Rows, Story, Target
from catalog.models import Channel, Region, Site
from catalog.rules.rows import SITE, checked_rows
from jobs import actions as jobs
from lib.actors import Actor
from lib.faults import Fault

_STAGE = {
    "code": "text",
    "name": "text",
    "kind": "text",
    "region": "text",
    "country": "text",
    "timezone": "text",
    "currency": "text",
    "legal_entity": "text",
    "operator": "text",
    "channel": "text",
    "has_channel": "boolean",
    "opening_hours": "jsonb",
}

_TARGET = Target(
    table="catalog_site",
    key=["code"],
    key_values=["s.code"],
    joins=(
        "JOIN catalog_region r ON r.code = s.region"
        " LEFT JOIN catalog_channel ch ON ch.code = s.channel"
        " LEFT JOIN catalog_legalentity named ON named.code = s.legal_entity"
        " LEFT JOIN catalog_legalentity usual ON usual.code = s.country"
    ),
    columns=[
        Column("name", "s.name"),
        Column("kind", "s.kind"),
        Column("region_id", "r.id"),
        Column("country", "s.country"),
        Column("timezone", "s.timezone"),
        Column("currency", "s.currency"),
        Column(
            "legal_entity_id",
            "coalesce(named.id, CASE WHEN t.country = s.country THEN t.legal_entity_id END, usual.id)",
        ),
        Column("operator", "coalesce(s.operator, t.operator, 'own')"),
        Column("channel_id", "CASE WHEN s.has_channel THEN ch.id ELSE t.channel_id END"),
        Column("control_profile_id", "t.control_profile_id"),
        Column("opening_hours", "coalesce(s.opening_hours, t.opening_hours, '{}')"),
    ],
    history="catalog_historicalsite",
    history_also=["created_at"],
)


@transaction.atomic
def upsert_sites(*, actor: Actor, rows: Any, reason: str = "") -> Counts:
    """Create or update sites by code; all or nothing.

    rows: as the contract's `POST sites/` takes them, plus `channel` (a code) and `opening_hours`. The region is
    created; so is a named legal entity, and without one the country's own (its code is the country's) is taken.
    Raises Faults 422 with every fault of every row: those of `catalog.rules.rows`, unknown_channel, currency_fixed (a
    stored site's currency never changes: its stock is valued in it), outside_scope; 409 conflict.
    Locks: regions, legal entities, sites, each in the order of its code. Records: site.upserted. Tells jobs the
    sites' time zones. Allowed: the edge asks for sites.edit; a scope that covers the site.
    """
    clean, faults = checked_rows(rows, SITE)
    stored = {site.code: site for site in _stored(code__in=[row.get("code") for row in clean])}
    upserts.refuse_all(faults + _reference_faults(clean, stored) + _scope_faults(actor, clean, stored))
    _create_regions({row["region"] for row in clean})
    _create_legal_entities(clean)
    upserts.stage("catalog_stage_sites", _STAGE, (_staged(row) for row in clean))
    written = upserts.upsert(_TARGET, "catalog_stage_sites")
    upserts.keep_history(_TARGET, written, actor)
    for site in Site.objects.filter(pk__in=written.ids).order_by("code"):
        jobs.set_scope("site", site.code, site.timezone)
    before = _by_code(stored.values()) if len(clean) <= upserts.DETAILED_ROWS else None
    read = lambda ids: _by_code(_stored(pk__in=ids))  # noqa: E731
    upserts.record(actor, written, Story("site", before, read, reason, site_ids=sorted(written.ids)))
    return written.counts


@transaction.atomic
def name_regions(*, actor: Actor, names: dict[str, str], reason: str = "") -> int:
    """Give regions (by code) their names; how many changed. Unknown codes are left out.

    Locks: the regions, by code. Records: region.renamed for each. Allowed: set-up, sites.edit asked by the edge.
    """
    changed = 0
    for region in Region.objects.select_for_update().filter(code__in=list(names)).order_by("code"):
        before, region.name = region.name, names[region.code]
        if before == region.name:
            continue
        region.save()
        audit.record(
            actor=actor,
            kind="region.renamed",
            subject=f"region:{region.code}",
            reason=reason,
            before={"name": before},
            after={"name": region.name},
        )
        changed += 1
    return changed


def _stored(**filters: Any) -> Any:
    return Site.objects.filter(**filters).select_related("region", "legal_entity", "channel")


def _by_code(sites: Any) -> dict[str, Any]:
    return {row["code"]: row for row in queries.site_rows(sites)}


def _staged(row: dict[str, Any]) -> list[Any]:
    return ["channel" in row if name == "has_channel" else row.get(name) for name in _STAGE]


def _reference_faults(rows: Rows, stored: dict[str, Site]) -> list[Fault]:
    channels = set(Channel.objects.values_list("code", flat=True))
    faults = []
    for index, row in enumerate(rows):
        channel, site = row.get("channel"), stored.get(row.get("code", ""))
        if channel and channel not in channels:
            faults.append(Fault(f"/{index}/channel", "unknown_channel", f"There is no channel {channel!r}."))
        if site and row.get("currency", site.currency) != site.currency:
            detail = f"{site.code} is kept in {site.currency}; that cannot change."
            faults.append(Fault(f"/{index}/currency", "currency_fixed", detail))
    return faults


def _scope_faults(actor: Actor, rows: Rows, stored: dict[str, Site]) -> list[Fault]:
    if access.sees_everything(actor):
        return []
    seen, regions = access.visible_site_ids(actor), set(access.visible_regions(actor))
    return [
        Fault(f"/{index}/code", "outside_scope", "This site lies outside your scope.")
        for index, row in enumerate(rows)
        if row.get("region") not in regions
        or (row.get("code") in stored and stored[row["code"]].pk not in seen)
    ]


def _create_regions(codes: set[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_region (code, name) SELECT c, c FROM unnest(%s::text[]) c"
            " WHERE NOT EXISTS (SELECT FROM catalog_region r WHERE r.code = c)"
            " ORDER BY c ON CONFLICT (code) DO NOTHING",
            [sorted(codes)],
        )


def _create_legal_entities(rows: Rows) -> None:
    """Those named and not there, and the usual one of a country whose sites name none."""
    wanted: dict[str, tuple[str, str]] = {}
    for row in rows:
        wanted.setdefault(row.get("legal_entity") or row["country"], (row["country"], row["currency"]))
    codes = sorted(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_legalentity (code, name, country, currency)"
            " SELECT n.code, n.code, n.country, n.currency"
            " FROM unnest(%s::text[], %s::text[], %s::text[]) n(code, country, currency)"
            " WHERE NOT EXISTS (SELECT FROM catalog_legalentity e WHERE e.code = n.code)"
            " ORDER BY n.code ON CONFLICT (code) DO NOTHING",
            [codes, [wanted[code][0] for code in codes], [wanted[code][1] for code in codes]],
        )
