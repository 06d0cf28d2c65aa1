"""Movements as documents: their lines, by the codes people know."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Site
from inventory.models import Entry, Movement
from inventory.rules.drafts import LineDraft, MovementDraft, PartOf
from inventory.rules.lines import Line
from inventory.rules.locations import VIRTUAL_CODES, VIRTUAL_IDS
from inventory.rules.states import AVAILABLE
from sales.actions import SaleRow


def movement_by_id(movement_id: int) -> Movement | None:
    """The movement, or None. 1 query."""
    return Movement.objects.filter(pk=movement_id).first()


def entries_of(movement: Movement) -> list[Entry]:
    """The movement's entries in the order they were written; the shared instant prunes partitions. 1 query."""
    return list(
        Entry.objects.filter(movement_id=movement.pk, recorded_at=movement.recorded_at).order_by("line", "id")
    )


def movement_sites(movement: Movement) -> frozenset[int]:
    """The ids of the real sites a movement touches, its destination included. 1 query."""
    extra = {movement.destination_id} if movement.destination_id else set()
    if movement.state == Movement.State.POSTED or not movement.draft:
        return frozenset(
            {entry.location_id for entry in entries_of(movement) if entry.location_id > 0} | extra
        )
    codes = {line[end] for line in movement.draft["lines"] for end in ("from", "to")} - set(VIRTUAL_IDS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM catalog_site WHERE code = ANY(%s)", [sorted(codes)])
        return frozenset({row[0] for row in cursor.fetchall()} | extra)


def visible_movements(visible: Collection[int] | None, asked: dict[str, str]) -> QuerySet[Movement]:
    """Movements that touch a visible site, newest first; asked: reference, kind, state, site."""
    found = Movement.objects.order_by("-id")
    for name in ("reference", "kind", "state"):
        if asked.get(name):
            found = found.filter(**{name: asked[name]})
    condition = Entry.objects.filter(movement_id=OuterRef("pk"), recorded_at=OuterRef("recorded_at"))
    if asked.get("site"):
        site = Site.objects.filter(code=asked["site"]).values("id")
        found = found.filter(Exists(condition.filter(location_id__in=site)))
    if visible is not None:
        touched = condition.filter(location_id__in=list(visible))
        found = found.filter(Exists(touched) | Q(destination_id__in=list(visible)))
    return found


def movement_bodies(movements: Sequence[Movement]) -> list[dict[str, Any]]:
    """Movements of a page with their lines. 2 queries a movement at most."""
    return [movement_body(movement, movement_draft(movement)) for movement in movements]


def whole_answer(answer: Any) -> Any:
    """What a key answers with: a batch keeps the movement's id with it, a plain one what was asked; this makes the whole.

    At most 3 queries.
    """
    if not isinstance(answer, dict) or "id" not in answer or "recorded_at" in answer:
        return answer
    movement = Movement.objects.get(pk=answer["id"])
    if set(answer) == {"id"}:
        return movement_bodies([movement])[0]
    return {**answer, "recorded_at": movement.recorded_at.isoformat()}


def reversal_of(movement: Movement) -> Movement | None:
    """The movement that took this one back, or None. 1 query."""
    return Movement.objects.filter(reverses_id=movement.pk).first()


def entry_rows(movement: Movement) -> list[dict[str, Any]]:
    """The movement's entries with codes and values, as they were written. 1 query."""
    if movement.state != Movement.State.POSTED:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(s.code, ''), e.location_id, p.sku, p.name, e.lot, e.quantity, e.unit_cost, e.value,"
            " e.currency, e.state, coalesce(o.code, '') FROM inventory_entry e JOIN catalog_product p ON p.id = e.product_id"
            " LEFT JOIN catalog_site s ON s.id = e.location_id LEFT JOIN catalog_supplier o ON o.id = e.owner_id"
            " WHERE e.movement_id = %s AND e.recorded_at = %s ORDER BY e.line, e.id",
            [movement.pk, movement.recorded_at],
        )
        names = ("place", "location_id", "sku", "name", "lot", "quantity", "unit_cost", "value", "currency", "state",
                 "owner")  # fmt: skip
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["place"] = row["place"] or VIRTUAL_CODES[row["location_id"]]
    return rows


