"""Legal entities, channels and suppliers: few rows, written one by one so that their history is kept."""

from typing import Any

from django.db import models, transaction

from audit import actions as audit
from catalog.actions.upserts import Counts, refuse_all
from catalog.models import Channel, CustomerGroup, LegalEntity, Supplier
from catalog.rules.rows import CUSTOMER_GROUP, checked_rows
from lib.actors import Actor


@transaction.atomic
def upsert_legal_entities(*, actor: Actor, rows: list[dict[str, Any]]) -> Counts:
    """Create or update legal entities [{code, name, country, currency}]. Locks: them, by code.

    Records: legal_entity.upserted. Allowed: set-up and administrators (sites.edit, asked by the edge).
    """
    return _upsert(actor, LegalEntity, "legal_entity", rows)


@transaction.atomic
def upsert_channels(*, actor: Actor, rows: list[dict[str, Any]]) -> Counts:
    """Create or update channels [{code, name, commission_fraction}]. Locks: them, by code.

    Records: channel.upserted. Allowed: set-up and administrators (sites.edit, asked by the edge).
    """
    return _upsert(actor, Channel, "channel", rows)


@transaction.atomic
def upsert_customer_groups(*, actor: Actor, rows: Any) -> Counts:
    """Create or update customer groups [{code, name}]; all or nothing. Raises Faults 422, those of `catalog.rules.rows`.

    Locks: them, by code. Records: customer_group.upserted. Allowed: price_lists.edit (asked by the edge).
    """
    clean, faults = checked_rows(rows, CUSTOMER_GROUP)
    refuse_all(faults)
    return _upsert(actor, CustomerGroup, "customer_group", clean)


@transaction.atomic
def upsert_suppliers(*, actor: Actor, rows: list[dict[str, Any]]) -> Counts:
    """Create or update suppliers [{code, name, country, currency, lead_time_days, lead_time_sd_days}].

    Locks: them, by code. Records: supplier.upserted. Allowed: set-up and administrators (sites.edit).
    """
    return _upsert(actor, Supplier, "supplier", rows)


def _upsert(actor: Actor, model: Any, noun: str, rows: list[dict[str, Any]]) -> Counts:
    stored = {
        item.code: item
        for item in model.objects.select_for_update()
        .filter(code__in=[r["code"] for r in rows])
        .order_by("code")
    }
    created, updated, before, after = 0, 0, {}, {}
    for row in sorted(rows, key=lambda r: str(r["code"])):
        item = stored.get(row["code"])
        was = {name: getattr(item, name) for name in row} if item else None
        if was == row:
            continue
        created, updated = created + (was is None), updated + (was is not None)
        _save(model, item, row)
        before.update({row["code"]: was} if was else {})
        after[row["code"]] = row
    if after:
        subject = f"{noun}:{next(iter(after))}" if len(after) == 1 else f"{noun}:list"
        audit.record(actor=actor, kind=f"{noun}.upserted", subject=subject, before=before, after=after)
    return Counts(created, updated, len(rows) - created - updated)


def _save(model: Any, item: models.Model | None, row: dict[str, Any]) -> None:
    if item is None:
        model.objects.create(**row)
        return
    for name, value in row.items():
        setattr(item, name, value)
    item.save()
