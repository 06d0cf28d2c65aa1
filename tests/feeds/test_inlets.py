"""Files come in by themselves, each once: from a watched folder, from an address; kills, refusals, bad addresses."""

import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from alerts.models import Alert
from feeds import actions
from feeds.actions import inlets
from feeds.actions.inlets import InletDraft, claim_inlets, folder_of, look_in, save_inlet
from feeds.models import Delivery, Feed, Inlet, InletFile, Source
from feeds.tasks import look_in as feed_loop
from lib.actors import Actor, job
from lib.faults import Faults
from tests.approvals.builders import a_user
from tests.approvals.test_api import api, everywhere
from tests.together import DONE, together

LOOP = job("feeds.look_in")
ADMIN = Actor("user", 1, "root", frozenset({"feeds.manage"}))
CSV = b"base,quote,rate,on\nEUR,GBP,0.85,2026-11-20\n"


@pytest.fixture
def inbox(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.OUTBOUND_ALLOW_PRIVATE = True
    return tmp_path


@pytest.fixture
def folder(db: None, inbox: Path) -> Inlet:
    return save_inlet(actor=ADMIN, draft=InletDraft("bank", "exchange-rates", "folder"))


def lay(inlet: Inlet, name: str, body: bytes = CSV, age_s: int = 60) -> Path:
    path = folder_of(inlet) / name
    path.write_bytes(body)
    os.utime(path, (time.time() - age_s, time.time() - age_s))
    return path


def test_a_finished_file_becomes_a_delivery_and_is_moved(folder: Inlet) -> None:
    path = lay(folder, "rates.csv")
    lay(folder, "half.csv.part")
    lay(folder, ".hidden.csv")
    lay(folder, "young.csv", age_s=0)
    (folder_of(folder) / "link.csv").symlink_to("/etc/passwd")
    assert look_in(actor=LOOP, inlet_id=folder.pk) == 1
    delivery = Delivery.objects.get()
    assert (delivery.feed.name, delivery.filename, delivery.way) == ("exchange-rates", "rates.csv", "folder")
    assert not path.exists()
    assert [one.name for one in (folder_of(folder) / "taken").iterdir()] == [
        f"{InletFile.objects.get().pk}-rates.csv"
    ]
    actions.apply_delivery(actor=LOOP, delivery_id=delivery.pk, attempt=0)
    assert look_in(actor=LOOP, inlet_id=folder.pk) == 0


def test_found_again_before_it_was_moved_it_is_taken_once(
    folder: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(folder, "rates.csv")
    with monkeypatch.context() as patch:
        patch.setattr(inlets, "_move_away", _dies)
        with pytest.raises(KeyboardInterrupt):
            look_in(actor=LOOP, inlet_id=folder.pk)
    assert look_in(actor=LOOP, inlet_id=folder.pk) == 1
    assert Delivery.objects.count() == 1
    lay(folder, "rates.csv", CSV.replace(b"0.85", b"0.86"))
    look_in(actor=LOOP, inlet_id=folder.pk)
    assert Delivery.objects.count() == 2


def _dies(*_given: object) -> None:
    raise KeyboardInterrupt


def test_what_is_refused_at_the_door_is_kept_aside_and_told(folder: Inlet) -> None:
    lay(folder, "beat.json", b'{"kind": "heartbeat", "rows": []}')
    lay(folder, "rates.csv")
    look_in(actor=LOOP, inlet_id=folder.pk)
    assert InletFile.objects.get(name="beat.json").error_code == "no_rows"
    assert len(list((folder_of(folder) / "refused").iterdir())) == 1
    assert Delivery.objects.count() == 1
    assert Alert.objects.filter(kind="inlet_failed").count() == 1


def test_a_file_that_is_refused_when_it_is_read_is_told(folder: Inlet) -> None:
    lay(folder, "rates.csv", b"nothing,of,use\n1,2,3\n")
    look_in(actor=LOOP, inlet_id=folder.pk)
    delivery = Delivery.objects.get()
    actions.apply_delivery(actor=LOOP, delivery_id=delivery.pk, attempt=0)
    delivery.refresh_from_db()
    assert delivery.state == "refused"
    assert Alert.objects.filter(key=f"delivery_refused:{delivery.pk}").count() == 1


def test_a_file_that_cannot_be_read_does_not_keep_the_others_out(
    folder: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(folder, "a-locked.csv")
    lay(folder, "b-rates.csv")
    read = inlets._bytes_of

    def locked(path: Path) -> bytes:
        if "locked" in path.name:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(inlets, "_bytes_of", locked)
    look_in(actor=LOOP, inlet_id=folder.pk)
    folder.refresh_from_db()
    assert Delivery.objects.get().filename == "b-rates.csv"
    assert (folder.failures, "a-locked.csv: Permission denied" in folder.error) == (1, True)


@pytest.mark.parametrize("name", [os.fsdecode(b"caf\xe9.csv"), "价" * 83 + ".csv"])
def test_a_file_with_a_strange_or_long_name_is_taken_and_moved(folder: Inlet, name: str) -> None:
    path = lay(folder, name)
    assert look_in(actor=LOOP, inlet_id=folder.pk) == 1
    assert (Delivery.objects.count(), path.exists()) == (1, False)
    assert len(list((folder_of(folder) / "taken").iterdir())) == 1
    folder.refresh_from_db()
    assert folder.error == ""


def test_one_inlet_that_breaks_does_not_keep_the_others_out(
    folder: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = save_inlet(actor=ADMIN, draft=InletDraft("z-bank", "exchange-rates", "folder"))
    lay(other, "rates.csv")
    look = actions.look_in

    def breaks(*, actor: Actor, inlet_id: int) -> int:
        if inlet_id == folder.pk:
            raise RuntimeError("broken")
        return look(actor=actor, inlet_id=inlet_id)

    monkeypatch.setattr(actions, "look_in", breaks)
    feed_loop()
    assert Delivery.objects.count() == 1


def test_of_a_source_that_is_switched_off_nothing_is_fetched(folder: Inlet) -> None:
    source = Source.objects.create(code="erp", name="ERP", is_active=False)
    Feed.objects.filter(pk=folder.feed_id).update(source=source)
    assert claim_inlets() == []
    Source.objects.update(is_active=True)
    assert claim_inlets() == [folder.pk]


def test_two_workers_look_into_one_folder_once(cloned_db: str, inbox: Path) -> None:
    inlet = save_inlet(actor=ADMIN, draft=InletDraft("bank", "exchange-rates", "folder"))
    lay(inlet, "rates.csv")

    def work() -> None:
        for inlet_id in claim_inlets():
            look_in(actor=LOOP, inlet_id=inlet_id)

    assert together(work, work, work) == [DONE] * 3
    assert Delivery.objects.count() == 1


class Bank(BaseHTTPRequestHandler):
    """An address with rates; it knows conditional requests."""

    body, status, asked = CSV, 200, []  # type: ignore[var-annotated]

    def do_GET(self) -> None:
        Bank.asked.append(dict(self.headers))
        etag = str(hash(Bank.body))
        unchanged = self.headers.get("If-None-Match") == etag and Bank.status == 200
        self.send_response(304 if unchanged else Bank.status)
        self.send_header("ETag", etag)
        self.send_header("Content-Length", "0" if unchanged else str(len(Bank.body)))
        self.end_headers()
        if not unchanged:
            self.wfile.write(Bank.body)

    def log_message(self, *_given: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Bank.body, Bank.status, Bank.asked = CSV, 200, []
    server = HTTPServer(("127.0.0.1", 0), Bank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/daily.csv?token=s3cret"
    server.shutdown()
    server.server_close()


@pytest.fixture
def pull(db: None, inbox: Path, address: str) -> Inlet:
    draft = InletDraft("bank", "exchange-rates", "pull", address, "Authorization", "Bearer s3cret", 300)
    return save_inlet(actor=ADMIN, draft=draft)


def test_an_address_is_asked_and_only_what_changed_is_taken(pull: Inlet) -> None:
    bodies = (CSV, CSV, CSV.replace(b"0.85", b"0.86"), CSV)
    taken = []
    for body in bodies:
        Bank.body = body
        taken.append(look_in(actor=LOOP, inlet_id=pull.pk))
    assert taken == [1, 0, 1, 1]
    assert Bank.asked[0]["Authorization"] == "Bearer s3cret"
    assert list(Delivery.objects.values_list("filename", flat=True).distinct()) == ["daily.csv"]


def test_an_address_that_fails_is_told_after_three_times_and_ends_by_itself(pull: Inlet) -> None:
    Bank.status = 500
    for times in (1, 2, 3):
        look_in(actor=LOOP, inlet_id=pull.pk)
        pull.refresh_from_db()
        assert (pull.failures, Alert.objects.filter(kind="inlet_failed").count()) == (times, int(times == 3))
    assert "s3cret" not in pull.error
    Bank.status = 200
    look_in(actor=LOOP, inlet_id=pull.pk)
    pull.refresh_from_db()
    assert (pull.failures, pull.error) == (0, "")
    assert not Alert.objects.filter(kind="inlet_failed", resolved_at=None).exists()


def test_an_inlet_that_is_put_right_by_hand_is_told_no_more_and_asks_anew(pull: Inlet) -> None:
    look_in(actor=LOOP, inlet_id=pull.pk)
    Bank.status = 500
    for _times in range(3):
        look_in(actor=LOOP, inlet_id=pull.pk)
    assert Alert.objects.filter(kind="inlet_failed", resolved_at=None).exists()
    moved = InletDraft("bank", "exchange-rates", "pull", pull.url.replace("daily", "other"), "Authorization")
    save_inlet(actor=ADMIN, draft=moved)
    pull.refresh_from_db()
    assert (pull.etag, pull.header_value) == ("", "Bearer s3cret")
    assert not Alert.objects.filter(kind="inlet_failed", resolved_at=None).exists()


def test_only_what_is_due_is_claimed_and_nobody_else_claims_it(pull: Inlet) -> None:
    assert claim_inlets() == [pull.pk]
    assert claim_inlets() == []
    look_in(actor=LOOP, inlet_id=pull.pk)
    assert claim_inlets() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "../etc"}, "invalid_name"),
        ({"feed": "nothing"}, "unknown_feed"),
        ({"kind": "mail"}, "invalid_kind"),
        ({"interval_s": 5}, "invalid_interval"),
        ({"header_name": "X: y"}, "invalid_header"),
        ({"header_value": "a\r\nHost: b"}, "invalid_header"),
        ({"url": "file:///etc/passwd"}, "bad_url"),
    ],
)
def test_what_cannot_be_is_named(db: None, inbox: Path, fields: dict[str, Any], code: str) -> None:
    given = {"name": "bank", "feed": "exchange-rates", "kind": "pull", "url": "http://127.0.0.1/x", **fields}
    with pytest.raises(Faults) as refused:
        save_inlet(actor=ADMIN, draft=InletDraft(**given))
    assert code in [fault.code for fault in refused.value.faults]
    assert not Inlet.objects.exists()


def test_private_addresses_are_not_asked_in_production(db: None, settings: Any, inbox: Path) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    draft = InletDraft("bank", "exchange-rates", "pull", "https://127.0.0.1/x")
    made = None
    try:
        made = save_inlet(actor=ADMIN, draft=draft)
    except Faults as refused:
        assert refused.faults[0].pointer == "/url"
    if made is not None:
        look_in(actor=LOOP, inlet_id=made.pk)
        made.refresh_from_db()
        assert "refused_address" in made.error


def test_pages_and_rest_never_show_the_secret(pull: Inlet) -> None:
    admin = everywhere(a_user("root", "admin"))
    look_in(actor=LOOP, inlet_id=pull.pk)
    client = Client()
    client.force_login(admin)
    shown = client.get("/feeds/inlets/").content.decode()
    assert "daily.csv" in shown
    assert "Bearer" not in shown
    (row,) = api(admin).get("/api/v1/feeds/inlets/").json()["results"]
    assert (row["name"], row["header_name"], "header_value" in row) == ("bank", "Authorization", False)
    body = {
        "name": "bank",
        "feed": "exchange-rates",
        "kind": "pull",
        "url": pull.url,
        "header_name": "Authorization",
        "interval_s": 600,
    }
    assert api(admin).post("/api/v1/feeds/inlets/", body, format="json").status_code == 201
    pull.refresh_from_db()
    assert (pull.interval_s, pull.header_value) == (600, "Bearer s3cret")
    form = {"name": "bank", "feed": "exchange-rates", "kind": "folder", "off": "1"}
    client.post("/feeds/inlets/keep/", form)
    pull.refresh_from_db()
    assert (pull.kind, pull.is_active, pull.url) == ("folder", False, "")
    manager = Client()
    manager.force_login(everywhere(a_user("max", "stock_manager")))
    assert manager.get("/feeds/inlets/").status_code == 200
    assert manager.post("/feeds/inlets/keep/", form).status_code == 403
    assert Feed.objects.filter(name="exchange-rates").exists()
