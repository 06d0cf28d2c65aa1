"""Customs consignments and import limits over REST."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from inventory.models import CustomsConsignment, ImportLimit
from tests.inventory.builders import held, make_site
from tests.inventory.customs_builders import declared, figures, make_port, today
from tests.inventory.test_transfers_api import client_of


@pytest.fixture
def clerk(db: None) -> APIClient:
    make_port()
    return client_of("carl", "stock_clerk")


def post(client: APIClient, path: str, data: Any = None, **headers: str) -> Any:
    return client.post(f"/api/v1/{path}", data or {}, format="json", **headers)


def body(quantity: str = "10", **fields: Any) -> dict[str, Any]:
    return {
        "site": "LON",
        "from_country": "CN",
        "carrier": "Northern Line",
        "arrives_on": today().isoformat(),
        "clears_on": (today() + timedelta(days=3)).isoformat(),
        "lines": [{"sku": "A1", "quantity": quantity, "value": "50"}],
        **fields,
    }


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_a_consignment_from_draft_to_closed(clerk: APIClient) -> None:
    made = post(clerk, "customs/", body()).json()
    assert (made["state"], made["legal_entity"], made["lines"][0]["hs_code"]) == ("draft", "uk", "950300")
    at = f"customs/{made['id']}"
    assert post(clerk, f"{at}/declare/").json()["state"] == "declared"
    assert post(clerk, f"{at}/arrive/").json()["lines"][0]["arrived"] == "10"
    part = {"lines": [{"sku": "A1", "quantity": "3"}], "reason": "papers"}
    assert post(clerk, f"{at}/hold/", part).json()["state"] == "held"
    assert code_of(post(clerk, f"{at}/clear/", {"lines": [{"sku": "A1", "quantity": "8"}]})) == (
        422,
        "not_free",
    )
    key = {"HTTP_IDEMPOTENCY_KEY": "clear-1"}
    answers = [post(clerk, f"{at}/clear/", {}, **key).json() for _again in range(2)]
    assert answers[0] == answers[1] and answers[0]["lines"][0]["cleared"] == "7"
    two = {"lines": [{"sku": "A1", "quantity": "2"}], "reason": "label"}
    post(clerk, f"{at}/send-back/", two)
    post(clerk, f"{at}/release/")
    assert post(clerk, f"{at}/clear/").json()["state"] == "cleared"
    assert post(clerk, f"{at}/close/").json()["state"] == "closed"
    assert (held().on_hand, figures(CustomsConsignment.objects.get())) == (8, (10, 10, 8, 0, 2, 0))
    listed = clerk.get("/api/v1/customs/?state=closed").json()["results"]
    assert [row["reference"] for row in listed] == [made["reference"]]


def test_bad_input_is_a_problem_and_nothing_is_kept(clerk: APIClient) -> None:
    wrong = body(lines=[{"sku": "A1", "quantity": "NaN", "value": "x"}], arrives_on="soon")
    found = {(row["pointer"], row["code"]) for row in post(clerk, "customs/", wrong).json()["errors"]}
    assert ("/lines/0/quantity", "invalid_quantity") in found and len(found) == 3
    assert post(clerk, "customs/", {"lines": "no"}).status_code == 422
    assert not CustomsConsignment.objects.exists()


def test_only_sites_in_scope_and_only_with_the_right(clerk: APIClient) -> None:
    make_site("MAN")
    other = declared(site="MAN")
    local = client_of("lora", "stock_clerk", site="LON")
    assert local.get(f"/api/v1/customs/{other.pk}/").status_code == 404
    assert post(local, f"customs/{other.pk}/arrive/").status_code == 404
    assert code_of(post(local, "customs/", body(site="MAN"))) == (422, "unknown_site")
    assert local.get("/api/v1/customs/").json()["results"] == []
    assert post(client_of("sal", "sales"), f"customs/{other.pk}/arrive/").status_code == 403


def test_a_limit_is_data_and_refuses_a_declaration(clerk: APIClient) -> None:
    limit = {
        "country": "GB", "hs_prefix": "9503", "kind": "forbidden", "source": "UK Order 12", "valid_from": str(today())
    }  # fmt: skip
    assert post(clerk, "import-limits/", limit).status_code == 403
    manager = client_of("mia", "stock_manager")
    made = post(manager, "import-limits/", limit).json()
    number = post(clerk, "customs/", body()).json()["id"]
    answer = post(clerk, f"customs/{number}/declare/")
    assert code_of(answer) == (422, "import_limit")
    assert "9503 may not be imported into GB (UK Order 12)" in answer.json()["errors"][0]["detail"]
    assert code_of(post(manager, "import-limits/", {**limit, "amount": "5"})) == (422, "invalid_amount")
    ended = post(manager, f"import-limits/{made['id']}/end/", {"valid_to": str(today())}).json()
    assert (ended["valid_to"], ImportLimit.objects.count()) == (str(today()), 1)
    assert len(clerk.get("/api/v1/import-limits/?country=GB").json()["results"]) == 1
