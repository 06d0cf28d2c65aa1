"""Taking a site's own figures in and comparing them with the book at once."""

import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now

from audit.actions import record, to_json
from catalog.access import visible_sites
from catalog.models import Site
from inventory.actions.movements import check_right
from inventory.actions.reconciliations import accept_within_tolerance, close_if_done
from inventory.models import Reconciliation, Snapshot
from inventory.rules import differences as rules
from inventory.rules.drafts import MAX_FUTURE, MAX_LOT
from inventory.rules.row_texts import copy_field
from inventory.sql import reconciling as sql
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from lib.quantities import quantity_fault

MAX_LINES = 200_000
MAX_SKU = 64
MAX_FAULTS = 100
TIME_TO_CLOSE = timedelta(hours=6)
#: What a warehouse reports: all that lies there, reserved or not. What can still be sold is never compared with the book.
PHYSICAL = "physical"


@dataclass(frozen=True, slots=True)
class CountedLine:
    """One reported figure."""

    sku: str
    quantity: Decimal
    lot: str = ""


@dataclass(frozen=True)
class SnapshotDraft:
    """What a site reports. complete: what is missing counts as zero; source: who reported, e.g. "wms venlo".

    quantity_kind: which quantity the feed carries; only `physical` is taken.
    """

    site: str
    taken_at: datetime
    lines: Sequence[CountedLine]
    complete: bool = True
    source: str = "api"
    quantity_kind: str = PHYSICAL


