"""Lots, recalls and scanned codes over REST."""

from datetime import timedelta

from catalog.models import Pack
from tests.inventory.builders import AT, line, make_product, post
from tests.inventory.test_api import client_of, codes, house

__all__ = ["house"]
DAY = AT.date()


def arrive(lot: str, days: int, site: str = "LON", quantity: str = "5") -> None:
    on = DAY + timedelta(days=days)
    post("receipt", line("M1", "supplier", site, quantity, lot=lot, unit_cost="2", expires_on=on))


def test_a_receipt_names_its_lot_and_the_list_shows_it() -> None:
    make_product("M1", tracks_lots=True, shelf_life_days=20)
    body = {
        "sku": "M1",
        "from": "supplier",
        "to": "LON",
        "quantity": "5",
        "lot": "L1",
        "expires_on": "2026-11-30",
    }
    client = client_of("stock_manager")
    made = client.post(
        "/api/v1/stock/movements/", {"reference": "R", "kind": "receipt", "lines": [body]}, format="json"
    )
    assert made.json()["lines"][0]["expires_on"] == "2026-11-30"
    rows = client.get("/api/v1/lots/?site=LON").json()["results"]
    assert [(row["lot"], row["available"], row["days_left"], row["life_fraction"]) for row in rows] == [
        ("L1", "5", 10, "0.5")
    ]


def test_a_sale_without_a_lot_answers_with_the_lots_it_took() -> None:
    make_product("M1", tracks_lots=True)
    arrive("L1", 3)
    arrive("L2", 9)
    body = {"sku": "M1", "from": "LON", "to": "customer", "quantity": "7", "unit_price": "5"}
    client = client_of("stock_manager")
    made = client.post(
        "/api/v1/stock/movements/", {"reference": "T", "kind": "sale", "lines": [body]}, format="json"
    ).json()
    expected = [("L1", "5", True), ("L2", "2", True)]
    assert [(one["lot"], one["quantity"], one["lot_assumed"]) for one in made["lines"]] == expected
    read = client.get(f"/api/v1/stock/movements/{made['id']}/").json()
    assert [(one["lot"], one["quantity"], one["lot_assumed"]) for one in read["lines"]] == expected


def test_a_pack_over_two_lots_is_told_in_base_units_and_quarantine_is_told() -> None:
    product = make_product("M1", tracks_lots=True, shelf_life_days=20, receipt_life_fraction="0.5")
    Pack.objects.create(product=product, unit="box", factor=6)
    arrive("L1", 12)
    arrive("L2", 15)
    client = client_of("stock_manager")
    at = "/api/v1/stock/movements/"
    body = {"sku": "M1", "from": "LON", "to": "customer", "quantity": "1", "unit": "box"}
    made = client.post(at, {"reference": "T", "kind": "issue", "lines": [body]}, format="json").json()
    read = client.get(f"{at}{made['id']}/").json()
    for answer in (made, read):
        assert [(one["lot"], one["quantity"], "unit" in one) for one in answer["lines"]] == [
            ("L1", "5", False), ("L2", "1", False)
        ]  # fmt: skip
    late = {
        "sku": "M1",
        "from": "supplier",
        "to": "LON",
        "quantity": "1",
        "lot": "L3",
        "expires_on": "2026-11-22",
    }
    made = client.post(at, {"reference": "R", "kind": "receipt", "lines": [late]}, format="json").json()
    assert made["lines"][0]["to_state"] == "quarantine"


def test_the_list_is_filtered_paged_and_within_scope() -> None:
    make_product("M1", tracks_lots=True)
    for number in range(4):
        arrive(f"L{number}", number - 1)
    arrive("Y", 5, site="YRK")
    client = client_of("stock_clerk", site="LON")
    first = client.get("/api/v1/lots/?page_size=2").json()
    again = client.get(first["next"]).json()
    assert len({row["lot"] for row in [*first["results"], *again["results"]]} - {"Y"}) == 4
    soon = client.get("/api/v1/lots/?state=soon&within=1").json()["results"]
    assert sorted(row["lot"] for row in soon) == ["L1", "L2"]
    assert codes(client.get("/api/v1/lots/?state=old&within=x")) == ["invalid_number", "invalid_state"]


