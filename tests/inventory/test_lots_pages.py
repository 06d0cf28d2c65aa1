"""Pages of lots: the watch, one lot, recalls; what may be done there and by whom."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Scope, Site
from inventory.actions.recalls import ask_release, start_recall
from inventory.checks import expiring_lots
from inventory.models import Lot, Recall
from lib.clock import frozen
from tests.inventory.builders import AT, TESTER, line, make_product, make_site, post

DAY = AT.date()


@pytest.fixture(autouse=True)
def house(db: None):
    with frozen(AT):
        make_site("LON")
        make_site("YRK")
        make_product("M1", tracks_lots=True, shelf_life_days=20)
        for lot, days, site in (
            ("OLD", 1, "LON"),
            ("SOON", 4, "LON"),
            ("FRESH", 19, "LON"),
            ("FAR", 4, "YRK"),
        ):
            on = DAY + timedelta(days=days)
            post("receipt", line("M1", "supplier", site, "5", lot=lot, unit_cost="2", expires_on=on))
    with frozen(AT + timedelta(days=2)):
        yield


def client_of(role: str, site: str | None = None) -> Client:
    user = User.objects.create_user(f"{role}-{site}", None, role=role)
    Scope.objects.create(user=user, site=Site.objects.get(code=site) if site else None, valid_from=AT)
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def lots_of(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/stock/lots/?{query}").context["page_obj"]
    return [row["lot"] for row in page]


def test_the_first_to_expire_come_first_and_each_filter_finds_its_own() -> None:
    client = client_of("stock_manager")
    assert lots_of(client) == ["OLD", "FAR", "SOON", "FRESH"]
    assert lots_of(client, "state=expired") == ["OLD"]
    assert lots_of(client, "state=soon&within=7") == ["FAR", "SOON"]
    assert lots_of(client, "words=fre") == ["FRESH"]
    assert client.get("/stock/lots/?state=odd").status_code == 302


def test_only_sites_in_scope_are_seen() -> None:
    client = client_of("stock_clerk", "YRK")
    assert lots_of(client) == ["FAR"]
    lot = Lot.objects.get(code="OLD")
    assert ">Lon<" not in text(client, f"/stock/lots/{lot.pk}/")
    assert ">Lon<" in text(client_of("stock_clerk", "LON"), f"/stock/lots/{lot.pk}/")


def test_what_to_do_is_offered_where_it_fits() -> None:
    manager = text(client_of("stock_manager"), "/stock/lots/")
    assert "/stock/write-offs/new/?site=LON&amp;sku=M1&amp;lot=OLD" in manager
    assert "/prices/?q=M1" in text(client_of("price_clerk"), "/stock/lots/")
    assert "lot=OLD" not in text(client_of("sales"), "/stock/lots/")


def test_a_recall_from_the_page_and_its_release_by_another() -> None:
    duty = client_of("duty")
    answer = duty.post("/stock/recalls/start/", {"sku": "M1", "lot": "SOON", "reason": "glass"})
    lot = Lot.objects.get(code="SOON")
    assert answer.url == f"/stock/lots/{lot.pk}/"
    recall = Recall.objects.get()
    duty.post(f"/stock/recalls/{recall.pk}/ask/", {"reason": "clean"})
    manager = client_of("stock_manager")
    assert 'value="release"' in text(manager, f"/stock/lots/{lot.pk}/")
    manager.post(f"/stock/recalls/{recall.pk}/decide/", {"decision": "release", "comment": "seen"})
    assert Recall.objects.get().state == "released"


def test_who_asked_is_not_offered_the_decision() -> None:
    recall = start_recall(actor=TESTER, sku="M1", lot="SOON", reason="glass")
    client = client_of("stock_manager")
    user = User.objects.get(username="stock_manager-None")
    ask_release(actor=user.as_actor(), recall_id=recall.pk, reason="clean")
    assert 'value="release"' not in text(client, f"/stock/lots/{recall.lot_id}/")
    client.post(f"/stock/recalls/{recall.pk}/decide/", {"decision": "release"})
    assert Recall.objects.get().state == "pending"


def test_refusals_are_said() -> None:
    client = client_of("duty")
    answer = client.post(
        "/stock/recalls/start/", {"sku": "NO", "lot": "SOON", "reason": "glass"}, follow=True
    )
    assert "There is no product" in answer.content.decode()
    assert client_of("stock_clerk").post("/stock/recalls/start/", {}).status_code == 403
    assert client.get("/stock/recalls/99/").status_code == 404
    assert client.get("/stock/lots/99/").status_code == 404


def test_a_lots_dates_are_corrected_with_a_reason() -> None:
    lot = Lot.objects.get(code="SOON")
    client = client_of("stock_manager")
    client.post(
        f"/stock/lots/{lot.pk}/correct/", {"expires_on": "2026-12-30", "produced_on": "", "reason": "misread"}
    )
    lot.refresh_from_db()
    assert str(lot.expires_on) == "2026-12-30"
    client.post(f"/stock/lots/{lot.pk}/correct/", {"expires_on": "soon", "reason": "x"})
    client.post(f"/stock/lots/{lot.pk}/correct/", {"expires_on": "2026-12-31", "reason": ""})
    lot.refresh_from_db()
    assert str(lot.expires_on) == "2026-12-30"


def test_recalls_are_listed() -> None:
    recall = start_recall(actor=TESTER, sku="M1", lot="SOON", reason="glass splinters")
    client = client_of("sales")
    assert "glass splinters" in text(client, "/stock/recalls/?state=open")
    assert client.get(f"/stock/recalls/{recall.pk}/").url == f"/stock/lots/{recall.lot_id}/"


def test_the_patrol_tells_each_site_what_has_expired_and_what_soon_will() -> None:
    found = [(one.key, one.severity, one.detail) for one in expiring_lots(AT)]
    assert found == [
        ("lots_soon:LON", "note", "M1 OLD, M1 SOON"),
        ("lots_soon:YRK", "note", "M1 FAR"),
    ]
    later = [(one.key, one.detail) for one in expiring_lots(AT + timedelta(days=2))]
    assert ("lots_expired:LON", "M1 OLD") in later


def test_as_many_queries_for_two_lots_as_for_forty(django_assert_num_queries) -> None:
    client = client_of("sales")
    lots_of(client)
    with frozen(AT):
        on = DAY + timedelta(days=9)
        lines = [
            line("M1", "supplier", "LON", "1", lot=f"N{n}", unit_cost="2", expires_on=on) for n in range(40)
        ]
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        lots_of(client)
    post("receipt", *lines)
    with django_assert_num_queries(len(few)):
        assert len(lots_of(client)) == 44


def test_who_may_not_recall_gets_no_button() -> None:
    assert 'data-show="recall"' not in text(client_of("sales"), "/stock/lots/")
    assert 'data-show="recall"' in text(client_of("duty"), "/stock/lots/")


def test_how_a_products_lots_are_kept_is_set_on_the_page() -> None:
    client = client_of("stock_manager")
    lot = Lot.objects.get(code="SOON")
    form = {
        "sku": "M1",
        "tracks_lots": "on",
        "shelf_life_days": "30",
        "receipt_percent": "66,5",
        "back": lot.pk,
    }
    assert client.post("/stock/lots/rules/", form).url == f"/stock/lots/{lot.pk}/"
    lot.refresh_from_db()
    assert (lot.product.shelf_life_days, str(lot.product.receipt_life_fraction)) == (30, "0.665")
    client.post("/stock/lots/rules/", form | {"shelf_life_days": "many"})
    client.post("/stock/lots/rules/", form | {"sale_percent": "101"})
    lot = Lot.objects.get(code="SOON")
    assert (lot.product.shelf_life_days, lot.product.sale_life_fraction) == (30, None)
    assert "66.5" in text(client, f"/stock/lots/{lot.pk}/")