def movement_draft(movement: Movement) -> MovementDraft:
    """What the movement moved (or, while pending, asks to move) by codes. 2 queries at most."""
    if movement.state != Movement.State.POSTED and movement.draft:
        return _stored_draft(movement)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.line, p.sku, f.code, e.location_id, t.code, e.counter_id, -e.quantity, e.lot, e.unit_cost,"
            " e.state, i.state, coalesce(o.code, ''), e.is_assumed"
            " FROM inventory_entry e JOIN catalog_product p ON p.id = e.product_id"
            " JOIN inventory_entry i ON i.movement_id = e.movement_id AND i.recorded_at = e.recorded_at"
            " AND i.line = e.line AND i.quantity > 0"
            " LEFT JOIN catalog_supplier o ON o.id = e.owner_id"
            " LEFT JOIN catalog_site f ON f.id = e.location_id LEFT JOIN catalog_site t ON t.id = e.counter_id"
            " WHERE e.movement_id = %s AND e.recorded_at = %s AND e.quantity < 0 ORDER BY e.line",
            [movement.pk, movement.recorded_at],
        )
        lines = tuple(
            _as_asked(
                movement,
                number,
                LineDraft(
                    sku,
                    code or VIRTUAL_CODES[from_id],
                    to or VIRTUAL_CODES[to_id],
                    quantity,
                    lot,
                    cost,
                    from_state=from_state,
                    to_state=to_state,
                    owner=owner,
                    is_assumed=is_assumed,
                ),
            )
            for number, sku, code, from_id, to, to_id, quantity, lot, cost, from_state, to_state, owner, is_assumed in cursor.fetchall()
        )
    return MovementDraft(
        reference=movement.reference,
        kind=movement.kind,
        lines=lines,
        occurred_at=movement.occurred_at,
        destination=site_code(movement.destination_id),
        reason=movement.reason,
        source=movement.source,
    )


def kept_draft(draft: MovementDraft) -> dict[str, Any] | None:
    """What a posted movement keeps beside its entries: packs given and bundles sold, which entries do not tell."""
    return draft_json(draft) if any(line.unit or line.bundle for line in draft.lines) else None


def posted_draft(movement: Movement, asked: MovementDraft) -> MovementDraft:
    """What was posted for `asked`: the same, or with its packs converted, its bundles taken apart and the lots that were
    chosen. No query."""
    made = _stored_draft(movement) if movement.draft and movement.state == "posted" else asked
    if movement.taken is None:
        return made
    return replace(made, lines=tuple(_as_taken(made.lines[one.asked_number], one) for one in movement.taken))


def _as_taken(asked: LineDraft, taken: Line) -> LineDraft:
    """The line as posted: its lot, and set aside where a rule says so; a part of it is in base units only."""
    is_whole = asked.quantity == taken.quantity
    return replace(
        asked,
        lot=taken.lot,
        quantity=taken.quantity,
        is_assumed=taken.is_assumed,
        to_state=taken.to_state,
        unit=asked.unit if is_whole else "",
        in_units=asked.in_units if is_whole else None,
    )


def _as_asked(movement: Movement, number: int, line: LineDraft) -> LineDraft:
    """The line with the pack it was given in and the bundle it is a part of."""
    kept = (movement.draft or {}).get("lines", [])
    if number >= len(kept) or kept[number]["sku"] != line.sku:
        return line
    asked = _stored_line(kept[number])
    if asked.quantity != line.quantity:
        return replace(line, bundle=asked.bundle)
    return replace(line, unit=asked.unit, in_units=asked.in_units, bundle=asked.bundle)


def _stored_draft(movement: Movement) -> MovementDraft:
    body = movement.draft or {}
    return MovementDraft(
        reference=body["reference"],
        kind=body["kind"],
        lines=tuple(_stored_line(line) for line in body["lines"]),
        occurred_at=datetime.fromisoformat(body["occurred_at"]) if body.get("occurred_at") else None,
        destination=body.get("destination", ""),
        reason=body.get("reason", ""),
        source=movement.source,
    )


