"""Write-offs, returns to suppliers, gradings and goods set aside over REST."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from inventory.actions.set_aside import StateChange, change_state
from inventory.models import Grading, SupplierReturn, WriteOff
from lib import clock
from lib.uploads import MAX_BYTES
from tests.inventory.builders import TESTER, make_product, make_site, receive
from tests.inventory.test_transfers_api import client_of
from tests.inventory.write_off_builders import came_back, files, lying, make_store, make_supplier, stock_line
from tests.lib.pictures import picture

__all__ = ["files"]
pytestmark = pytest.mark.usefixtures("files")


@pytest.fixture
def clerk(db: None) -> APIClient:
    make_store()
    make_supplier()
    return client_of("carl", "stock_clerk")


@pytest.fixture
def manager(clerk: APIClient) -> APIClient:
    return client_of("mia", "stock_manager")


def post(client: APIClient, path: str, data: Any = None, **headers: str) -> Any:
    return client.post(f"/api/v1/stock/{path}", data or {}, format="json", **headers)


def send(client: APIClient, path: str, content: bytes, name: str = "a.jpg", **headers: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(f"/api/v1/stock/{path}", {"file": file}, format="multipart", **headers)


def body(quantity: str = "5", **fields: Any) -> dict[str, Any]:
    lines = [{"sku": "A1", "quantity": quantity}]
    return {"site": "LON", "reason": "display", "lines": lines, **fields}


def made(client: APIClient, **fields: Any) -> int:
    number: int = post(client, "write-offs/", body(**fields)).json()["id"]
    return number


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_a_write_off_with_its_photo(clerk: APIClient, manager: APIClient) -> None:
    number = made(clerk, quantity="150", reason="damaged", comment="fell")
    photo = send(clerk, f"write-offs/{number}/evidence/", picture(), "../shelf.php")
    assert (photo.status_code, photo.json()["name"]) == (201, "shelf.jpg")
    assert post(clerk, f"write-offs/{number}/submit/").json()["state"] == "pending"
    done = post(manager, f"write-offs/{number}/approve/").json()
    assert (done["state"], done["lines"][0]["value"], lying()) == ("posted", "300", 350)
    assert (
        manager.get(done["evidence"][0]["url"]).status_code == 302
    )  # a page: signed in by session, not by token


def test_evidence_is_for_who_may_see_the_document(clerk: APIClient) -> None:
    make_site("MAN")
    number = made(clerk)
    address = send(clerk, f"write-offs/{number}/evidence/", picture()).json()["file"]
    other = client_of("sam", "stock_clerk", site="MAN")
    assert [one.get(address).status_code for one in (clerk, other, APIClient())] == [200, 404, 401]


HOSTILE: list[Any] = [
    None,
    "",
    " ",
    "\x00",
    "x" * 5000,
    -1,
    0,
    1e400,
    True,
    [],
    {},
    [[]],
    "NaN",
    "Infinity",
    "9" * 40,
    "\ud800",
]


def every_way(data: Any) -> Iterator[Any]:
    """`data` with each of its fields, and those of its first line, put to each hostile value in turn."""
    yield from ([], "x", 7, None)
    for name, value in data.items():
        yield from ({**data, name: bad} for bad in HOSTILE)
        if isinstance(value, list):
            yield from ({**data, name: [bad]} for bad in HOSTILE)
            for field in value[0]:
                yield from ({**data, name: [{**value[0], field: bad}]} for bad in HOSTILE)


def test_no_field_of_any_call_brings_it_down(clerk: APIClient, manager: APIClient) -> None:
    """A problem document or an answer, never a 500; what is refused leaves nothing behind."""
    came_back("4")
    grade = {
        "site": "LON",
        "sku": "A1",
        "lot": "",
        "quantity": "99",
        "grade": "B",
        "outcome": "available",
        "markdown_fraction": "0.2",
        "comment": "x",
        "supplier": "",
    }
    move = {
        "site": "LON",
        "sku": "A1",
        "lot": "",
        "quantity": "9999",
        "from_state": "available",
        "to_state": "blocked",
        "reason": "x",
    }
    number = post(clerk, "supplier-returns/", returned()).json()["id"]
    calls = {
        "write-offs/": {**body("0"), "comment": "c", "found_at": "2026-11-01T00:00:00Z"},
        "write-off-reasons/": {
            "code": "!",
            "name": "n",
            "name_zh": "z",
            "posts_as": "scrap",
            "account_hint": "a",
            "needs_photo": True,
            "is_active": True,
        },
        "supplier-returns/": {**returned("0"), "supplier_reference": "r"},
        f"supplier-returns/{number}/credits/": {
            "reference": "r",
            "amount": "1.00",
            "received_on": "2026-11-01",
        },
        f"supplier-returns/{number}/ship/": {
            "lines": [{"sku": "A1", "quantity": "1", "lot": "", "state": "available"}]
        },
        "gradings/": grade,
        "set-aside/": move,
    }
    wrong = [
        (path, data)
        for path, whole in calls.items()
        for data in every_way(whole)
        if ask(manager, path, data) not in (400, 403, 409, 413, 422)
    ]
    assert wrong == []


def ask(client: APIClient, path: str, data: Any) -> int:
    content = json.dumps(data)
    status: int = client.post(f"/api/v1/stock/{path}", content, content_type="application/json").status_code
    return status


def test_values_are_for_who_may_see_costs(clerk: APIClient, manager: APIClient) -> None:
    number = made(clerk)
    answers = [one.get(f"/api/v1/stock/write-offs/{number}/").json() for one in (clerk, manager)]
    assert [answer["lines"][0]["value"] for answer in answers] == [None, "10"]


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"x" * (MAX_BYTES + 1), (413, "too_large")),
        (b"", (422, "empty_file")),
        (b"<svg/>", (422, "wrong_type")),
        (b"\x89PNG\r\n\x1a\n", (422, "unreadable")),
    ],
)
def test_a_hostile_file_is_a_problem_document(
    clerk: APIClient, content: bytes, answer: tuple[int, str]
) -> None:
    number = made(clerk)
    assert code_of(send(clerk, f"write-offs/{number}/evidence/", content)) == answer
    assert clerk.get(f"/api/v1/stock/write-offs/{number}/").json()["evidence"] == []


def test_no_file_at_all_is_told(clerk: APIClient) -> None:
    answer = clerk.post(f"/api/v1/stock/write-offs/{made(clerk)}/evidence/", {}, format="multipart")
    assert code_of(answer) == (422, "required")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": "0"}, "invalid_quantity"),
        ({"quantity": "1" * 28}, "invalid_quantity"),
        ({"quantity": "NaN"}, "invalid_quantity"),
        ({"site": "NONE"}, "unknown_site"),
        ({"reason": "NONE"}, "unknown_reason"),
        ({"found_at": "yesterday"}, "invalid_time"),
        ({"found_at": "2026-11-01T10:00:00"}, "naive_time"),
        ({"found_at": "2100-11-01T10:00:00Z"}, "in_future"),
        ({"lines": {}}, "not_a_list"),
    ],
)
def test_what_cannot_be_is_a_problem_document(clerk: APIClient, fields: dict[str, Any], code: str) -> None:
    assert code_of(post(clerk, "write-offs/", body(**fields))) == (422, code)
    assert not WriteOff.objects.exists()


def test_one_key_writes_off_once(clerk: APIClient) -> None:
    number = made(clerk)
    answers = [post(clerk, f"write-offs/{number}/submit/", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    other = post(clerk, "write-offs/", body(), HTTP_IDEMPOTENCY_KEY="k")
    assert (answers[1]["Idempotent-Replay"], other.status_code, lying()) == ("true", 409, 495)


def test_taken_back_changed_given_up(clerk: APIClient) -> None:
    number = made(clerk)
    post(clerk, f"write-offs/{number}/submit/")
    assert code_of(post(clerk, f"write-offs/{number}/cancel/", {"comment": "x"})) == (409, "wrong_state")
    assert post(clerk, f"write-offs/{number}/reverse/", {"comment": "found"}).json()["state"] == "reversed"
    other = made(clerk)
    assert post(clerk, f"write-offs/{other}/edit/", body("7")).json()["lines"][0]["quantity"] == "7"
    assert code_of(post(clerk, f"write-offs/{other}/cancel/")) == (422, "reason_required")


def test_the_list_is_filtered_and_costs_the_same(
    clerk: APIClient, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        made(clerk)
    with django_assert_max_num_queries(30):
        found = clerk.get("/api/v1/stock/write-offs/?state=draft&site=LON").json()["results"]
    assert (len(found), clerk.get("/api/v1/stock/write-offs/?state=posted").json()["results"]) == (4, [])


def test_elsewhere_there_is_nothing(clerk: APIClient) -> None:
    make_site("MAN")
    number = made(clerk)
    other = client_of("sam", "stock_clerk", site="MAN")
    assert other.get(f"/api/v1/stock/write-offs/{number}/").status_code == 404
    assert post(other, f"write-offs/{number}/submit/").status_code == 404
    assert code_of(post(other, "write-offs/", body())) == (422, "unknown_site")


def test_reasons_are_read_and_kept(clerk: APIClient, manager: APIClient) -> None:
    fields = {"code": "tasting", "name": "Tasting", "posts_as": "adjustment", "needs_comment": True}
    assert post(clerk, "write-off-reasons/", fields).status_code == 403
    assert post(manager, "write-off-reasons/", fields).json()["needs_comment"] is True
    codes = [one["code"] for one in clerk.get("/api/v1/stock/write-off-reasons/").json()["results"]]
    assert "tasting" in codes and len(codes) == 11
    assert code_of(post(manager, "write-off-reasons/", {**fields, "needs_photo": "yes"})) == (
        422,
        "not_a_boolean",
    )


def returned(quantity: str = "10", **fields: Any) -> dict[str, Any]:
    lines = [{"sku": "A1", "quantity": quantity, "unit_credit": "2.50"}]
    due = (clock.now().date() + timedelta(days=9)).isoformat()
    return {
        "site": "LON",
        "supplier": "ACME",
        "reason": "broken",
        "credit_due_on": due,
        "lines": lines,
        **fields,
    }


def test_a_return_from_request_to_close(clerk: APIClient, manager: APIClient) -> None:
    number = post(clerk, "supplier-returns/", returned()).json()["id"]
    assert send(clerk, f"supplier-returns/{number}/evidence/", picture()).status_code == 201
    assert post(clerk, f"supplier-returns/{number}/submit/").json()["state"] == "approved"
    part = {"lines": [{"sku": "A1", "quantity": "4"}]}
    assert post(clerk, f"supplier-returns/{number}/ship/", part).json()["lines"][0]["shipped"] == "4"
    assert code_of(post(clerk, f"supplier-returns/{number}/ship/", returned("7"))) == (422, "over_shipment")
    post(clerk, f"supplier-returns/{number}/ship/")
    note = {"reference": "CN-1", "amount": "20.00", "received_on": clock.now().date().isoformat()}
    credited = post(manager, f"supplier-returns/{number}/credits/", note).json()
    assert credited["credit"] == {"value": "20", "expected": "25", "received": "20", "difference": "-5"}
    assert code_of(post(manager, f"supplier-returns/{number}/close/")) == (422, "difference_unexplained")
    closed = post(manager, f"supplier-returns/{number}/close/", {"comment": "their price"}).json()
    assert (closed["state"], lying()) == ("closed", 490)


def test_money_of_a_return_is_for_who_may_see_costs(clerk: APIClient) -> None:
    found = post(clerk, "supplier-returns/", returned()).json()
    assert (found["credit"]["expected"], found["credit_notes"], found["lines"][0]["unit_credit"]) == (
        None,
        [],
        None,
    )


def test_a_return_is_decided_changed_cancelled(clerk: APIClient, manager: APIClient) -> None:
    number = post(clerk, "supplier-returns/", returned("150")).json()["id"]
    post(clerk, f"supplier-returns/{number}/submit/")
    assert post(clerk, f"supplier-returns/{number}/approve/").status_code == 403
    assert (
        post(manager, f"supplier-returns/{number}/reject/", {"comment": "keep"}).json()["state"] == "rejected"
    )
    assert post(clerk, f"supplier-returns/{number}/edit/", returned("9")).json()["state"] == "draft"
    cancelled = post(clerk, f"supplier-returns/{number}/cancel/", {"comment": "no"}).json()
    assert (cancelled["state"], SupplierReturn.objects.count()) == ("cancelled", 1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"supplier": "NONE"}, "unknown_supplier"),
        ({"credit_due_on": "2020-01-01"}, "in_past"),
        ({"credit_due_on": "soon"}, "not_a_date"),
        ({"lines": [{"sku": "A1", "quantity": "1", "unit_credit": "-1"}]}, "invalid_amount"),
        ({"lines": [{"sku": "A1", "quantity": "1", "unit_credit": "x"}]}, "invalid_amount"),
    ],
)
def test_a_return_that_cannot_be_is_a_problem_document(clerk: APIClient, fields: Any, code: str) -> None:
    assert code_of(post(clerk, "supplier-returns/", returned(**fields))) == (422, code)
    assert not SupplierReturn.objects.exists()


def test_goods_are_graded_and_listed(clerk: APIClient) -> None:
    came_back("4")
    grade = {"site": "LON", "sku": "A1", "quantity": "1", "grade": "B", "markdown_fraction": "0.3"}
    found = post(clerk, "gradings/", grade)
    number = found.json()["id"]
    assert (found.status_code, found.json()["markdown_fraction"], lying("inspect")) == (201, "0.3", 3)
    assert send(clerk, f"gradings/{number}/evidence/", picture()).status_code == 201
    listed = clerk.get("/api/v1/stock/gradings/?grade=B").json()["results"]
    assert (len(listed), len(listed[0]["evidence"]), Grading.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"grade": "E"}, "invalid_grade"),
        ({"quantity": "99"}, "insufficient_stock"),
        ({"grade": "C"}, "comment_required"),
        ({"grade": "B", "markdown_fraction": "x"}, "invalid_fraction"),
        ({"grade": "B", "markdown_fraction": "NaN"}, "invalid_fraction"),
    ],
)
def test_a_grade_that_cannot_be_is_a_problem_document(clerk: APIClient, fields: Any, code: str) -> None:
    came_back("4")
    asked = {"site": "LON", "sku": "A1", "quantity": "1", "grade": "A", **fields}
    assert code_of(post(clerk, "gradings/", asked)) == (422, code)


def test_what_is_set_aside_goes_page_by_page(clerk: APIClient) -> None:
    for sku in ("B1", "B2", "B3"):
        make_product(sku)
        receive(sku, at=None)
        change_state(
            actor=TESTER,
            change=StateChange("LON", sku, stock_line("1").quantity, "available", "blocked", "wet"),
        )
    first = clerk.get("/api/v1/stock/set-aside/?page_size=2").json()
    rest = clerk.get(first["next"]).json()
    assert [row["sku"] for row in first["results"] + rest["results"]] == ["B1", "B2", "B3"]
    assert (rest["next"], first["results"][0]["why"]) == (None, "wet")


def test_goods_are_set_aside_and_released_by_right(clerk: APIClient, manager: APIClient) -> None:
    change = {
        "site": "LON",
        "sku": "A1",
        "quantity": "3",
        "from_state": "available",
        "to_state": "blocked",
        "reason": "wet",
    }
    assert post(clerk, "set-aside/", change).status_code == 201
    back = {**change, "from_state": "blocked", "to_state": "available"}
    assert post(clerk, "set-aside/", back).status_code == 403
    assert (post(manager, "set-aside/", back).status_code, lying("blocked")) == (201, 0)
