import csv
import hashlib
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from audit import actions, spreadsheets
from audit.actions import ExportRequest
from audit.models import Event, Export
from audit.queries import EventFilter
from lib.actors import Actor, job
from lib.faults import Faults
from lib.sheets.writing import cell_of
from tests.audit.builders import ANNA, event, events

JOB = job("audit.work")


def made(form: str, **wanted: Any) -> tuple[Export, Path]:
    export = actions.request_export(actor=ANNA, asked=ExportRequest(EventFilter(**wanted), form, "Year end"))
    claimed = actions.claim_export()
    assert claimed is not None
    assert claimed.pk == export.pk
    done = actions.run_export(actor=JOB, export=claimed)
    return done, actions.record_download(actor=ANNA, export=done)


@pytest.mark.django_db
def test_csv_has_a_bom_a_control_total_and_its_hash() -> None:
    events(3)
    export, path = made("csv", subject="price:2")
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") and len(rows) == 3
    assert (export.rows, rows[1][11], rows[2][-1]) == (1, "price:2", "rows: 1")
    assert export.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert cell_of(f"{start}1+1") == f"'{start}1+1"
    assert cell_of(-5) == -5
    assert cell_of("a=1") == "a=1"


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_formula_in_a_reason_stays_text(form: str) -> None:
    event(reason='=HYPERLINK("http://x","y")')
    _export, path = made(form, subject="price:1")
    if form == "csv":
        assert "'=HYPERLINK" in path.read_text("utf-8-sig")
    else:
        cell = openpyxl.load_workbook(path)["Trail 1"]["M2"]
        assert (cell.data_type, cell.value) == ("s", '\'=HYPERLINK("http://x","y")')


@pytest.mark.django_db
def test_json_lines_are_exact() -> None:
    event(reason="=1+1")
    _export, path = made("jsonl", kind="price")
    first, last = [json.loads(line) for line in path.read_text("utf8").splitlines()]
    assert (first["reason"], first["actor"], first["before"]["amount"]) == ("=1+1", "anna", "12.75")
    assert (last["export"]["rows"], last["export"]["by"], last["export"]["reason"]) == (1, "anna", "Year end")


@pytest.mark.django_db
def test_request_finish_and_download_are_recorded() -> None:
    export, _path = made("csv")
    kinds = list(
        Event.objects.filter(subject=f"export:{export.pk}").order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["trail.export_requested", "trail.exported", "trail.downloaded"]


@pytest.mark.django_db
def test_refusals_come_together() -> None:
    with pytest.raises(Faults) as refused:
        actions.request_export(actor=ANNA, asked=ExportRequest(EventFilter(), "pdf", " "))
    assert [fault.code for fault in refused.value.faults] == ["reason_required", "unknown_format"]
    nobody = Actor(kind="user", id=8, name="ben")
    with pytest.raises(Faults) as refused:
        actions.request_export(actor=nobody, asked=ExportRequest(EventFilter(), "csv", "Why"))
    assert refused.value.status == 403


@pytest.mark.django_db
def test_a_failed_export_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(spreadsheets.WRITERS, "csv", lambda *_: 1 / 0)
    export = actions.request_export(actor=ANNA, asked=ExportRequest(EventFilter(), "csv", "Why"))
    done = actions.run_export(actor=JOB, export=actions.claim_export() or export)
    assert (done.state, done.error) == ("failed", "ZeroDivisionError: division by zero")
    with pytest.raises(Faults):
        actions.record_download(actor=ANNA, export=done)


@pytest.mark.django_db
def test_an_export_holds_only_the_sites_seen_when_it_was_asked_for() -> None:
    event(1, site_ids=[1])
    event(2, site_ids=[1, 2])
    export, _path = made("csv", kind="price", site_ids=frozenset({1}), own_id=ANNA.id)
    assert export.rows == 2  # anna made both
    export, _path = made("csv", kind="price", site_ids=frozenset({1}), own_id=999)
    assert export.rows == 1


@pytest.mark.django_db
def test_memory_stays_flat(tmp_path: Path) -> None:
    rows = ({"id": number, "text": "x" * 100} for number in range(50_000))
    tracemalloc.start()
    assert spreadsheets.write_csv(tmp_path / "a.csv", ["id", "text"], rows, {"by": "anna"}) == 50_000
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
