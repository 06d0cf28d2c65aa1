"""Pages and REST of finance: what a person sees and does, and what is refused."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from finance.actions.accounts import RuleDraft, save_map
from finance.actions.disputes import write_off_dispute
from finance.actions.vouchers import make_vouchers
from finance.models import AccountMap, Comparison, Dispute, Tolerance, Voucher
from finance.queries.accounts import current_map, rule_body, rules_of
from tests.finance.builders import a_dispute, a_shop, days_ago, paid, sell, settle, today
from tests.finance.test_disputes import a_big_dispute, a_person
from tests.inventory.builders import TESTER
from tests.inventory.test_transfers_api import client_of
from tests.lib.pictures import picture


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    yield


def signed_in(client: Client, name: str = "fin", role: str = "finance") -> Client:
    actor = a_person(name, role)
    client.force_login(User.objects.get(pk=actor.id))
    return client


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return answer.content.decode()


def step(client: Client, dispute: Dispute, name: str, status: int = 302, **data: str) -> Any:
    answer = client.post(f"/finance/disputes/{dispute.pk}/{name}/", data)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer


def test_the_overview_tells_the_month(db: None, client: Client) -> None:
    a_dispute()
    page = text(signed_in(client), "/finance/")
    assert "1.50" in page and "Settlements and sales" in page and "Commission" in page
    assert "No voucher of this month" in text(client, "/finance/?month=2020-01")
    assert "Nothing was compared yet" not in text(client, "/finance/effort/")


def test_a_voucher_is_previewed_made_and_downloaded(db: None, client: Client) -> None:
    a_shop()
    sell("O-1", quantity="2", price="12", days=3)
    signed_in(client)
    day = days_ago(3)
    assert "4000" in text(client, f"/finance/vouchers/new/?day={day}") and not Voucher.objects.exists()
    answer = client.post("/finance/vouchers/new/", {"day": day})
    made = Voucher.objects.get()
    assert answer["Location"] == f"/finance/vouchers/{made.pk}/"
    assert "In balance" in text(client, f"/finance/vouchers/{made.pk}/")
    for form in ("csv", "xlsx", "json"):
        answer = client.get(f"/finance/vouchers/{made.pk}/?format={form}")
        assert answer["Content-Disposition"] == f'attachment; filename="{made}.{form}"'
    refused = client.post("/finance/vouchers/new/", {"day": day})
    assert refused.status_code == 409 and "in a voucher already" in refused.content.decode()


def test_a_file_is_safe_to_open(db: None, client: Client) -> None:
    a_shop()
    sell("O-1", days=3)
    rules = [RuleDraft(**{**rule_body(one), "cost_centre": "=1+1"}) for one in rules_of(current_map())]
    save_map(actor=TESTER, rules=rules, reason="test")
    made = make_vouchers(actor=TESTER, start=today() - timedelta(days=3), until=today() - timedelta(days=2))[
        0
    ]
    body = signed_in(client).get(f"/finance/vouchers/{made.pk}/?format=csv").content.decode("utf-8-sig")
    assert ",=1+1" not in body and "=1+1" in body


def test_the_map_is_changed_on_the_page(db: None, client: Client) -> None:
    signed_in(client)
    page = text(client, "/finance/accounts/edit/")
    assert 'value="2110"' in page
    row = {
        "kind": "receipt", "place": "", "reason_code": "", "category": "", "legal_entity": "",
        "debit_account": "1400", "credit_account": "2110", "cost_centre": "",
    }  # fmt: skip
    bad = client.post(
        "/finance/accounts/edit/", {**row, "debit_account": "", "reason": "new chart", "base_version": "1"}
    )
    assert bad.status_code == 422 and "names no debit account" in bad.content.decode()
    assert (
        client.post(
            "/finance/accounts/edit/", {**row, "reason": "new chart", "base_version": "1"}
        ).status_code
        == 302
    )
    assert AccountMap.objects.count() == 2 and "1400" in text(client, "/finance/accounts/")
    assert "2110" in text(client, "/finance/accounts/?version=1")
    stale = client.post("/finance/accounts/edit/", {**row, "reason": "again", "base_version": "1"})
    assert stale.status_code == 409


def test_a_dispute_is_worked_on_the_page(db: None, client: Client, files: None) -> None:
    dispute = a_dispute()
    signed_in(client)
    assert "O-1" in text(client, f"/finance/disputes/{dispute.pk}/")
    assert str(dispute) in text(client, "/finance/disputes/")
    step(client, dispute, "start")
    step(client, dispute, "assign", owner="fin", due_on=days_ago(-3))
    step(client, dispute, "claim", reference="CASE-7")
    photo = SimpleUploadedFile("letter.jpg", picture())
    step(client, dispute, "evidence", files=photo)
    step(client, dispute, "accept", status=422, recovered="many")
    step(client, dispute, "accept", recovered="1.5")
    step(client, dispute, "close", comment="in the next payout")
    dispute.refresh_from_db()
    assert dispute.state == "closed" and str(dispute) in text(client, "/finance/disputes/?state=all")
    assert "letter" in text(client, f"/finance/disputes/{dispute.pk}/")


def test_a_write_off_is_decided_on_the_page(db: None, client: Client) -> None:
    dispute = a_big_dispute()
    write_off_dispute(actor=a_person("ann"), dispute_id=dispute.pk, comment="gone")
    signed_in(client, "bob")
    assert "You may decide" in text(client, f"/finance/disputes/{dispute.pk}/")
    step(client, dispute, "decide", decision="approve")
    assert Dispute.objects.get().state == "written_off"


def test_comparisons_are_found_by_their_key(db: None, client: Client) -> None:
    a_dispute()
    sell("O-2")
    settle(paid("O-2"))
    signed_in(client)
    page = text(client, "/finance/matches/?key=O-2")
    assert "O-2" in page and "O-1" not in page
    one = Comparison.objects.get(key="O-1")
    assert "Commission kept back" in text(client, f"/finance/matches/{one.pk}/")
    text(client, "/finance/matches/999999/", 404)


def test_tolerances_are_changed_with_a_reason(db: None, client: Client) -> None:
    signed_in(client)
    data = {
        "matching": "settlement",
        "amount": "0.5",
        "percent": "2",
        "quantity_percent": "0",
        "days": "10",
        "due_days": "7",
    }
    client.post("/finance/tolerances/save/", data)
    assert Tolerance.objects.get(matching="settlement").days == 14
    client.post("/finance/tolerances/save/", {**data, "reason": "agreed with the platform"})
    changed = Tolerance.objects.get(matching="settlement")
    assert (changed.days, str(changed.fraction)) == (10, "0.020000") and "2" in text(
        client, "/finance/tolerances/"
    )


def test_who_does_not_belong_to_finance_sees_nothing(db: None, client: Client) -> None:
    dispute = a_dispute()
    signed_in(client, "carl", "stock_manager")
    for url in ("/finance/", "/finance/vouchers/", f"/finance/disputes/{dispute.pk}/"):
        text(client, url, 403)


def rest(client: Any, path: str, data: Any) -> Any:
    return client.post(f"/api/v1/finance/{path}", data, format="json")


def test_rest_takes_compares_and_works(db: None) -> None:
    a_shop()
    sell("O-1", days=3)
    client = client_of("fina", "finance")
    taken = rest(client, "settlements/", [paid("O-1", commission="2.5")])
    assert taken.status_code == 200 and taken.json()["compared"]["differing"] == 1, taken.content
    assert client.get("/api/v1/finance/settlements/").json()["results"][0]["order_reference"] == "O-1"
    dispute = client.get("/api/v1/finance/disputes/?state=live").json()["results"][0]
    assert (dispute["class"], dispute["amount"]) == ("commission", "1.5")
    done = rest(client, f"disputes/{dispute['id']}/claim/", {"reference": "C-1"})
    assert done.json()["state"] == "claimed"
    again = rest(client, f"disputes/{dispute['id']}/claim/", {"reference": "C-1"})
    assert again.status_code == 409 and again.json()["errors"][0]["code"] == "wrong_state"
    assert client.get("/api/v1/finance/comparisons/?state=differs").json()["results"][0]["key"] == "O-1"
    assert client.get("/api/v1/finance/effort/").json()[0]["judged"] == 1


def test_rest_of_vouchers_and_the_map(db: None) -> None:
    a_shop()
    sell("O-1", days=3)
    client = client_of("fina", "finance")
    made = rest(client, "vouchers/", {"from": days_ago(3), "until": days_ago(2)})
    assert made.status_code == 201, made.content
    (voucher,) = made.json()
    lines = client.get(f"/api/v1/finance/vouchers/{voucher['id']}/lines/").json()["results"]
    assert sum(float(one["debit"]) for one in lines) == float(voucher["debits"])
    assert client.get("/api/v1/finance/vouchers/?month=2020-13").status_code == 400
    found = client.get("/api/v1/finance/account-map/").json()
    saved = rest(client, "account-map/", {"rules": found["rules"][:3], "reason": "less", "base_version": 1})
    assert saved.status_code == 201 and saved.json()["version"] == 2
    assert client.get("/api/v1/finance/account-map/?version=1").json()["rules"] == found["rules"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("vouchers/", {"from": "yesterday", "until": 7}),
        ("vouchers/", []),
        ("account-map/", {"rules": [7, {"kind": 1}], "reason": "x"}),
        ("account-map/", {"rules": "none"}),
        ("compare/", {"matching": "weather"}),
        ("settlements/", {"rows": 1}),
        ("settlements/", [{"channel": "\x00"}]),
        ("supplier-invoices/", [1]),
        ("ledger-balances/", [{"balance": "NaN"}]),
        ("tolerances/settlement/", {"amount": "-1", "fraction": "9", "days": 1, "due_days": True}),
    ],
)
def test_rest_refuses_with_a_problem_document(db: None, path: str, body: Any) -> None:
    answer = rest(client_of("fina", "finance"), path, body)
    assert answer.status_code == 422 and json.loads(answer.content)["errors"], answer.content
