"""Files that somebody brings: looked at, mapped, tried without effect, then sent as a delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.http import Http404

from audit.actions import record
from feeds import storage
from feeds.actions.accepting import MAX_FILE_BYTES, receive_file
from feeds.actions.applying import outcome_of
from feeds.actions.mappings import save_mapping
from feeds.actions.registry import KINDS
from feeds.models import Delivery, Feed, Upload
from feeds.queries.mappings import readings_of
from feeds.rules.batches import Batch, batch_of
from feeds.rules.mappings import Reading, Readings, reading_from
from feeds.rules.previews import Preview, preview_of
from lib.actors import Actor
from lib.faults import Fault, Faults, refuse
from lib.sheets.bounds import ON_PAGE, Bounds
from lib.sheets.grids import Hints
from lib.sheets.worker import Grid, grid_of

#: As many rows are tried; a person waits for the answer.
TRIED_ROWS = 2_000
#: A person waits, but a file of a feed may be large.
BOUNDS: Bounds = replace(ON_PAGE, size=MAX_FILE_BYTES)
State = Upload.State


@dataclass(frozen=True)
class Tried:
    """What would become of the first rows. rejected: (place, fault, row as it came). refused: why the whole file would be."""

    rows: int
    rows_in_all: int
    accepted: int = 0
    rejected: list[tuple[int, Fault, Any]] = field(default_factory=list)
    refused: list[Fault] = field(default_factory=list)
    first: list[dict[str, Any]] = field(default_factory=list)
    warnings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_all(self) -> bool:
        return self.rows == self.rows_in_all


def keep_upload(*, actor: Actor, feed: Feed, filename: str, body: bytes) -> Upload:
    """Keep a file until somebody has said what its columns are. Nothing of it is taken yet.

    Raises Faults 413 `too_large`.
    Locks: nothing. Records: upload.kept. Allowed: feeds.push, checked at the edge.
    """
    if len(body) > MAX_FILE_BYTES:
        raise refuse("too_large", f"At most {MAX_FILE_BYTES // 2**20} MiB.", status=413)
    digest = storage.keep(body)
    with transaction.atomic():
        upload = Upload.objects.create(
            feed=feed,
            filename=filename[:200].replace("\x00", ""),
            sha256=digest,
            size=len(body),
            uploaded_by=actor.name,
            uploaded_by_id=actor.id if actor.kind == "user" else None,
        )
        record(
            actor=actor,
            kind="upload.kept",
            subject=f"upload:{upload.pk}",
            after={"feed": feed.name, "filename": upload.filename, "sha256": digest, "size": len(body)},
        )
    return upload


def bring_file(*, actor: Actor, feed: Feed | None, file: Any, look_first: bool = False) -> Delivery | Upload:
    """Take an uploaded file in; one whose header does not fit the feed waits to be mapped.

    look_first: it waits in any case. A file that is not even a table, or too large to look at, is a delivery: it is read
    and refused, or taken, by the loop.
    Raises Faults 422 `unknown_feed`, `no_file`; 413 `too_large`.
    Locks: nothing. Records: delivery.received or upload.kept. Allowed: feeds.push, checked at the edge.
    """
    if feed is None:
        raise refuse("unknown_feed", "There is no such feed.", pointer="/feed")
    if file is None:
        raise refuse("no_file", "Choose a file.", pointer="/file")
    if file.size > MAX_FILE_BYTES:
        raise refuse("too_large", f"At most {MAX_FILE_BYTES // 2**20} MiB.", status=413)
    name, body = str(file.name), file.read()
    if look_first or (len(body) <= ON_PAGE.size and not _fits(feed, name, body)):
        return keep_upload(actor=actor, feed=feed, filename=name, body=body)
    return receive_file(actor=actor, feed=feed, filename=name, body=body)


def look_again(*, actor: Actor, delivery: Delivery) -> Upload:
    """The bytes of a delivery as a file that waits to be mapped; one that waits already is given again.

    Locks: nothing. Records: upload.kept. Allowed: feeds.push, checked at the edge.
    """
    same = Upload.objects.filter(feed=delivery.feed, sha256=delivery.sha256, state=State.WAITING)
    found = same.select_related("feed").first()
    if found is not None:
        return found
    name = delivery.filename or f"delivery-{delivery.pk}"
    return keep_upload(actor=actor, feed=delivery.feed, filename=name, body=storage.read(delivery.sha256))


def _fits(feed: Feed, name: str, body: bytes) -> bool:
    try:
        batch_of(body, KINDS[feed.kind].layout, readings_of(feed), name, ON_PAGE)
    except Faults as faults:
        return faults.faults[0].code not in ("missing_columns", "duplicate_column")
    return True


def preview_upload(upload: Upload, data: Any = None) -> tuple[Preview, Reading, list[Fault]]:
    """What the file looks like; data: what is being assigned, and the faults of that.

    Raises Faults 422 what reading refuses.
    Locks, Records: nothing, nothing is written. Allowed: feeds.push, checked at the edge.
    """
    layout = KINDS[upload.feed.kind].layout
    readings = readings_of(upload.feed)
    if data is None:
        grid = _grid(upload, readings.default)
        preview = preview_of(grid, layout, readings)
        return preview, readings.of(preview.headers) or readings.default, []
    form, _faults = reading_from({**data, "columns": {}, "constants": {}}, layout.fields, [])
    grid = _grid(upload, form)
    headers = preview_of(grid, layout, readings).headers
    draft, faults = reading_from(data, layout.fields, headers)
    return preview_of(grid, layout, readings, draft), draft, faults


def _grid(upload: Upload, reading: Reading) -> Grid:
    hints = Hints(reading.encoding, reading.delimiter)
    return grid_of(storage.read(upload.sha256), upload.filename, BOUNDS, hints)


def try_upload(*, actor: Actor, upload: Upload, data: Any) -> Tried:
    """What would become of the first rows, by the kind's own checks; everything is rolled back.

    Raises Faults 422 of the mapping.
    Locks: what applying locks, until the answer. Records: nothing. Allowed: feeds.push, checked at the edge.
    """
    preview, draft, faults = preview_upload(upload, data)
    if faults:
        raise Faults(faults)
    kind = KINDS[upload.feed.kind]
    readings = Readings({**readings_of(upload.feed).by_signature, draft.signature: draft})
    try:
        batch = batch_of(storage.read(upload.sha256), kind.layout, readings, upload.filename, BOUNDS)
    except Faults as refused:
        return Tried(0, preview.rows_in_all, refused=refused.faults)
    return _tried(actor, upload, batch)


def _tried(actor: Actor, upload: Upload, batch: Batch) -> Tried:
    kind, count = KINDS[upload.feed.kind], min(len(batch.rows), TRIED_ROWS)
    rows, numbers = list(batch.rows[:count]), list(batch.numbers[:count])
    part = Batch(rows, numbers, batch.encoding, batch.form, batch.ignored, batch.document)
    answer = Tried(
        count, len(batch.rows), first=list(part.rows[:20]), warnings=batch.reading.get("warnings", {})
    )
    with transaction.atomic():
        delivery = Delivery.objects.create(
            feed=upload.feed, way=Delivery.Way.FILE, sha256=upload.sha256, size=upload.size
        )
        try:
            with transaction.atomic():
                outcome = outcome_of(actor, delivery, kind, part)
            answer = replace(answer, accepted=outcome.accepted, rejected=sorted(outcome.rejected, key=_place))
        except Faults as refused:
            answer = replace(answer, refused=refused.faults)
        transaction.set_rollback(True)
    return answer


def _place(rejected: tuple[int, Fault, Any]) -> int:
    return rejected[0]


@transaction.atomic
def send_upload(*, actor: Actor, upload_id: int, data: Any = None) -> Delivery:
    """Remember the mapping and send the file: from here on it is a delivery like any other.

    data: as `save_mapping` takes it; without it the file is read as it is.
    Raises Faults 409 `wrong_state`; 422 of the mapping and what reading refuses; Http404.
    Locks: the upload. Records: feed.mapped, delivery.received, upload.sent. Allowed: feeds.push, checked at the edge.
    """
    upload = _locked(upload_id)
    if data is not None:
        preview, _draft, faults = preview_upload(upload, data)
        if faults:
            raise Faults(faults)
        save_mapping(actor=actor, feed=upload.feed, headers=preview.headers, data=data)
    body = storage.read(upload.sha256)
    delivery = receive_file(actor=actor, feed=upload.feed, filename=upload.filename, body=body)
    Upload.objects.filter(pk=upload.pk).update(state=State.SENT, delivery=delivery, draft=data)
    record(
        actor=actor,
        kind="upload.sent",
        subject=f"upload:{upload.pk}",
        after={"feed": upload.feed.name, "delivery": delivery.pk},
    )
    return delivery


@transaction.atomic
def discard_upload(*, actor: Actor, upload_id: int) -> None:
    """Put a file away that was not sent. Its bytes are kept like every delivery's.

    Raises Faults 409 `wrong_state`; Http404.
    Locks: the upload. Records: upload.discarded. Allowed: feeds.push, checked at the edge.
    """
    upload = _locked(upload_id)
    Upload.objects.filter(pk=upload.pk).update(state=State.DISCARDED)
    record(
        actor=actor,
        kind="upload.discarded",
        subject=f"upload:{upload.pk}",
        after={"feed": upload.feed.name, "filename": upload.filename},
    )


def _locked(upload_id: int) -> Upload:
    rows = Upload.objects.select_for_update(of=("self",)).select_related("feed")
    upload = rows.filter(pk=upload_id).first()
    if upload is None:
        raise Http404(upload_id)
    if upload.state != State.WAITING:
        raise refuse("wrong_state", "This file was sent or put away already.", status=409)
    return upload
