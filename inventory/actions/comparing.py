"""Comparing what a site reports with the book, and giving every difference its class."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now

from audit.actions import record, to_json
from catalog.models import Site
from inventory.actions.reconciliations import accept_within_tolerance, close_if_done
from inventory.actions.writing import copy_text
from inventory.models import Reconciliation, Snapshot
from inventory.rules import differences as rules
from inventory.sql import reconciling as sql
from lib import clock
from lib.actors import Actor

TIME_TO_CLOSE = timedelta(hours=6)
#: So many differences are classified at a time: a first snapshot may differ in every line.
CHUNK = 5_000


@dataclass(frozen=True)
class Compare:
    """What is compared: the staged lines of a snapshot of a site."""

    site: Site
    snapshot: Snapshot
    count: int
    has_lots: bool


def compare_staged(actor: Actor, cursor: CursorWrapper, asked: Compare) -> Reconciliation:
    """Compare `stage_count` with the book as of the snapshot's instant; the temporary table is gone afterwards.

    Locks: nothing. Records: reconciliation.opened, and what accepting within tolerance records.
    Allowed: taking a snapshot in.
    """
    site, snapshot = asked.site, asked.snapshot
    reconciliation = Reconciliation.objects.create(
        snapshot=snapshot,
        site=site,
        taken_at=snapshot.taken_at,
        due_at=clock.now() + TIME_TO_CLOSE,
    )
    cursor.execute(sql.MORE_MEMORY)
    statement = sql.COMPARE.format(
        materialized="MATERIALIZED" if asked.has_lots else "NOT MATERIALIZED",
        lot="coalesce(c.lot, '')" if asked.has_lots else "''",
        same_lot=" AND b.lot = c.lot" if asked.has_lots else "",
        book=sql.BOOK_BY_LOT if asked.has_lots else sql.BOOK_WHOLE,
    )
    cursor.execute(statement, {"site": site.pk, "at": snapshot.taken_at, "complete": snapshot.complete})
    cursor.execute(sql.MEASURE_DIFFERING)
    cursor.execute(sql.COUNT_DIFFERING)
    differing, counted_differing = cursor.fetchone()
    _classify_all(cursor, asked, reconciliation)
    cursor.execute("DROP TABLE stage_count, stage_differing")
    cursor.execute(sql.USUAL_MEMORY)
    cursor.execute(sql.SWAPPED, {"reconciliation": reconciliation.pk, "least": rules.SWAP_LEAST})
    cursor.execute(sql.CLASSES, [reconciliation.pk])
    classes = cursor.fetchall()
    matched = asked.count - counted_differing
    explained = sum(whole for _code, _count, whole in classes)
    Reconciliation.objects.filter(pk=reconciliation.pk).update(
        state=Reconciliation.State.OPEN,
        matched=matched,
        differing=differing,
        explained=explained,
        known_at=Now(),
    )
    record(
        actor=actor,
        kind="reconciliation.opened",
        subject=f"reconciliation:{reconciliation.pk}",
        after={
            "snapshot": snapshot.pk,
            "matched": matched,
            "differing": differing,
            "explained": explained,
            "classes": {code: count for code, count, _whole in classes},
        },
        site_ids=[site.pk],
    )
    accept_within_tolerance(reconciliation.pk, site)
    close_if_done(actor, reconciliation.pk)
    return Reconciliation.objects.get(pk=reconciliation.pk)


def _classify_all(cursor: CursorWrapper, asked: Compare, reconciliation: Reconciliation) -> None:
    with connection.chunked_cursor() as reading:
        reading.execute(sql.DIFFERING, [asked.site.pk])
        while rows := reading.fetchmany(CHUNK):
            _keep(cursor, reconciliation.pk, rows, _classified(cursor, rows, asked))


def _classified(
    cursor: CursorWrapper, rows: Sequence[tuple[Any, ...]], asked: Compare
) -> list[rules.Verdict]:
    products = sorted({row[0] for row in rows if row[0] is not None})
    known: dict[str, Any] = {"site": asked.site.pk, "products": products, "at": asked.snapshot.taken_at}
    packs: dict[int, list[Decimal]] = defaultdict(list)
    cursor.execute(sql.PACKS, [products])
    for product_id, factor in cursor.fetchall():
        packs[product_id].append(factor)
    around = {
        "nearby": _moved(cursor, sql.NEARBY, {**known, "window": rules.TIMING_WINDOW}),
        "doubled": _moved(cursor, sql.DOUBLED, {**known, "window": rules.DUPLICATE_WINDOW}),
        "on_the_way": _moved(cursor, sql.ON_THE_WAY, {**known, "window": rules.TRANSIT_WINDOW}),
        "pending": _moved(cursor, sql.PENDING, known),
        "awaited": _moved(cursor, sql.AWAITED, known),
    }
    return [
        rules.verdict_on(
            rules.Differing(
                sku=sku,
                product_id=product_id,
                book=book,
                counted=counted,
                is_counted=is_counted,
                packs=packs.get(product_id, ()),
                **{name: found.get(product_id, ()) for name, found in around.items()},
            ),
            asked.snapshot.taken_at,
        )
        for product_id, sku, _lot, book, counted, is_counted, _cost in rows
    ]


def _moved(cursor: CursorWrapper, statement: str, values: dict[str, Any]) -> dict[int, list[rules.Moved]]:
    found: dict[int, list[rules.Moved]] = defaultdict(list)
    if values["products"]:
        cursor.execute(statement, values)
        for product_id, *rest in cursor.fetchall():
            found[product_id].append(rules.Moved(*rest))
    return found


def _keep(
    cursor: CursorWrapper,
    reconciliation_id: int,
    rows: Sequence[tuple[Any, ...]],
    found: Sequence[rules.Verdict],
) -> None:
    """COPY the differences in; their value is difference × unit cost."""
    text = []
    for (product_id, sku, lot, book, counted, _is_counted, cost), verdict in zip(rows, found, strict=True):
        gap = counted - book
        value = None if cost is None else (gap * cost).quantize(Decimal("0.000001"))
        fields = (
            reconciliation_id, sku, product_id, lot, book, counted, gap, verdict.explained, cost, value,
            verdict.class_code, to_json(verdict.explanation), "open", "",
        )  # fmt: skip
        text.append("\t".join(copy_text(part) for part in fields) + "\n")
    cursor.copy_expert(
        "COPY inventory_difference (reconciliation_id, sku, product_id, lot, book, counted, difference, explained,"
        " unit_cost, value, class_code, explanation, state, note) FROM STDIN",
        StringIO("".join(text)),
    )
