"""The pages of write-offs, returns to suppliers, grading and what is set aside."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from inventory.models import Grading, SupplierReturn, WriteOff
from inventory.queries.write_offs import evidence_of
from lib import clock
from tests.inventory.builders import TESTER, make_product, receive
from tests.inventory.test_supplier_returns import approved, shipped
from tests.inventory.write_off_builders import (
    came_back,
    drafted,
    files,
    lying,
    make_store,
    make_supplier,
    submitted,
    with_photo,
)
from tests.lib.pictures import picture
from tests.web.test_stored_files import client_of

__all__ = ["files"]
pytestmark = pytest.mark.usefixtures("files")


@pytest.fixture(autouse=True)
def store(db: None) -> None:
    make_store()
    make_supplier()


def a_photo(name: str = "a.jpg", content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or picture())


def typed(**fields: Any) -> dict[str, Any]:
    head = {"site": "LON", "reason": "display", "comment": "", "found_at": ""}
    lines = {"sku": ["A1", ""], "quantity": ["5", ""], "state": ["available", "available"], "lot": ["", ""]}
    return {**head, **lines, **fields}


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_form_writes_off_with_a_photo() -> None:
    client = client_of("carl")
    form = typed(reason="damaged", photo=a_photo(), files=[a_photo("b.png", picture("PNG"))], submit="1")
    answer = client.post("/stock/write-offs/new/", form)
    made = WriteOff.objects.get()
    assert (answer.url, made.state, len(evidence_of(made))) == (f"/stock/write-offs/{made.pk}/", "posted", 2)
    assert f"/files/{evidence_of(made)[0].pk}/" in text_of(client, answer.url)


def test_what_is_refused_stays_typed() -> None:
    answer = client_of("carl").post("/stock/write-offs/new/", typed(sku=["NONE", ""], comment="fell"))
    body = answer.content.decode()
    assert (answer.status_code, WriteOff.objects.exists()) == (422, False)
    assert 'value="NONE"' in body and 'value="fell"' in body


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        (a_photo("page.html", b"<script>"), "page.html: Only JPEG"),
        (a_photo("empty.jpg", b" "), "empty.jpg: Only JPEG"),
        (a_photo("half.png", b"\x89PNG\r\n\x1a\n"), "half.png: The picture cannot be read."),
    ],
)
def test_a_photo_that_is_none_is_named_and_the_rest_is_kept(photo: SimpleUploadedFile, words: str) -> None:
    form = typed(photo=photo, files=[a_photo()], submit="1")
    answer = client_of("carl").post("/stock/write-offs/new/", form)
    made = WriteOff.objects.get()
    assert (answer.status_code, made.state, len(evidence_of(made)), lying()) == (422, "draft", 1, 500)
    assert words in answer.content.decode()


def test_missing_evidence_keeps_the_draft_and_says_so() -> None:
    answer = client_of("carl").post("/stock/write-offs/new/", typed(reason="damaged", submit="1"))
    assert (answer.status_code, WriteOff.objects.get().state) == (422, "draft")
    assert "It is kept as a draft and not submitted." in answer.content.decode()


def test_a_draft_is_completed_on_its_page() -> None:
    client = client_of("carl")
    client.post("/stock/write-offs/new/", typed(reason="damaged"))
    made = WriteOff.objects.get()
    path = f"/stock/write-offs/{made.pk}/"
    assert client.post(f"{path}evidence/", {}).status_code == 422
    client.post(f"{path}evidence/", {"photo": a_photo()})
    held = evidence_of(made)[0]
    client.post(f"{path}evidence/{held.pk}/remove/")
    client.post(f"{path}edit/", typed(reason="sample", comment="for the fair", quantity=["2", ""]))
    client.post(f"{path}submit/")
    made.refresh_from_db()
    assert (made.state, made.reason.code, evidence_of(made), lying()) == ("posted", "sample", [], 498)


def test_the_manager_sees_the_photo_and_decides() -> None:
    clerk = client_of("carl")
    clerk.post("/stock/write-offs/new/", typed(quantity=["150", ""], photo=a_photo(), submit="1"))
    made = WriteOff.objects.get()
    path, manager = f"/stock/write-offs/{made.pk}/", client_of("mia", "stock_manager")
    assert 'value="approve"' not in text_of(clerk, path)
    body = text_of(manager, path)
    assert 'value="approve"' in body and f"/files/{evidence_of(made)[0].pk}/" in body and "300.00" in body
    manager.post(f"{path}decide/", {"decision": "approve"})
    assert (WriteOff.objects.get().state, lying()) == ("posted", 350)


def test_the_request_shows_lines_and_photos() -> None:
    made = with_photo(drafted("150"))
    body = text_of(client_of("mia", "stock_manager"), f"/stock/write-offs/{made.pk}/summary/")
    assert f"/files/{evidence_of(made)[0].pk}/" in body and "300.00" in body and "A1" in body


def test_it_is_cancelled_or_taken_back_with_a_reason() -> None:
    client = client_of("carl")
    open_one, posted = submitted("150"), submitted("5")
    assert client.post(f"/stock/write-offs/{open_one.pk}/cancel/", {"comment": ""}).status_code == 422
    client.post(f"/stock/write-offs/{open_one.pk}/cancel/", {"comment": "found"})
    client.post(f"/stock/write-offs/{posted.pk}/reverse/", {"comment": "found"})
    assert [one.state for one in WriteOff.objects.order_by("pk")] == ["cancelled", "reversed"]


def test_the_list_costs_the_same_however_long(django_assert_max_num_queries: Any) -> None:
    client = client_of("mia", "stock_manager")
    for _ in range(6):
        drafted()
    with_photo(drafted())
    client.get("/stock/write-offs/")
    with django_assert_max_num_queries(16):
        body = text_of(client, "/stock/write-offs/?state=open&site=LON")
    assert body.count("WO-") >= 7 and "10.00" in body


def test_costs_are_for_who_may_see_them() -> None:
    submitted("5")
    assert "10.00" not in text_of(client_of("carl"), "/stock/write-offs/")
    assert "10.00" in text_of(client_of("fin", "finance"), "/stock/write-offs/")


def test_the_reasons_are_kept_by_who_may() -> None:
    client = client_of("fin", "finance")
    form = {
        "code": "tasting",
        "name": "Tasting",
        "posts_as": "adjustment",
        "needs_comment": "on",
        "is_active": "on",
    }
    assert client.post("/stock/write-offs/reasons/", form).status_code == 302
    assert "tasting" in text_of(client, "/stock/write-offs/reasons/")
    assert client.post("/stock/write-offs/reasons/", {**form, "code": "!"}).status_code == 422
    assert client_of("carl").post("/stock/write-offs/reasons/", form).status_code == 403


def returned(**fields: Any) -> dict[str, Any]:
    due = (clock.now().date() + timedelta(days=9)).isoformat()
    head = {
        "site": "LON",
        "supplier": "ACME",
        "reason": "broken",
        "credit_due_on": due,
        "supplier_reference": "RMA-1",
    }
    lines = {"sku": ["A1"], "quantity": ["10"], "state": ["available"], "lot": [""], "unit_credit": ["2.5"]}
    return {**head, **lines, **fields}


def test_a_return_is_asked_for_shipped_credited_and_closed() -> None:
    client = client_of("mia", "stock_manager")
    client.post("/stock/supplier-returns/new/", returned())
    made = SupplierReturn.objects.get()
    path = f"/stock/supplier-returns/{made.pk}/"
    client.post(f"{path}evidence/", {"photo": a_photo()})
    client.post(f"{path}submit/")
    client.post(f"{path}ship/", {"sku": ["A1"], "quantity": ["4"], "state": ["available"], "lot": [""]})
    client.post(f"{path}ship/")
    note = {"reference": "CN-9", "amount": "20.00", "received_on": clock.now().date().isoformat()}
    assert client.post(f"{path}credit/", {**note, "amount": "much"}).status_code == 422
    client.post(f"{path}credit/", note)
    body = text_of(client, path)
    assert "CN-9" in body and "25.00" in body and "RMA-1" in body
    assert client.post(f"{path}close/", {"comment": ""}).status_code == 422
    client.post(f"{path}close/", {"comment": "their price"})
    assert (SupplierReturn.objects.get().state, lying()) == ("closed", 490)


def test_a_return_is_changed_decided_and_cancelled() -> None:
    clerk, manager = client_of("carl"), client_of("mia", "stock_manager")
    clerk.post("/stock/supplier-returns/new/", returned())
    path = f"/stock/supplier-returns/{SupplierReturn.objects.get().pk}/"
    assert 'value="RMA-1"' in text_of(clerk, f"{path}edit/")
    clerk.post(f"{path}edit/", returned(quantity=["200"]))
    clerk.post(f"{path}submit/")
    manager.post(f"{path}decide/", {"decision": "approve"})
    assert SupplierReturn.objects.get().state == "approved"
    clerk.post(f"{path}cancel/", {"comment": "sold instead"})
    assert (SupplierReturn.objects.get().state, SupplierReturn.objects.get().note) == (
        "cancelled",
        "sold instead",
    )


@pytest.mark.parametrize(
    "field", [{"supplier": "NONE"}, {"quantity": ["x"]}, {"unit_credit": ["-1"]}, {"credit_due_on": ""}]
)
def test_a_return_that_is_refused_stays_typed(field: dict[str, Any]) -> None:
    answer = client_of("carl").post("/stock/supplier-returns/new/", returned(**field))
    assert (answer.status_code, 'value="broken"' in answer.content.decode()) == (422, True)


def test_the_list_of_returns_says_what_is_late() -> None:
    from tests.inventory.builders import line, post

    post("transfer", line("A1", "LON", "LON", "20", to_state="blocked"), at=None)
    shipped("10")
    approved("1")
    client = client_of("mia", "stock_manager")
    assert "Overdue" not in text_of(client, "/stock/supplier-returns/")
    with clock.frozen(clock.now() + timedelta(days=20)):
        assert "Overdue" in text_of(client_of("max", "stock_manager"), "/stock/supplier-returns/?state=open")


def test_goods_are_graded_on_their_page() -> None:
    came_back("4")
    client = client_of("carl")
    form = {"site": "LON", "sku": "A1", "lot": "", "grade": "C", "quantity": "3", "outcome_C": "quarantine"}
    refused = client.post("/stock/grading/", {**form, "comment": ""})
    assert (refused.status_code, "Say what is wrong with it." in refused.content.decode()) == (422, True)
    answer = client.post("/stock/grading/", {**form, "comment": "stain", "photo": a_photo(), "back": "LON"})
    assert (answer.url, lying("quarantine"), lying("inspect")) == ("/stock/grading/?site=LON", 3, 1)
    body = text_of(client, "/stock/grading/")
    assert "stain" in body and Grading.objects.get().outcome == "quarantine"


def test_grade_b_takes_the_markdown_in_percent() -> None:
    came_back("4")
    form = {
        "site": "LON",
        "sku": "A1",
        "lot": "",
        "grade": "B",
        "quantity": "1",
        "markdown": "35",
        "comment": "",
    }
    client_of("carl").post("/stock/grading/", form)
    assert str(Grading.objects.get().markdown_fraction) == "0.3500"


def test_set_aside_is_shown_with_its_ways_out_and_changed() -> None:
    came_back("4")
    manager = client_of("mia", "stock_manager")
    body = text_of(manager, "/stock/set-aside/")
    assert "state=inspect&amp;quantity=4" in body and "/stock/write-offs/new/?site=LON" in body
    change = {
        "site": "LON",
        "sku": "A1",
        "lot": "",
        "quantity": "4",
        "from_state": "inspect",
        "reason": "looked at",
    }
    assert (
        manager.post("/stock/set-aside/", {**change, "to_state": "available", "reason": ""}).status_code
        == 422
    )
    manager.post("/stock/set-aside/", {**change, "to_state": "available"})
    assert (lying("inspect"), lying()) == (0, 504)


def test_a_clerk_sets_aside_and_does_not_release() -> None:
    clerk = client_of("carl")
    change = {"site": "LON", "sku": "A1", "lot": "", "quantity": "4", "reason": "wet"}
    clerk.post("/stock/set-aside/", {**change, "from_state": "available", "to_state": "blocked"})
    back = clerk.post("/stock/set-aside/", {**change, "from_state": "blocked", "to_state": "available"})
    assert (back.status_code, lying("blocked")) == (403, 4)


def test_a_link_from_set_aside_fills_the_form() -> None:
    path = "/stock/write-offs/new/?site=LON&sku=A1&lot=&state=blocked&quantity=4"
    body = text_of(client_of("carl"), path)
    assert 'value="A1"' in body and '<option value="blocked" selected>' in body


def test_an_empty_house_says_what_to_do() -> None:
    client = client_of("carl")
    paths = ("write-offs", "supplier-returns", "grading", "set-aside")
    words = ("Nothing was written off", "Nothing goes back", "Nothing waits", "Nothing is set aside")
    assert all(word in text_of(client, f"/stock/{path}/") for path, word in zip(paths, words, strict=True))


def test_other_products_do_not_change_a_page() -> None:
    make_product("B1")
    receive("B1", at=None, actor=TESTER)
    assert "B1" not in text_of(client_of("carl"), "/stock/set-aside/")