@transaction.atomic
def post_snapshot(*, actor: Actor, draft: SnapshotDraft) -> Reconciliation:
    """Keep a snapshot and reconcile it with the book as of `taken_at`; every difference gets a class.

    Raises Faults 403; 413 `too_many_lines`; 422 `unknown_site`, `naive_time`, `in_future`, `duplicate_sku`,
    `not_physical`, `invalid_quantity`, `too_long` (the first 100).
    Locks: nothing. Records: snapshot.posted, reconciliation.opened. Allowed: snapshots.post, sites in scope.
    """
    check_right(actor, "snapshots.post")
    if len(draft.lines) > MAX_LINES:
        raise refuse("too_many_lines", f"At most {MAX_LINES} lines in a snapshot.", status=413)
    site = visible_sites(actor).filter(code=draft.site).first()
    faults = _faults(draft)
    if site is None:
        faults.insert(0, Fault("/site", "unknown_site", f"There is no site {draft.site!r}."))
    if faults or site is None:
        raise Faults(faults)
    snapshot = Snapshot.objects.create(
        site=site,
        taken_at=draft.taken_at,
        complete=draft.complete,
        line_count=len(draft.lines),
        source=draft.source[:64],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
    record(
        actor=actor,
        kind="snapshot.posted",
        subject=f"snapshot:{snapshot.pk}",
        after={
            "site": site.code,
            "taken_at": draft.taken_at,
            "lines": len(draft.lines),
            "complete": draft.complete,
            "quantity_kind": draft.quantity_kind,
        },
        site_ids=[site.pk],
    )
    reconciliation = Reconciliation.objects.create(
        snapshot=snapshot,
        site=site,
        taken_at=draft.taken_at,
        due_at=clock.now() + TIME_TO_CLOSE,
    )
    _reconcile(actor, site, snapshot, reconciliation, draft)
    return Reconciliation.objects.get(pk=reconciliation.pk)


def _faults(draft: SnapshotDraft) -> list[Fault]:
    faults: list[Fault] = []
    if draft.quantity_kind != PHYSICAL:
        detail = (
            "A snapshot carries what lies there, reserved or not (physical). What can still be sold would take every"
            " reservation off twice; send what was counted."
        )
        faults.append(Fault("/quantity_kind", "not_physical", detail))
    if draft.taken_at.tzinfo is None:
        faults.append(Fault("/taken_at", "naive_time", "A time needs an offset."))
    elif draft.taken_at > clock.now() + MAX_FUTURE:
        faults.append(Fault("/taken_at", "in_future", "A snapshot cannot have been taken in the future."))
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(draft.lines):
        if len(faults) >= MAX_FAULTS:
            break
        if (line.sku, line.lot) in seen:
            text = f"{line.sku!r} is reported twice."
            faults.append(Fault(f"/lines/{number}/sku", "duplicate_sku", text))
        seen.add((line.sku, line.lot))
        problem = quantity_fault(line.quantity)
        if problem or line.quantity < 0:
            text = f"The quantity is {problem or 'below zero'}."
            faults.append(Fault(f"/lines/{number}/quantity", "invalid_quantity", text))
        if len(line.sku) > MAX_SKU or len(line.lot) > MAX_LOT or not line.sku:
            faults.append(
                Fault(f"/lines/{number}/sku", "too_long", "A SKU and a lot have 1 to 64 characters.")
            )
    return faults


def _reconcile(
    actor: Actor, site: Site, snapshot: Snapshot, reconciliation: Reconciliation, draft: SnapshotDraft
) -> None:
    with connection.cursor() as cursor:
        _stage(cursor, draft.lines)
        cursor.execute(sql.KEEP_LINES, [snapshot.pk])
        values: dict[str, Any] = {"site": site.pk, "at": draft.taken_at, "complete": draft.complete}
        cursor.execute(sql.COMPARE, values)
        cursor.execute(sql.DIFFERING, [site.pk])
        rows = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM stage_compared")
        matched = cursor.fetchone()[0] - len(rows)
        found = _classified(cursor, rows, site.pk, draft.taken_at)
        _keep(cursor, reconciliation.pk, rows, found)
        cursor.execute("DROP TABLE stage_count, stage_compared")
    Reconciliation.objects.filter(pk=reconciliation.pk).update(
        state=Reconciliation.State.OPEN, matched=matched, differing=len(rows), known_at=Now()
    )
    classes: dict[str, int] = defaultdict(int)
    for verdict in found:
        classes[verdict.class_code] += 1
    record(
        actor=actor,
        kind="reconciliation.opened",
        subject=f"reconciliation:{reconciliation.pk}",
        after={
            "snapshot": snapshot.pk,
            "matched": matched,
            "differing": len(rows),
            "classes": dict(sorted(classes.items())),
        },
        site_ids=[site.pk],
    )
    accept_within_tolerance(reconciliation.pk, site)
    close_if_done(actor, reconciliation.pk)


def _stage(cursor: CursorWrapper, lines: Sequence[CountedLine]) -> None:
    cursor.execute(sql.STAGE)
    text = "".join(
        f"{place}\t{copy_field(line.sku)}\t{copy_field(line.lot)}\t{line.quantity}\n"
        for place, line in enumerate(lines)
    )
    cursor.copy_expert("COPY stage_count (place, sku, lot, quantity) FROM STDIN", io.StringIO(text))
    cursor.execute(sql.RESOLVE)
    cursor.execute("ANALYZE stage_count")


def _classified(
    cursor: CursorWrapper, rows: Sequence[tuple], site_id: int, taken_at: datetime
) -> list[rules.Verdict]:
    products = sorted({row[0] for row in rows if row[0] is not None})
    asked: dict[str, Any] = {"site": site_id, "products": products, "at": taken_at}
    packs: dict[int, list[Decimal]] = defaultdict(list)
    cursor.execute(sql.PACKS, [products])
    for product_id, factor in cursor.fetchall():
        packs[product_id].append(factor)
    nearby = _moved(cursor, sql.NEARBY, {**asked, "window": rules.TIMING_WINDOW})
    doubled = _moved(cursor, sql.DOUBLED, {**asked, "window": rules.DUPLICATE_WINDOW})
    on_the_way = _moved(cursor, sql.ON_THE_WAY, {**asked, "window": rules.TRANSIT_WINDOW})
    lines = [
        rules.Differing(
            sku=sku,
            product_id=product_id,
            book=book,
            counted=counted,
            is_counted=is_counted,
            packs=packs.get(product_id, ()),
            nearby=nearby.get(product_id, ()),
            doubled=doubled.get(product_id, ()),
            on_the_way=on_the_way.get(product_id, ()),
        )
        for product_id, sku, _lot, book, counted, is_counted, _cost in rows
    ]
    return rules.verdicts(lines, taken_at)


def _moved(cursor: CursorWrapper, statement: str, values: dict[str, Any]) -> dict[int, list[rules.Moved]]:
    found: dict[int, list[rules.Moved]] = defaultdict(list)
    if values["products"]:
        cursor.execute(statement, values)
        for product_id, *rest in cursor.fetchall():
            found[product_id].append(rules.Moved(*rest))
    return found


def _keep(
    cursor: CursorWrapper, reconciliation_id: int, rows: Sequence[tuple], found: Sequence[rules.Verdict]
) -> None:
    """COPY the differences in; their value is difference × unit cost."""
    text = []
    for (product_id, sku, lot, book, counted, _is_counted, cost), verdict in zip(rows, found, strict=True):
        gap = counted - book
        value = None if cost is None else (gap * cost).quantize(Decimal("0.000001"))
        fields = (
            reconciliation_id, sku, product_id, lot, book, counted, gap, cost, value, verdict.class_code,
            to_json(verdict.explanation), "open", "",
        )  # fmt: skip
        text.append("\t".join(copy_field(part) for part in fields) + "\n")
    cursor.copy_expert(
        "COPY inventory_difference (reconciliation_id, sku, product_id, lot, book, counted, difference, unit_cost,"
        " value, class_code, explanation, state, note) FROM STDIN",
        io.StringIO("".join(text)),
    )