def _stored_line(line: dict[str, Any]) -> LineDraft:
    cost = line.get("unit_cost")
    return LineDraft(
        line["sku"],
        line["from"],
        line["to"],
        Decimal(line["quantity"]),
        line.get("lot", ""),
        Decimal(cost) if cost is not None else None,
        from_state=line.get("from_state", AVAILABLE),
        to_state=line.get("to_state", AVAILABLE),
        owner=line.get("owner", ""),
        is_assumed=line.get("lot_assumed", False),
        expires_on=_date(line.get("expires_on")),
        produced_on=_date(line.get("produced_on")),
        unit=line.get("unit", ""),
        in_units=Decimal(line["in_units"]) if "in_units" in line else None,
        bundle=_part_of(line.get("bundle")),
        of=line.get("of", ""),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _part_of(part: dict[str, Any] | None) -> PartOf | None:
    if part is None:
        return None
    price = part.get("unit_price")
    return PartOf(
        part["sku"], Decimal(part["quantity"]), part["place"], None if price is None else Decimal(price)
    )


def site_code(site_id: int | None) -> str:
    """The site's code, "" for none. At most 1 query."""
    if site_id is None:
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM catalog_site WHERE id = %s", [site_id])
        row = cursor.fetchone()
    return row[0] if row else ""


def sale_rows_of(movement_id: int, reversing_id: int, at: datetime) -> Sequence[SaleRow]:
    """The movement's sale lines taken back at `at`, for the movement that reverses it. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT site_id, product_id, -quantity, unit_price, currency, reference, channel_id"
            " FROM sales_saleline WHERE movement_id = %s ORDER BY id",
            [movement_id],
        )
        return [
            SaleRow(site, product, quantity, price, currency, at, reference, reversing_id, channel)
            for site, product, quantity, price, currency, reference, channel in cursor.fetchall()
        ]


def movement_body(movement: Movement, draft: MovementDraft) -> dict[str, Any]:
    """A movement as the REST contract shows it. No query."""
    body = {
        "id": movement.pk,
        "state": movement.state,
        **draft_json(draft),
        "occurred_at": movement.occurred_at.isoformat(),
        "recorded_at": movement.recorded_at.isoformat(),
    }
    if movement.reported_at is not None:
        body["reported_at"] = movement.reported_at.isoformat()
    if movement.reverses_id is not None:
        body["reverses"] = movement.reverses_id
    return body


def draft_json(draft: MovementDraft) -> dict[str, Any]:
    """`draft` as JSON with the names of the REST contract; what is not given is left out."""
    body: dict[str, Any] = {"reference": draft.reference, "kind": draft.kind}
    if draft.occurred_at is not None:
        body["occurred_at"] = draft.occurred_at.isoformat()
    if draft.destination:
        body["destination"] = draft.destination
    if draft.reason:
        body["reason"] = draft.reason
    body["lines"] = [line_json(line) for line in draft.lines]
    return body


def line_json(line: LineDraft) -> dict[str, Any]:
    """One line as JSON with the names of the REST contract."""
    body: dict[str, Any] = {
        "sku": line.sku,
        "from": line.from_code,
        "to": line.to_code,
        "quantity": plain(line.quantity),
    }
    if line.lot:
        body["lot"] = line.lot
    if line.is_assumed:
        body["lot_assumed"] = True
    for name, on in (("expires_on", line.expires_on), ("produced_on", line.produced_on)):
        if on is not None:
            body[name] = on.isoformat()
    if line.unit_cost is not None:
        body["unit_cost"] = plain(line.unit_cost)
    if line.unit_price is not None:
        body["unit_price"] = plain(line.unit_price)
    for name, state in (("from_state", line.from_state), ("to_state", line.to_state)):
        if state != AVAILABLE:
            body[name] = state
    if line.owner:
        body["owner"] = line.owner
    if line.of:
        body["of"] = line.of
    if line.unit and line.in_units is not None:
        body |= {"unit": line.unit, "in_units": plain(line.in_units)}
    if line.bundle is not None:
        part = line.bundle
        body["bundle"] = {"sku": part.sku, "quantity": plain(part.quantity), "place": part.place}
        if part.unit_price is not None:
            body["bundle"]["unit_price"] = plain(part.unit_price)
    return body


def plain(number: Decimal) -> str:
    """`number` without needless zeros, never in exponent form."""
    return format(number.normalize(), "f") if number else "0"


def production_rows(movements: Sequence[Movement]) -> list[dict[str, Any]]:
    """Productions of a page with what went in and came out, in words. No query: it stands in what was asked."""
    rows = []
    for movement in movements:
        lines = (movement.draft or {}).get("lines", [])
        parts: dict[str, list[str]] = {"inputs": [], "outputs": []}
        site = ""
        for line in lines:
            side, site = ("inputs", line["from"]) if line["to"] == "production" else ("outputs", line["to"])
            parts[side].append(f"{line['quantity']} × {line['sku']}")
        rows.append({"movement": movement, "site": site, **parts})
    return rows
