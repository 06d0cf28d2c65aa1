"""Files handed in: kept once, shown only to who may see their document, never lost, swept when nobody wants them."""

import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client

from accounts.models import User
from catalog.models import Scope, Site
from inventory.actions.write_offs import add_evidence, remove_evidence
from jobs import tasks
from lib import clock
from lib.faults import Faults
from tests.inventory.builders import TESTER, make_site
from tests.inventory.test_transfers_api import client_of as api_client
from tests.inventory.write_off_builders import drafted, files, make_store, photo
from tests.lib.pictures import pdf, picture
from tests.together import DONE, together
from web import stored_files
from web.models import Attachment, StoredFile
from web.stored_files import path_of, receive, sweep

__all__ = ["files"]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def client_of(name: str, role: str = "stock_clerk", site: str = "") -> Client:
    user = User.objects.create_user(name, None, role=role)
    place = Site.objects.get(code=site) if site else None
    Scope.objects.create(user=user, site=place, valid_from=clock.now() - timedelta(days=1))
    client = Client()
    client.force_login(user, BACKEND)
    return client


@pytest.fixture
def held(db: None, files: Path) -> Attachment:
    make_store()
    return add_evidence(actor=TESTER, write_off_id=drafted().pk, upload=photo())


def test_a_file_lies_under_its_hash_for_its_owner_only(held: Attachment) -> None:
    path = path_of(held.file.sha256)
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)
    assert (path.stat().st_size, list(path.parent.iterdir())) == (held.file.size, [path])


def test_the_same_content_is_kept_once(held: Attachment) -> None:
    other = drafted("6")
    again = add_evidence(actor=TESTER, write_off_id=held.owner_id, upload=photo())
    add_evidence(actor=TESTER, write_off_id=other.pk, upload=photo())
    assert (again.pk, StoredFile.objects.count(), Attachment.objects.count()) == (held.pk, 1, 2)


def test_it_is_shown_so_that_nothing_runs(held: Attachment) -> None:
    answer = client_of("ann").get(f"/files/{held.pk}/")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == 'inline; filename="shelf.jpg"'
    assert (answer["Content-Type"], answer.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")


def test_a_paper_is_saved_not_shown(held: Attachment) -> None:
    paper = add_evidence(
        actor=TESTER, write_off_id=held.owner_id, upload=receive(pdf(b"<< >>"), 'evil".html')
    )
    answer = client_of("ann").get(f"/files/{paper.pk}/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="evil.pdf"'


def test_a_browser_that_has_it_does_not_get_it_again(held: Attachment) -> None:
    tag = f'"{held.file.sha256}"'
    answer = client_of("ann").get(f"/files/{held.pk}/", headers={"if-none-match": tag})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (304, "private, no-cache")


def test_who_may_not_see_the_document_does_not_see_its_file(held: Attachment) -> None:
    make_site("MAN")
    url = f"/files/{held.pk}/"
    answers = [
        client.get(url).status_code for client in (Client(), client_of("sam", "site_staff", site="MAN"))
    ]
    assert answers == [302, 404]
    assert client_of("ann").get("/files/999999/").status_code == 404


def test_an_owner_of_no_known_kind_is_nobodys(held: Attachment) -> None:
    Attachment.objects.filter(pk=held.pk).update(owner_kind="stranger")
    with pytest.raises(Http404):
        stored_files.access_attachment(TESTER, held.pk)


def test_taken_away_it_is_still_stored(held: Attachment) -> None:
    remove_evidence(actor=TESTER, write_off_id=held.owner_id, attachment_id=held.pk)
    assert stored_files.attachments_of("write_off", [held.owner_id]) == []
    assert (sweep().orphans, path_of(held.file.sha256).exists()) == (0, True)
    with pytest.raises(Http404):
        remove_evidence(actor=TESTER, write_off_id=held.owner_id, attachment_id=held.pk)


def test_a_document_takes_so_many(held: Attachment) -> None:
    def add(number: int) -> None:
        upload = receive(picture(size=(10 + number, 10)), "x")
        add_evidence(actor=TESTER, write_off_id=held.owner_id, upload=upload)

    for number in range(stored_files.MOST_OF_ONE - 1):
        add(number)
    with pytest.raises(Faults) as refused:
        add(99)
    assert refused.value.faults[0].code == "too_many_files"


def test_another_type_cannot_be_stored_by_hand(held: Attachment) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.filter(pk=held.file_id).update(media_type="text/html")


def test_the_sweep_takes_old_orphans_and_tells_what_is_wrong(held: Attachment) -> None:
    orphan, young = receive(picture(colour="green"), "x"), receive(picture(colour="blue"), "x")
    old = (clock.now() - timedelta(days=2)).timestamp()
    for upload in (orphan.sha256, held.file.sha256):
        os.utime(path_of(upload), (old, old))
    assert sweep() == stored_files.Swept(1, 1, (), ())
    assert [path_of(one.sha256).exists() for one in (orphan, young)] == [False, True]
    path_of(held.file.sha256).write_bytes(b"other")
    assert sweep().altered == (held.file.sha256,)
    path_of(held.file.sha256).unlink()
    assert sweep().missing == (held.file.sha256,)


def test_a_write_that_fails_leaves_nothing(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lib.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        photo()
    assert [path for path in files.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("cloned_db")
def test_the_sweep_never_takes_what_is_being_kept(files: Path) -> None:
    """An old orphan that somebody hands in again while the sweep runs: eight times over, both ways round."""
    make_store()
    write_off = drafted()
    upload = photo("purple")
    old = (clock.now() - timedelta(days=2)).timestamp()
    for _ in range(8):
        os.utime(path_of(upload.sha256), (old, old)) if path_of(upload.sha256).exists() else None
        added = lambda: add_evidence(actor=TESTER, write_off_id=write_off.pk, upload=upload)  # noqa: E731
        assert set(together(added, sweep)) == {DONE}
        assert path_of(upload.sha256).exists()
        Attachment.objects.all().delete()
        StoredFile.objects.all().delete()


def test_a_damaged_file_fails_the_nightly_run(held: Attachment, monkeypatch: pytest.MonkeyPatch) -> None:
    run = SimpleNamespace(
        job=SimpleNamespace(name="jobs.sweep_files"), scope_key="", slot=clock.now(), fence=1, pk=1
    )
    ended: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.actions, "start_run", lambda *_: run)
    monkeypatch.setattr(tasks.actions, "finish_run", lambda _run, **how: ended.append(how) or True)
    tasks.sweep_files(1, 1)
    path_of(held.file.sha256).unlink()
    tasks.sweep_files(1, 1)
    assert ended[0] == {"result": {"orphans": 0, "checked": 1}}
    assert held.file.sha256 in ended[1]["error"]


def test_a_lost_file_is_not_found_and_no_fault_of_the_page(held: Attachment) -> None:
    path_of(held.file.sha256).unlink()
    assert client_of("ann").get(f"/files/{held.pk}/").status_code == 404


def test_a_form_larger_than_anything_taken_is_refused_before_it_is_read(
    held: Attachment, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    photo_of = SimpleUploadedFile("a.jpg", b"x" * 2000)
    page = client_of("ann").post(f"/stock/write-offs/{held.owner_id}/evidence/", {"photo": photo_of})
    photo_of.seek(0)
    token = api_client("tom", "stock_clerk")
    path = f"/api/v1/stock/write-offs/{held.owner_id}/evidence/"
    call = token.post(path, {"file": photo_of}, format="multipart")
    assert (page.status_code, call.status_code) == (400, 413)
    assert call["Content-Type"] == "application/problem+json"
