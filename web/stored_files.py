"""Keeping files that people hand in: on disk by their hash, in the database as attachments of a document.

The order is: write, fsync, rename, fsync the folder, then the row. So a row never names a file that is not there; a file
without a row is an orphan, which the sweep takes away a day later. Who may see a file is asked of the document's app:
settings.STORED_FILE_OWNERS names a function (actor, id) → bool for each kind of owner.
"""

import hashlib
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import Http404
from django.utils.module_loading import import_string

from lib import clock
from lib.actors import Actor
from lib.faults import refuse
from lib.files import write_whole
from lib.uploads import MAX_BYTES, cleaned, safe_name
from web.models import Attachment, StoredFile

log = logging.getLogger(__name__)

MOST_OF_ONE = 12
ORPHAN_AGE = timedelta(days=1)
CHECKED_AT_A_TIME = 500
#: Of pg_advisory_xact_lock: shared by whoever adds a row, alone for the sweep.
SWEEP_LOCK = 1_937_009_001


@dataclass(frozen=True)
class Upload:
    """A file that was received, judged and lies on disk; `keep` makes it somebody's."""

    sha256: str
    media_type: str
    name: str
    body: bytes
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Swept:
    """What the sweep found: orphans taken away, files checked, hashes without their file or with another content."""

    orphans: int
    checked: int
    missing: tuple[str, ...]
    altered: tuple[str, ...]


def receive(body: bytes, name: str) -> Upload:
    """Judge an upload and put it on disk; before any transaction, because pictures take a moment.

    Raises Faults as `lib.uploads.cleaned`.
    """
    kept = cleaned(body)
    digest = hashlib.sha256(kept.body).hexdigest()
    upload = Upload(
        digest, kept.media_type, safe_name(name, kept.media_type), kept.body, kept.width, kept.height
    )
    _write(upload)
    return upload


def receive_sent(sent: Any) -> Upload:
    """A file of a form, judged and put on disk. Raises Faults 422 `required`, 413 `too_large`, and as `receive`."""
    if sent is None:
        raise refuse("required", "file is needed.", pointer="/file")
    if sent.size > MAX_BYTES:
        raise refuse(
            "too_large", f"A file has at most {MAX_BYTES // 2**20} MiB.", pointer="/file", status=413
        )
    return receive(sent.read(), sent.name or "")


def path_of(sha256: str) -> Path:
    """Where the content of a hash lies. The hash is ours, never a part of an address."""
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256[2:4] / sha256


def _write(upload: Upload) -> None:
    path = path_of(upload.sha256)
    if path.exists():
        return
    write_whole(path, upload.body, root=Path(settings.MEDIA_ROOT))


def keep(upload: Upload, *, owner: tuple[str, int], actor: Actor) -> Attachment:
    """Make a received file evidence of `owner`, in the transaction of its action, which records the event.

    The same content a second time is the first attachment again. Raises Faults 422 `too_many_files`.
    Locks: the sweep's, shared. Records: nothing, the owner's action does. Allowed: the owner's action.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SWEEP_LOCK])
    _write(upload)  # the sweep may have come between; from here on it waits for this transaction
    StoredFile.objects.bulk_create(
        [
            StoredFile(
                sha256=upload.sha256,
                size=len(upload.body),
                media_type=upload.media_type,
                width=upload.width,
                height=upload.height,
            )
        ],
        ignore_conflicts=True,
    )
    file = StoredFile.objects.get(sha256=upload.sha256)
    kind, number = owner
    present = attachments_of(kind, [number])
    for one in present:
        if one.file_id == file.pk:
            return one
    if len(present) >= MOST_OF_ONE:
        raise refuse("too_many_files", f"At most {MOST_OF_ONE} files.", pointer="/file")
    return Attachment.objects.create(
        file=file,
        owner_kind=kind,
        owner_id=number,
        name=upload.name,
        added_by_id=actor.id if actor.kind == "user" else None,
        added_by_name=actor.name,
    )


def take_away(attachment_id: int, *, owner: tuple[str, int], actor: Actor) -> Attachment:
    """Take an attachment from its document; the file and the row stay. Raises Http404.

    Records: nothing, the owner's action does. Allowed: the owner's action.
    """
    found = Attachment.objects.select_related("file").filter(
        pk=attachment_id, owner_kind=owner[0], owner_id=owner[1], removed_at__isnull=True
    )
    attachment = found.first()
    if attachment is None:
        raise Http404(attachment_id)
    found.update(removed_at=Now(), removed_by_id=actor.id)
    return attachment


def attachments_of(kind: str, numbers: Collection[int]) -> list[Attachment]:
    """The attachments of documents of one kind, oldest first. 1 query."""
    found = Attachment.objects.select_related("file").filter(owner_kind=kind, owner_id__in=list(numbers))
    return list(found.filter(removed_at__isnull=True).order_by("pk"))


def access_attachment(actor: Actor, attachment_id: int) -> Attachment:
    """The attachment, if the actor may see the document it belongs to. Raises Http404."""
    found = Attachment.objects.select_related("file").filter(pk=attachment_id).first()
    check = settings.STORED_FILE_OWNERS.get(found.owner_kind) if found else None
    if found is None or check is None or not import_string(check)(actor, found.owner_id):
        raise Http404(attachment_id)
    return found


def content_of(file: StoredFile) -> bytes:
    """The bytes of a stored file, at most `lib.uploads.MAX_BYTES` or so. Raises Http404: it is lost, which is logged."""
    try:
        return path_of(file.sha256).read_bytes()
    except FileNotFoundError as error:
        log.error("The file %s is lost; it must come from the backup.", file.sha256)
        raise Http404(file.sha256) from error


def sweep() -> Swept:
    """Take away files without a row that are older than a day, and compare the longest unchecked with their hash.

    Locks: the sweep's, for each folder. Records: nothing, the job's run keeps the result. Allowed: the daily job.
    """
    orphans = sum(_sweep_folder(folder) for folder in _folders())
    missing: list[StoredFile] = []
    altered: list[StoredFile] = []
    checked: list[StoredFile] = []
    for file in StoredFile.objects.order_by("checked_at", "pk")[:CHECKED_AT_A_TIME]:
        verdict = _verdict(file.sha256)
        (missing if verdict == "missing" else altered if verdict == "altered" else checked).append(file)
    StoredFile.objects.filter(pk__in=[file.pk for file in checked]).update(checked_at=clock.now())
    return Swept(
        orphans,
        len(checked) + len(missing) + len(altered),
        tuple(file.sha256 for file in missing),
        tuple(file.sha256 for file in altered),
    )


def _verdict(sha256: str) -> str:
    try:
        with path_of(sha256).open("rb") as source:
            return "good" if hashlib.file_digest(source, "sha256").hexdigest() == sha256 else "altered"
    except FileNotFoundError:
        return "missing"


def _folders() -> Iterable[Path]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(folder for folder in root.glob("??/??") if folder.is_dir())


def _sweep_folder(folder: Path) -> int:
    """Take away what is old and has no row; the rows are asked while nobody can add one."""
    oldest = (clock.now() - ORPHAN_AGE).timestamp()
    old = [path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < oldest]
    if not old:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SWEEP_LOCK])
        names = [path.name for path in old]
        known = set(StoredFile.objects.filter(sha256__in=names).values_list("sha256", flat=True))
        orphans = [path for path in old if path.name not in known]
        for path in orphans:
            path.unlink(missing_ok=True)
    return len(orphans)
