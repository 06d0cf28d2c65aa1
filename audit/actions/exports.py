"""Exports of the trail: asked for with a reason, written in the background, downloaded; each step is recorded."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit.actions.events import record
from audit.models import Export
from audit.queries.events import EventFilter, export_sql, row_of
from audit.spreadsheets import WRITERS, lines_of
from lib import clock
from lib.actors import Actor
from lib.faults import Fault, Faults
from web.wakes import wake

LEASE = timedelta(minutes=30)
KEEP_FILES = timedelta(days=7)
MAX_REASON = 500
COLUMNS = [
    "id", "at", "actor_kind", "actor_id", "actor", "on_behalf_of_id", "channel", "address", "request_id", "job_slot", "kind",
    "subject", "reason", "policy", "before", "after", "site_ids", "digests", "seal",
]  # fmt: skip


@dataclass(frozen=True)
class ExportRequest:
    """What to export: events `wanted`, as csv, xlsx or jsonl, and why."""

    wanted: EventFilter
    format: str
    reason: str


def request_export(*, actor: Actor, asked: ExportRequest) -> Export:
    """Queue an export; a worker writes it within seconds.

    Raises Faults 422 (`reason_required`, `unknown_format`, `empty_span`), 403.
    Locks: nothing. Records: trail.export_requested. Allowed: audit.export.
    """
    if not actor.may("audit.export"):
        raise Faults([Fault("", "not_allowed", _("Your role does not include exporting the trail."))], 403)
    faults = []
    if not asked.reason.strip():
        faults.append(Fault("/reason", "reason_required", _("Say why: the reason is kept in the trail.")))
    if asked.format not in WRITERS:
        faults.append(Fault("/format", "unknown_format", _("The format is csv, xlsx or jsonl.")))
    wanted = asked.wanted
    if wanted.since and wanted.until and wanted.since >= wanted.until:
        faults.append(Fault("/to", "empty_span", _("The span must end after it begins.")))
    if faults:
        raise Faults(faults)
    with transaction.atomic():
        export = Export.objects.create(
            requested_by_id=actor.id or 0,
            requested_by=actor.name,
            format=asked.format,
            filters={
                **wanted.as_json(),
                "site_ids": None if wanted.site_ids is None else sorted(wanted.site_ids),
                "own_id": wanted.own_id,
            },
            reason=asked.reason.strip()[:MAX_REASON],
        )
        record(
            actor=actor,
            kind="trail.export_requested",
            subject=f"export:{export.pk}",
            reason=export.reason,
            after={**wanted.as_json(), "format": asked.format},
        )
        wake("audit.work", queue="bulk")
    return export


def claim_export() -> Export | None:
    """Take the oldest export that waits, or whose worker was lost half an hour ago.

    Locks: the row, skipping those locked. Records: nothing, the end is recorded. Allowed: the loop.
    """
    now = clock.now()
    with transaction.atomic():
        free = Q(state=Export.State.QUEUED) | Q(state=Export.State.RUNNING, started_at__lt=now - LEASE)
        export = Export.objects.select_for_update(skip_locked=True).filter(free).order_by("pk").first()
        if export is not None:
            export.state, export.started_at = Export.State.RUNNING, now
            export.save(update_fields=["state", "started_at"])
    return export


def run_export(*, actor: Actor, export: Export) -> Export:
    """Write the file of a claimed export, row by row in flat memory, and its SHA-256.

    Locks: nothing while writing. Records: trail.exported or trail.export_failed. Allowed: the loop.
    """
    path = files_folder() / f"trail-{export.pk}.{export.format}"
    try:
        export.rows = _write(export, path)
        digest = hashlib.sha256()
        for piece in lines_of(path):
            digest.update(piece)
        export.state, export.path, export.sha256 = Export.State.READY, path.name, digest.hexdigest()
    except Exception as error:  # whatever it was, the one who waits is told
        export.state, export.error = Export.State.FAILED, f"{type(error).__name__}: {error}"[:2000]
    export.finished_at = clock.now()
    with transaction.atomic():
        export.save()
        record(
            actor=actor,
            kind="trail.exported" if export.state == Export.State.READY else "trail.export_failed",
            subject=f"export:{export.pk}",
            reason=export.reason,
            after={
                "rows": export.rows,
                "sha256": export.sha256,
                "for": export.requested_by_id,
                "error": export.error,
            },
        )
    return export


def record_download(*, actor: Actor, export: Export) -> Path:
    """The file of a finished export. Raises Faults 409 `not_ready`, 404 `file_gone`.

    Locks: nothing. Records: trail.downloaded. Allowed: who asked for it.
    """
    path = files_folder() / export.path
    if export.state != Export.State.READY:
        raise Faults([Fault("", "not_ready", _("The export is not finished."))], 409)
    if not export.path or not path.is_file():
        raise Faults([Fault("", "file_gone", _("The file is kept for seven days; export again."))], 404)
    record(
        actor=actor,
        kind="trail.downloaded",
        subject=f"export:{export.pk}",
        reason=export.reason,
        after={"rows": export.rows, "sha256": export.sha256},
    )
    return path


def delete_old_files() -> int:
    """Delete export files after seven days; the rows and their hashes stay.

    Locks: nothing. Records: nothing, the export's own events stay. Allowed: the daily job.
    """
    old = Export.objects.filter(finished_at__lt=clock.now() - KEEP_FILES).exclude(path="")
    for export in old:
        (files_folder() / export.path).unlink(missing_ok=True)
        Export.objects.filter(pk=export.pk).update(path="")
    return len(old)


def files_folder() -> Path:
    folder = Path(settings.DATA_DIR) / "exports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _write(export: Export, path: Path) -> int:
    note = {
        "export": export.pk,
        "by": export.requested_by,
        "reason": export.reason,
        "asked": {key: value for key, value in export.filters.items() if key not in ("site_ids", "own_id")},
        "at": clock.now().isoformat(),
    }
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        count = WRITERS[export.format](partial, COLUMNS, _rows(wanted_of(export)), note)
        os.chmod(partial, 0o600)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def wanted_of(export: Export) -> EventFilter:
    """The filter that was asked for, with the sites the asker saw then."""
    kept = export.filters
    sites = kept.get("site_ids")
    return EventFilter(
        subject=kept.get("subject", ""),
        actor=kept.get("actor", ""),
        kind=kept.get("kind", ""),
        words=kept.get("words", ""),
        field=kept.get("field", ""),
        since=_instant(kept.get("from")),
        until=_instant(kept.get("to")),
        site_ids=None if sites is None else frozenset(sites),
        own_id=kept.get("own_id"),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _rows(wanted: EventFilter) -> Iterator[dict[str, Any]]:
    sql, values = export_sql(wanted)
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.cursor.itersize = 2000
        cursor.execute(sql, values)
        for row in cursor:
            event = row_of(row)
            yield {**event.__dict__, "at": event.at.isoformat()}
