"""Taking a site's own figures in and comparing them with the book at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from io import BytesIO, StringIO

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from audit.actions import record
from catalog.access import visible_sites
from catalog.models import Site
from inventory.actions.comparing import Compare, compare_staged
from inventory.actions.movements import check_right
from inventory.actions.writing import copy_text
from inventory.models import Reconciliation, Snapshot
from inventory.rules.drafts import MAX_FUTURE, MAX_LOT
from inventory.sql import reconciling as sql
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from lib.quantities import quantity_fault

MAX_LINES = 200_000
MAX_SKU = 64
MAX_FAULTS = 100
#: What a warehouse reports: all that lies there, reserved or not. What can still be sold is never compared with the book.
PHYSICAL = "physical"
_COLUMNS = {"sku": "sku text", "quantity": "quantity numeric", "lot": "lot text", "site": "site text", "taken_at": "taken_at text"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CountedLine:
    """One reported figure."""

    sku: str
    quantity: Decimal
    lot: str = ""


@dataclass(frozen=True)
class SnapshotHead:
    """What is the same for all figures. complete: what is missing counts as zero; source: who reported, e.g. "wms venlo".

    quantity_kind: which quantity the feed carries; only `physical` is taken.
    """

    complete: bool = True
    source: str = "api"
    quantity_kind: str = PHYSICAL


@dataclass(frozen=True)
class SnapshotDraft:
    """What a site reports, line by line; the rest as in `SnapshotHead`."""

    site: str
    taken_at: datetime
    lines: Sequence[CountedLine]
    complete: bool = True
    source: str = "api"
    quantity_kind: str = PHYSICAL

    @property
    def head(self) -> SnapshotHead:
        return SnapshotHead(self.complete, self.source, self.quantity_kind)


@dataclass(frozen=True)
class SnapshotTable:
    """What one or several sites report, as CSV lines without a header that COPY takes: whoever hands them over has proven
    them (`feeds.rules.columns`): codes of 1 to 64 characters, quantities from zero on in plain notation.

    names: the columns of `lines`, "" for one that is not read. site, taken_at: "" and None when they are columns.
    """

    names: Sequence[str]
    lines: bytes
    head: SnapshotHead = field(default_factory=SnapshotHead)
    site: str = ""
    taken_at: datetime | None = None


@dataclass(frozen=True)
class _Group:
    """The figures of one site at one instant, staged as `stage_count`."""

    site: Site
    taken_at: datetime
    count: int
    has_lots: bool


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
    with connection.cursor() as cursor:
        _stage_lines(cursor, draft.lines)
        has_lots = any(line.lot for line in draft.lines)
        return _take(actor, cursor, _Group(site, draft.taken_at, len(draft.lines), has_lots), draft.head)


@transaction.atomic
def post_snapshot_table(*, actor: Actor, table: SnapshotTable) -> list[Reconciliation]:
    """As `post_snapshot`, for any number of lines and sites at once: nothing is looked at line by line.

    All or nothing. Raises Faults as `post_snapshot` but for `too_many_lines`; 422 `not_a_time`.
    Locks: nothing. Records: as `post_snapshot`, for each site and instant. Allowed: snapshots.post, sites in scope.
    """
    check_right(actor, "snapshots.post")
    faults = _head_faults(table.head)
    if faults:
        raise Faults(faults)
    has_lots = "lot" in table.names
    with connection.cursor() as cursor:
        cursor.execute(sql.MORE_MEMORY)
        if table.site and table.taken_at:
            count = _copy(cursor, "stage_count", table)
            _check_doubled(cursor, has_lots)
            site = _site_of(actor, table.site, table.taken_at)
            return [_take(actor, cursor, _Group(site, table.taken_at, count, has_lots), table.head)]
        _copy(cursor, "stage_delivery", table)
        made = []
        for code, taken, count in _groups(cursor, table):
            taken_at = _instant(taken)
            site = _site_of(actor, code, taken_at)
            lot = "coalesce(lot, '')" if has_lots else "''"
            cursor.execute(sql.ONE_GROUP.format(lot=lot), [code, taken])
            _check_doubled(cursor, has_lots)
            made.append(_take(actor, cursor, _Group(site, taken_at, count, has_lots), table.head))
        cursor.execute("DROP TABLE stage_delivery")
    return made


def _groups(cursor: CursorWrapper, table: SnapshotTable) -> list[tuple[str, str, int]]:
    shared = {"site": table.site, "taken_at": table.taken_at and table.taken_at.isoformat()}
    for name, value in shared.items():
        if value:
            cursor.execute(f"ALTER TABLE stage_delivery ADD COLUMN {name} text DEFAULT '{_plain(value)}'")
    cursor.execute(sql.GROUPS)
    found: list[tuple[str, str, int]] = cursor.fetchall()
    if len(found) > 20:
        cursor.execute("CREATE INDEX ON stage_delivery (site, taken_at)")
    return found


def _plain(value: str) -> str:
    return value.replace("'", "''").replace("%", "%%")


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise refuse("not_a_time", f"{text} is no time.", pointer="/taken_at") from error


def _site_of(actor: Actor, code: str, taken_at: datetime) -> Site:
    """The site in scope. Raises Faults 422 `unknown_site`, `naive_time`, `in_future`."""
    site = visible_sites(actor).filter(code=code).first()
    faults = _time_faults(taken_at)
    if site is None:
        faults.insert(0, Fault("/site", "unknown_site", f"There is no site {code!r}."))
    if faults or site is None:
        raise Faults(faults)
    return site


def _copy(cursor: CursorWrapper, name: str, table: SnapshotTable) -> int:
    """COPY the lines in as they came; how many they are."""
    used = [column or f"unread_{place}" for place, column in enumerate(table.names)]
    columns = ", ".join(_COLUMNS.get(column, f"{column} text") for column in used)
    cursor.execute(sql.STAGE.format(table=name, columns=columns))
    cursor.copy_expert(f"COPY {name} ({', '.join(used)}) FROM STDIN (FORMAT csv)", BytesIO(table.lines))
    return int(cursor.rowcount)


def _stage_lines(cursor: CursorWrapper, lines: Sequence[CountedLine]) -> None:
    cursor.execute(sql.STAGE.format(table="stage_count", columns="sku text, lot text, quantity numeric"))
    text = "".join(f"{copy_text(line.sku)}\t{copy_text(line.lot)}\t{line.quantity}\n" for line in lines)
    cursor.copy_expert("COPY stage_count (sku, lot, quantity) FROM STDIN", StringIO(text))
    cursor.execute(sql.MEASURE)


def _check_doubled(cursor: CursorWrapper, has_lots: bool) -> None:
    cursor.execute(sql.MEASURE)
    cursor.execute(sql.MAYBE_DOUBLED.format(lot=" || chr(31) || coalesce(lot, '')" if has_lots else ""))
    if not cursor.fetchone()[0]:
        return
    cursor.execute(sql.DOUBLED_LINES.format(lot=", coalesce(lot, '')" if has_lots else ""))
    twice = cursor.fetchall()
    if twice:
        raise Faults(
            [
                Fault(f"/lines/{place - 1}/sku", "duplicate_sku", f"{sku!r} is reported twice.")
                for sku, place in twice
            ]
        )


def _take(actor: Actor, cursor: CursorWrapper, group: _Group, head: SnapshotHead) -> Reconciliation:
    """Keep what is staged as a snapshot and compare it."""
    snapshot = Snapshot.objects.create(
        site=group.site,
        taken_at=group.taken_at,
        complete=head.complete,
        line_count=group.count,
        source=head.source[:64],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
    record(
        actor=actor,
        kind="snapshot.posted",
        subject=f"snapshot:{snapshot.pk}",
        after={
            "site": group.site.code,
            "taken_at": group.taken_at,
            "lines": group.count,
            "complete": head.complete,
            "quantity_kind": head.quantity_kind,
        },
        site_ids=[group.site.pk],
    )
    lots = "array_agg(coalesce(lot, ''))" if group.has_lots else "NULL::text[]"
    cursor.execute(sql.KEEP_LINES.format(lots=lots), [snapshot.pk])
    return compare_staged(actor, cursor, Compare(group.site, snapshot, group.count, group.has_lots))


def _faults(draft: SnapshotDraft) -> list[Fault]:
    faults = _head_faults(draft.head) + _time_faults(draft.taken_at)
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


def _head_faults(head: SnapshotHead) -> list[Fault]:
    if head.quantity_kind == PHYSICAL:
        return []
    detail = (
        "A snapshot carries what lies there, reserved or not (physical). What can still be sold would take every"
        " reservation off twice; send what was counted."
    )
    return [Fault("/quantity_kind", "not_physical", detail)]


def _time_faults(taken_at: datetime) -> list[Fault]:
    if taken_at.tzinfo is None:
        return [Fault("/taken_at", "naive_time", "A time needs an offset.")]
    if taken_at > clock.now() + MAX_FUTURE:
        return [Fault("/taken_at", "in_future", "A snapshot cannot have been taken in the future.")]
    return []