def test_a_recall_goes_its_whole_way() -> None:
    make_product("M1", tracks_lots=True)
    arrive("L1", 9)
    duty, manager, other = (
        client_of("duty"),
        client_of("stock_manager"),
        client_of("stock_manager", site="LON"),
    )
    body = {"sku": "M1", "lot": "L1", "reason": "glass"}
    assert client_of("stock_clerk").post("/api/v1/recalls/", body, format="json").status_code == 403
    made = duty.post("/api/v1/recalls/", body, format="json")
    at = f"/api/v1/recalls/{made.json()['id']}/"
    assert (
        made.status_code,
        made.json()["units"],
        codes(duty.post("/api/v1/recalls/", body, format="json")),
    ) == (201, "5", ["already_recalled"])
    assert duty.get(at).json()["where"][0]["set_aside"] == "5"
    assert manager.post(at + "ask-release/", {"reason": "clean"}, format="json").json()["state"] == "pending"
    assert codes(manager.post(at + "release/", {}, format="json")) == ["own_request"]
    assert other.post(at + "keep/", {"comment": "one more test"}, format="json").json()["state"] == "open"
    manager.post(at + "ask-release/", {"reason": "clean now"}, format="json")
    assert other.post(at + "release/", {}, format="json").json()["state"] == "released"
    assert client_of("sales").get("/api/v1/lots/").json()["results"][0]["available"] == "5"


def test_a_products_rules_and_a_lots_dates_are_set() -> None:
    make_product("M1")
    manager = client_of("stock_manager")
    rules = {"sku": "M1", "tracks_lots": True, "shelf_life_days": 30, "receipt_life_fraction": "0.66"}
    assert manager.post("/api/v1/lot-rules/", rules, format="json").json()["receipt_life_fraction"] == "0.66"
    wrong = {"sku": "??", "tracks_lots": True, "sale_life_fraction": "1.5"}
    assert codes(manager.post("/api/v1/lot-rules/", wrong, format="json")) == [
        "invalid_fraction",
        "unknown_sku",
    ]
    arrive("L1", 29)
    lot = manager.get("/api/v1/lots/").json()["results"][0]["id"]
    at = f"/api/v1/lots/{lot}/correct/"
    fixed = manager.post(at, {"expires_on": "2026-12-24", "reason": "label misread"}, format="json")
    assert fixed.json()["expires_on"] == "2026-12-24"
    assert codes(manager.post(at, {"expires_on": "2026-12-24"}, format="json")) == ["required"]
    backwards = {"expires_on": "2026-12-01", "produced_on": "2026-12-02", "reason": "?"}
    assert codes(manager.post(at, backwards, format="json")) == ["expires_before_production"]


def test_codes_are_read_and_their_rules_kept() -> None:
    make_product("M1", barcode="2300012", unit="kg", tracks_lots=True)
    make_product("C1", barcode="9506000134352")
    manager = client_of("stock_manager")
    assert codes(manager.get("/api/v1/barcodes/2300012007508/")) == ["no_barcode_rule"]
    rule = {"pattern": "23IIIIIMMMMMC", "measure": "weight", "decimals": 3, "source": "house scales"}
    made = manager.post("/api/v1/barcode-rules/", rule, format="json")
    assert made.status_code == 201
    found = manager.get("/api/v1/barcodes/2300012007508/?site=LON").json()
    assert (found["sku"], found["quantity"], found["kind"]) == ("M1", "0.75", "restricted")
    scanned = manager.get("/api/v1/barcodes/0109506000134352172701311 0L-7%1D2112/".replace(" ", "")).json()
    assert (scanned["sku"], scanned["lot"], scanned["expires_on"], scanned["serial"]) == (
        "C1",
        "L-7",
        "2027-01-31",
        "12",
    )
    assert manager.get("/api/v1/barcodes/4006381333931/").status_code == 404
    at = f"/api/v1/barcode-rules/{made.json()['id']}/retire/"
    assert manager.post(at, {"reason": "new scales"}, format="json").json()["retired_at"]
    assert len(manager.get("/api/v1/barcode-rules/").json()["results"]) == 1


def test_no_code_is_too_odd() -> None:
    client = client_of("site_staff")
    for odd in (
        "%00",
        "(01)",
        "](",
        "٣٣٣٣٣٣٣٣",
        "9" * 119,
        "a/b/c",
        "%1D%1D",
        "(3100)000000",
        "(17)261300(01)00000000000000",
        "..",
        "%F0%9F%8D%9E",
    ):
        assert client.get(f"/api/v1/barcodes/{odd}/").status_code in (400, 404, 422), odd
