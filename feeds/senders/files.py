"""Files for the other side to fetch, or to download on the page: CSV, XLSX or JSON lines below DATA_DIR/publications.

A file appears whole or not at all (written beside, then renamed), and its manifest after it: who waits for the manifest
never reads half a file. The name follows from the batch, so a repeat writes the same file again.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404

from feeds.rules.dispatching import item_json
from feeds.senders.base import Batch, Item, Outlet, Reading, Sent
from lib.files import write_whole
from lib.sheets.writing import csv_bytes, xlsx_bytes

FORMATS = ("csv", "xlsx", "jsonl")
#: Members of contents that are decimals as strings.
FIGURES = frozenset({"amount", "quantity", "from_stock", "presale", "debit", "credit", "value"})
LEADING = ("key", "site", "sku", "version", "effective_at")


class FileSender:
    """settings.format: one of FORMATS (csv). settings.complete: every file holds everything, not only what changed."""

    batch_items = 200_000
    needs_endpoint = False
    needs_secrets: tuple[str, ...] = ()
    reads_back = False

    def send(self, outlet: Outlet, batch: Batch) -> Sent:
        form = outlet.settings.get("format", "csv")
        if form not in FORMATS:
            return Sent("again", error_code="unknown_format")
        last = max((item.version for item in batch.items), default=0)
        name = f"{outlet.name}-{last}-{batch.message_id[-8:]}.{form}"
        body = WRITERS[form](batch.items)
        try:
            told = manifest(outlet, batch, name, body)
            for file, content in ((name, body), (f"{name}.manifest.json", told)):
                target = folder_of(outlet.name) / file
                write_whole(target, content, mode=0o640, folder_mode=0o750, root=Path(settings.DATA_DIR))
        except OSError as error:
            return Sent("again", error_code="not_written", answer=error.strerror or "")
        return Sent("delivered", filename=name, answer=f"{len(batch.items)} rows, {len(body)} bytes")

    def read_back(self, outlet: Outlet, skus: Sequence[str]) -> Sequence[Reading]:
        return ()


def folder_of(name: str) -> Path:
    """Where a publication's files lie; the name is a slug."""
    return Path(settings.DATA_DIR) / "publications" / name


def read_file(publication: str, name: str) -> bytes:
    """A file that was written. Raises Http404: there is none, or it is gone."""
    folder = folder_of(publication)
    path = folder / name
    if not name or path.parent != folder or not path.is_file():
        raise Http404(name)
    return path.read_bytes()


def manifest(outlet: Outlet, batch: Batch, name: str, body: bytes) -> bytes:
    """What the file must hold, to be checked by who reads it."""
    told = {
        "file": name,
        "id": batch.message_id,
        "publication": outlet.name,
        "what": outlet.what,
        "kind": batch.kind,
        "sha256": hashlib.sha256(body).hexdigest(),
        "size": len(body),
        "totals": batch.totals,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def table_of(items: Sequence[Item]) -> tuple[list[str], list[list[Any]]]:
    """Header and rows: the leading columns, then every member of the contents in the order in which it first appears."""
    rows = [item_json(item) for item in items]
    names = dict.fromkeys(LEADING)
    for row in rows:
        names.update(dict.fromkeys(row))
    return list(names), [[_cell(name, row.get(name)) for name in names] for row in rows]


def _cell(name: str, value: Any) -> Any:
    """Figures as numbers, so that a minus sign is no formula; everything else stays text, zeros in front too."""
    return Decimal(value) if name in FIGURES and isinstance(value, str) and value else value


def _jsonl(items: Sequence[Item]) -> bytes:
    lines = (json.dumps(item_json(item), ensure_ascii=False, separators=(",", ":")) for item in items)
    return "".join(line + "\n" for line in lines).encode()


WRITERS: dict[str, Callable[[Sequence[Item]], bytes]] = {
    "csv": lambda items: csv_bytes(*table_of(items)),
    "xlsx": lambda items: xlsx_bytes("items", *table_of(items)),
    "jsonl": _jsonl,
}
