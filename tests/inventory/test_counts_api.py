"""Counts over REST: blind, exactly once, with every refusal as a problem document."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from catalog.models import Pack, Product
from inventory.models import Count, CountScan, Shelf
from lib import clock
from tests.inventory.builders import held, line
from tests.inventory.builders import post as post_movement
from tests.inventory.count_builders import make_shop
from tests.inventory.test_transfers_api import client_of

BASE = "/api/v1/stock/"


@pytest.fixture
def manager(db: None) -> APIClient:
    make_shop("A1", "B2")
    return client_of("mia", "stock_manager")


def post(client: APIClient, path: str, data: Any = None, **headers: str) -> Any:
    return client.post(f"{BASE}{path}", data or {}, format="json", **headers)


def get(client: APIClient, path: str) -> Any:
    return client.get(f"{BASE}{path}")


def planned(client: APIClient, *skus: str, **fields: Any) -> int:
    number: int = post(client, "counts/", {"site": "LON", "skus": list(skus or ("A1",)), **fields}).json()[
        "id"
    ]
    return number


def row(code: str = "A1", quantity: str = "10", **fields: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "code": code,
        "quantity": quantity,
        "scanned_at": clock.now().isoformat(),
        **fields,
    }


def test_a_count_from_plan_to_close(manager: APIClient) -> None:
    number = planned(manager)
    kept = post(
        manager, f"counts/{number}/lines/", {"sent_at": clock.now().isoformat(), "lines": [row("A1", "8")]}
    )
    assert kept.json()["lines"][0]["outcome"] == "kept"
    assert post(manager, f"counts/{number}/submit/").json()["state"] == "recount"
    other = client_of("bo", "stock_clerk")
    post(other, f"counts/{number}/lines/", {"lines": [row("A1", "8")]})
    assert post(other, f"counts/{number}/submit/").json()["state"] == "review"
    told = get(manager, f"counts/{number}/variances/?only=differing").json()["results"][0]
    assert (told["counted"], told["book"], told["difference"], told["value"]) == ("8", "10", "-2", "-4")
    settled = post(other, f"counts/{number}/settle/", {"reasons": {"A1": "theft"}, "note": "camera 4"}).json()
    assert (settled["state"], held().on_hand) == ("closed", 8)


def test_nothing_of_the_book_is_told_while_a_blind_count_runs(manager: APIClient) -> None:
    Product.objects.filter(sku="A1").update(name="Bird")
    number = planned(manager)
    for path in ("", "items/", "goods/", "lines/"):
        answer = get(manager, f"counts/{number}/{path}")
        assert answer.status_code == 200
        assert '"book' not in answer.content.decode()
        assert "difference" not in answer.content.decode()
    assert get(manager, f"counts/{number}/variances/").json()["errors"][0]["code"] == "still_blind"
    assert get(manager, f"counts/{number}/variance/").status_code == 409


def test_a_count_that_is_not_blind_takes_the_book_along(manager: APIClient) -> None:
    number = planned(manager, blind=False)
    assert get(manager, f"counts/{number}/goods/").json()["goods"][0]["book"] == "10"


def test_a_phone_takes_packs_and_places_along(manager: APIClient) -> None:
    product = Product.objects.get(sku="A1")
    Pack.objects.create(product=product, unit="box", factor=12)
    Shelf.objects.create(site_id=held().site_id, product=product, zone="A", bin="01")
    good = get(manager, f"counts/{planned(manager)}/goods/").json()["goods"][0]
    assert good["packs"] == [{"barcode": "", "unit": "box", "factor": "12"}]
    assert good["places"] == [{"zone": "A", "bin": "01"}]


def test_the_second_counter_does_not_see_what_the_first_found(manager: APIClient) -> None:
    number = planned(manager)
    post(manager, f"counts/{number}/lines/", {"lines": [row("A1", "8")]})
    post(manager, f"counts/{number}/submit/")
    other = client_of("bo", "stock_clerk")
    assert get(other, f"counts/{number}/lines/").json()["results"] == []
    assert len(get(manager, f"counts/{number}/lines/").json()["results"]) == 1


def test_the_same_key_keeps_lines_once(manager: APIClient) -> None:
    number, body = planned(manager), {"lines": [row(), row("B2", "3")]}
    first = post(manager, f"counts/{number}/lines/", body, HTTP_IDEMPOTENCY_KEY="k1")
    again = post(manager, f"counts/{number}/lines/", body, HTTP_IDEMPOTENCY_KEY="k1")
    assert (again.headers["Idempotent-Replay"], again.json()) == ("true", first.json())
    assert post(manager, f"counts/{number}/lines/", body).json()["lines"][0]["outcome"] == "known"
    assert CountScan.objects.count() == 2


def test_a_packs_barcode_counts_packs(manager: APIClient) -> None:
    Pack.objects.create(product=Product.objects.get(sku="A1"), unit="box", factor=5, barcode="10614141000415")
    number = planned(manager)
    post(manager, f"counts/{number}/lines/", {"lines": [row("10614141000415", "2")]})
    assert CountScan.objects.get().quantity == 10


def test_a_code_that_carries_a_lot_counts_that_lot(manager: APIClient) -> None:
    Product.objects.filter(sku="A1").update(barcode="09506000134352")
    number = planned(manager)
    told = post(manager, f"counts/{number}/lines/", {"lines": [row("010950600013435210L7", "4")]}).json()
    assert told["lines"][0]["outcome"] == "kept"
    assert CountScan.objects.get().lot == "L7"


def test_a_stocktake_over_rest(manager: APIClient) -> None:
    made = post(manager, "counts/", {"site": "LON", "kind": "stocktake", "month": "2026-11"}).json()
    assert (made["products"], made["month"], made["kind"]) == (2, "2026-11", "stocktake")
    post(manager, f"counts/{made['id']}/lines/", {"lines": [row("A1"), row("B2")]})
    post(manager, f"counts/{made['id']}/submit/")
    assert post(manager, f"counts/{made['id']}/settle/").json()["state"] == "signing"
    told = get(manager, f"counts/{made['id']}/variance/").json()
    assert (told["lines"], told["matched"], told["accuracy"]) == (2, 2, "1.0000")
    assert post(manager, f"counts/{made['id']}/sign-off/", {"side": "finance"}).status_code == 403
    assert post(manager, f"counts/{made['id']}/sign-off/", {"side": "stock"}).json()["state"] == "signing"
    finance = client_of("fin", "finance")
    assert post(finance, f"counts/{made['id']}/sign-off/", {"side": "finance"}).json()["state"] == "closed"


def test_another_sites_count_is_not_there(manager: APIClient) -> None:
    number = planned(manager)
    from tests.inventory.builders import make_site

    make_site("YRK")
    stranger = client_of("eve", "stock_clerk", site="YRK")
    assert get(stranger, f"counts/{number}/").status_code == 404
    assert post(stranger, f"counts/{number}/lines/", {"lines": [row()]}).status_code == 404
    assert get(stranger, "counts/").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"site": "NOPE", "skus": ["A1"]}, "unknown_site"),
        ({"site": "LON"}, "no_products"),
        ({"site": "LON", "skus": ["X9"]}, "unknown_sku"),
        ({"site": "LON", "zones": ["Q"]}, "unknown_zone"),
        ({"site": "LON", "kind": "guess"}, "invalid_kind"),
        ({"site": "LON", "kind": "stocktake"}, "month_required"),
        ({"site": "LON", "kind": "stocktake", "month": "2026-13"}, "invalid_month"),
        ({"site": "LON", "skus": ["A1"], "month": "2026-11"}, "not_a_stocktake"),
        ({"site": "LON", "skus": "A1"}, "not_a_list"),
        ({"site": "LON", "skus": ["A1"], "blind": "yes"}, "not_a_flag"),
        ([], "not_an_object"),
    ],
)
def test_a_bad_plan_is_a_problem(manager: APIClient, body: Any, code: str) -> None:
    answer = manager.post(f"{BASE}counts/", body, format="json")
    assert answer.status_code == 422
    assert code in [fault["code"] for fault in answer.json()["errors"]]
    assert not Count.objects.exists()


@pytest.mark.parametrize(
    "lines", [None, [], ["x"], [{"code": "A1"}], [{"id": "1", "code": "A1", "quantity": "1"}], [row()] * 501]
)
def test_bad_lines_are_a_problem(manager: APIClient, lines: Any) -> None:
    number = planned(manager)
    answer = post(manager, f"counts/{number}/lines/", {"lines": lines})
    assert answer.status_code == 422
    assert not CountScan.objects.exists()


def test_rules_tolerances_and_shelves(manager: APIClient) -> None:
    made = post(manager, "count-rules/", {"name": "mine", "kind": "zero", "site": "LON", "every_days": 3})
    assert made.status_code == 201
    changed = post(manager, f"count-rules/{made.json()['id']}/", {**made.json(), "active": False})
    assert changed.json()["active"] is False
    kept = post(manager, "count-tolerances/", {"site": "LON", "sku": "A1", "over": "0.05"})
    assert kept.json()["over"] == "0.05"
    assert len(get(manager, "count-tolerances/").json()["results"]) == 2
    rows = [{"sku": "A1", "zone": "A", "bin": "01"}, {"sku": "B2", "zone": "B"}]
    assert post(manager, "shelves/", {"site": "LON", "shelves": rows}).json() == {"new": 2}
    assert post(manager, "shelves/", {"site": "LON", "shelves": rows[:1]}).json() == {"new": 0}
    assert [one["zone"] for one in get(manager, "shelves/?site=LON").json()["results"]] == ["A", "B"]
    by_zone = post(manager, "counts/", {"site": "LON", "zones": ["B"]}).json()
    assert by_zone["products"] == 1
    assert Shelf.objects.count() == 2


def test_the_list_costs_the_same_however_long(manager: APIClient, django_assert_max_num_queries: Any) -> None:
    planned(manager, "A1")
    planned(manager, "B2")
    with django_assert_max_num_queries(12):
        assert len(get(manager, "counts/?state=open").json()["results"]) == 2


def test_waiting_for_tills_is_told(manager: APIClient) -> None:
    from inventory.actions.counts_planning import keep_streams

    keep_streams({"tills": (clock.now() - timedelta(hours=1), None)})
    number = planned(manager)
    post(manager, f"counts/{number}/lines/", {"lines": [row()]})
    assert post(manager, f"counts/{number}/submit/").json()["state"] == "submitted"
    post_movement("sale", line("A1", "LON", "customer", "1"), at=clock.now() - timedelta(minutes=20))
    went_on = post(manager, f"counts/{number}/stop-waiting/", {"reason": "tills are broken"}).json()
    assert went_on["state"] == "recount"
