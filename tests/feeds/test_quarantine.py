"""Rows in quarantine: whose they are and until when; repaired, replayed, discarded; two people at one row."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from rest_framework.test import APIClient

from accounts.actions import create_token
from alerts.models import Alert
from audit.models import Event
from catalog.actions import upsert_products, upsert_sites
from catalog.models import Product, Scope, Site, UnitCost
from feeds.actions.mappings import save_mapping
from feeds.actions.quarantine import alert_overdue_rows, discard_rows, repair_row, replay_rows
from feeds.models import Feed, QuarantineRow, Source
from feeds.queries.quarantine import RowFilter, rows_in
from inventory.models import Movement
from lib import clock
from lib.faults import Faults
from sales.models import SaleLine
from tests.approvals.builders import a_user
from tests.feeds.builders import LOOP, PRODUCTS, SET_UP, applied

BAD = PRODUCTS + b"A003,Jug,Kitchen,furlong\nA004,Pot,Kitchen,furlong\n"
SALES = (
    b"reference,site,sku,quantity,unit_price,occurred_at\n"
    b"R-1,UK-1,A001,6,2.55,2026-01-05T08:26:00+00:00\n"
    b"R-1,UK-1,A009,2,3.39,2026-01-05T08:26:00+00:00\n"
    b"R-2,UK-1,A009,1,2.55,2026-01-05T09:41:00+00:00\n"
)


def a_product(sku: str) -> None:
    upsert_products(actor=SET_UP, rows=[{"sku": sku, "name": sku, "category": "Kitchen", "unit": "pcs"}])


def a_site() -> Site:
    site = {"code": "UK-1", "name": "Bath", "kind": "store", "region": "UK", "country": "GB"}
    upsert_sites(actor=SET_UP, rows=[{**site, "timezone": "Europe/London", "currency": "GBP"}])
    return Site.objects.get(code="UK-1")


def code_of(refused: Any) -> str:
    return str(refused.value.faults[0].code)


def the_rows() -> list[QuarantineRow]:
    return list(QuarantineRow.objects.order_by("id"))


@pytest.mark.django_db
class TestWhoseAndWhen:
    def test_a_row_has_the_role_of_its_kind_and_a_deadline(self) -> None:
        applied(BAD)
        row = the_rows()[0]
        assert (row.owner_id, row.owner_role, row.state) == (None, "price_manager", "open")
        assert row.due_at is not None and timedelta(hours=23) < row.due_at - clock.now() < timedelta(hours=25)

    def test_the_owner_of_the_source_comes_first(self) -> None:
        owner = a_user("erin", "stock_manager")
        feed = Feed.objects.get(name="products")
        feed.source = Source.objects.create(code="erp", name="ERP", kind="erp", owner=owner)
        feed.save()
        applied(BAD)
        assert (the_rows()[0].owner_id, the_rows()[0].owner_role) == (owner.pk, "")

    def test_a_row_is_kept_as_it_came(self) -> None:
        applied(b"sku,name,category,unit,net_content\nA1,Cup,K,pcs,\xef\xbc\x91\xef\xbc\x90\n")
        assert the_rows()[0].row == {
            "sku": "A1",
            "name": "Cup",
            "category": "K",
            "unit": "pcs",
            "net_content": "１０",
        }

    def test_overdue_rows_raise_an_alert_that_ends(self) -> None:
        applied(BAD)
        assert alert_overdue_rows(actor=LOOP) == 0
        QuarantineRow.objects.update(due_at=clock.now() - timedelta(minutes=1))
        assert alert_overdue_rows(actor=LOOP) == 1
        assert "2 rows" in str(Alert.objects.get().title) or Alert.objects.get().kind == "quarantine_overdue"
        discard_rows(actor=SET_UP, row_ids=[row.pk for row in the_rows()], reason="test data")
        assert alert_overdue_rows(actor=LOOP) == 0
        assert Alert.objects.get().resolved_at is not None


@pytest.mark.django_db
class TestRepair:
    def test_a_repaired_row_is_taken_by_the_same_checks(self) -> None:
        delivery = applied(BAD)
        row = the_rows()[0]
        repaired = repair_row(actor=SET_UP, row_id=row.pk, values={**row.row, "unit": "pcs"})
        delivery.refresh_from_db()
        assert (repaired.state, delivery.accepted, delivery.rejected) == ("repaired", 3, 1)
        assert Product.objects.filter(sku="A003").exists()
        event = Event.objects.get(kind="quarantine.repaired")
        assert (event.before["unit"], event.after["unit"]) == ("furlong", "pcs")

    def test_what_is_still_wrong_is_told_and_nothing_changes(self) -> None:
        applied(BAD)
        row = the_rows()[0]
        with pytest.raises(Faults) as refused:
            repair_row(actor=SET_UP, row_id=row.pk, values={**row.row, "unit": "mile"})
        row.refresh_from_db()
        assert (code_of(refused), row.state, row.values, row.detail) == (
            "unknown_unit",
            "open",
            None,
            the_rows()[0].detail,
        )

    def test_numbers_of_a_repair_are_in_plain_notation(self) -> None:
        a_product("A001")
        applied(b'sku,amount,currency,valid_from\nA001,"9,99",GBP,2026-01-01\n', "unit-costs")
        row = the_rows()[0]
        assert (row.code, row.row["amount"]) == ("decimal_mark_needed", "9,99")
        with pytest.raises(Faults):
            repair_row(actor=SET_UP, row_id=row.pk, values=row.row)
        repair_row(actor=SET_UP, row_id=row.pk, values={**row.row, "amount": "9.99"})
        assert str(UnitCost.objects.get().amount) == "9.990000"

    def test_the_last_row_makes_the_delivery_applied(self) -> None:
        delivery = applied(BAD)
        for row in the_rows():
            repair_row(actor=SET_UP, row_id=row.pk, values={**row.row, "unit": "pcs"})
        delivery.refresh_from_db()
        assert (delivery.state, delivery.accepted, delivery.rejected) == ("applied", 4, 0)

    def test_a_document_is_taken_whole(self) -> None:
        a_site()
        a_product("A001")
        applied(SALES, "sales")
        row = next(row for row in the_rows() if row.code == "unknown_sku")
        repair_row(actor=SET_UP, row_id=row.pk, values={**row.row, "sku": "A001"})
        assert SaleLine.objects.count() == 2
        assert sorted(row.state for row in the_rows()) == ["open", "repaired", "replayed"]

    def test_with_two_rows_at_fault_the_first_repair_waits(self) -> None:
        a_site()
        a_product("A001")
        applied(SALES.replace(b"R-1,UK-1,A001", b"R-1,UK-1,A008"), "sales")
        first, second, _other = the_rows()
        kept = repair_row(actor=SET_UP, row_id=first.pk, values={**first.row, "sku": "A001"})
        assert (kept.state, kept.code, kept.values["sku"]) == ("open", "same_document", "A001")  # type: ignore[index]
        repair_row(actor=SET_UP, row_id=second.pk, values={**second.row, "sku": "A001"})
        assert (SaleLine.objects.count(), Movement.objects.count()) == (2, 1)

    @pytest.mark.parametrize(("values", "code"), [({"nothing": "1"}, "unknown_field"), ({}, "required")])
    def test_refused_repairs(self, values: dict[str, str], code: str) -> None:
        applied(BAD)
        with pytest.raises(Faults) as refused:
            repair_row(actor=SET_UP, row_id=the_rows()[0].pk, values=values)
        assert code_of(refused) == code

    def test_a_row_that_was_cut_is_not_repaired(self) -> None:
        applied(b'[{"sku": "A1", "name": "' + b"x" * 5000 + b'", "category": "K", "unit": "pcs"}]')
        with pytest.raises(Faults) as refused:
            repair_row(actor=SET_UP, row_id=the_rows()[0].pk, values={"sku": "A1"})
        assert code_of(refused) == "cut_off"


@pytest.mark.django_db
class TestReplay:
    def test_rows_are_taken_once_the_product_is_there(self) -> None:
        a_site()
        a_product("A001")
        delivery = applied(SALES, "sales")
        assert (delivery.accepted, delivery.rejected) == (0, 3)
        a_product("A009")
        ids = [row.pk for row in rows_in(None, RowFilter(code="unknown_sku"))]
        done = replay_rows(actor=SET_UP, row_ids=ids)
        delivery.refresh_from_db()
        assert (done.taken, done.staying, delivery.state) == (3, 0, "applied")
        assert SaleLine.objects.count() == 3

    def test_a_second_replay_has_no_second_effect(self) -> None:
        a_site()
        a_product("A001")
        applied(SALES, "sales")
        a_product("A009")
        ids = [row.pk for row in the_rows()]
        replay_rows(actor=SET_UP, row_ids=ids)
        assert replay_rows(actor=SET_UP, row_ids=ids).taken == 0
        assert SaleLine.objects.count() == 3

    def test_what_stays_has_its_present_code(self) -> None:
        a_site()
        applied(SALES, "sales")
        a_product("A001")
        done = replay_rows(actor=SET_UP, row_ids=[row.pk for row in the_rows()])
        assert (done.taken, done.staying) == (0, 3)
        assert [row.code for row in the_rows()] == ["same_document", "unknown_sku", "unknown_sku"]

    def test_a_sign_that_was_declared_meanwhile(self) -> None:
        a_product("A001")
        applied(b"sku;amount;currency;valid_from\nA001;1.250,50;GBP;2026-01-01\n", "unit-costs")
        save_mapping(
            actor=SET_UP, feed=Feed.objects.get(name="unit-costs"), headers=[], data={"decimal_mark": ","}
        )
        done = replay_rows(actor=SET_UP, row_ids=[the_rows()[0].pk])
        assert (done.taken, str(UnitCost.objects.get().amount)) == (1, "1250.500000")

    def test_a_discard_says_why(self) -> None:
        delivery = applied(BAD)
        ids = [row.pk for row in the_rows()]
        with pytest.raises(Faults) as refused:
            discard_rows(actor=SET_UP, row_ids=ids, reason=" ")
        assert code_of(refused) == "reason_needed"
        assert discard_rows(actor=SET_UP, row_ids=ids, reason="test rows of the sender") == 2
        delivery.refresh_from_db()
        assert (delivery.state, delivery.accepted) == ("applied", 2)
        assert Event.objects.get(kind="quarantine.discarded").reason == "test rows of the sender"

    def test_a_thousand_rows_take_as_many_queries_as_two(self, django_assert_max_num_queries: Any) -> None:
        a_site()
        rows = b"".join(
            b"R-%d,UK-1,A009,1,2.55,2026-01-05T08:26:00+00:00\n" % number for number in range(1000)
        )
        applied(SALES.splitlines()[0] + b"\n" + rows, "sales")
        a_product("A009")
        with django_assert_max_num_queries(90):
            assert replay_rows(actor=SET_UP, row_ids=[row.pk for row in the_rows()]).taken == 1000


@pytest.mark.django_db
class TestEdges:
    def client(self, role: str = "stock_manager") -> Client:
        user = a_user(role, role)
        Scope.objects.create(user=user, valid_from=clock.now() - timedelta(days=1))
        client = Client()
        client.force_login(user)
        return client

    def test_the_page_filters_replays_and_discards(self) -> None:
        a_site()
        a_product("A001")
        applied(SALES, "sales")
        client = self.client()
        page = client.get("/feeds/quarantine/?feed=sales&code=unknown_sku")
        assert (page.status_code, page.context["page_obj"].paginator.count) == (200, 2)
        a_product("A009")
        client.post("/feeds/quarantine/replay/", {"feed": "sales", "code": "unknown_sku", "all": "1"})
        assert SaleLine.objects.count() == 3
        assert client.get("/feeds/quarantine/?overdue=1").context["page_obj"].paginator.count == 0

    def test_the_page_of_a_row_repairs_it(self) -> None:
        applied(BAD)
        client, row = self.client("price_manager"), the_rows()[0]
        assert "furlong" in client.get(f"/feeds/quarantine/{row.pk}/").content.decode()
        refused = client.post(f"/feeds/quarantine/{row.pk}/", {"field-sku": "A003", "field-unit": "mile"})
        assert refused.status_code == 422
        form = {"field-sku": "A003", "field-name": "Jug", "field-category": "Kitchen", "field-unit": "pcs"}
        assert client.post(f"/feeds/quarantine/{row.pk}/", form).status_code == 302
        assert client.post(f"/feeds/quarantine/{row.pk}/", form).status_code == 409

    def test_failed_rows_are_taken_along(self) -> None:
        applied(BAD.replace(b"A004,Pot", b"A004,=1+1"))
        client = self.client("price_manager")
        csv = client.get("/feeds/quarantine/?format=csv").content
        assert csv.startswith(b"\xef\xbb\xbffeed,delivery,row,code") and b"'=1+1" in csv
        assert client.get("/feeds/quarantine/?format=xlsx").content.startswith(b"PK")

    def test_rows_of_sites_out_of_scope_are_not_there(self) -> None:
        a_site()
        applied(SALES, "sales")
        user = a_user("south", "stock_manager")
        region = upsert_sites(
            actor=SET_UP,
            rows=[
                {"code": "UK-2", "name": "Kent", "kind": "store", "region": "SE", "country": "GB",
                 "timezone": "Europe/London", "currency": "GBP"}
            ],
        )  # fmt: skip
        assert region.created == 1
        Scope.objects.create(
            user=user, site=Site.objects.get(code="UK-2"), valid_from=clock.now() - timedelta(days=1)
        )
        client = Client()
        client.force_login(user)
        assert client.get("/feeds/quarantine/").context["page_obj"].paginator.count == 0
        assert client.get(f"/feeds/quarantine/{the_rows()[0].pk}/").status_code == 404
        client.post("/feeds/quarantine/discard/", {"row": [row.pk for row in the_rows()], "reason": "mine"})
        assert {row.state for row in the_rows()} == {"open"}

    def test_rest_lists_repairs_replays_and_discards(self) -> None:
        applied(BAD)
        first, second = the_rows()
        client = APIClient()
        token = create_token(actor=SET_UP, user=a_user("admin", "admin"), name="tests")
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        listed = client.get("/api/v1/feeds/quarantine/?code=unknown_unit").json()["results"]
        assert [row["number"] for row in listed] == [3, 4]
        address = f"/api/v1/feeds/quarantine/{first.pk}/repair/"
        assert (
            client.post(address, {"values": {**first.row, "unit": "mile"}}, format="json").status_code == 422
        )
        repaired = client.post(address, {"values": {**first.row, "unit": "pcs"}}, format="json")
        assert (repaired.status_code, repaired.json()["state"]) == (200, "repaired")
        replayed = client.post(
            "/api/v1/feeds/quarantine/replay/", {"rows": [second.pk]}, format="json"
        ).json()
        assert replayed == {"taken": 0, "staying": 1, "superseded": 0}
        body = {"feed": "products", "code": "unknown_unit", "reason": "not ours"}
        assert client.post("/api/v1/feeds/quarantine/discard/", body, format="json").json() == {
            "discarded": 1
        }


def test_two_people_repair_the_same_row(cloned_db: str) -> None:
    """The one that comes second is told so; the row counts once."""
    delivery = applied(BAD)
    row = the_rows()[0]
    barrier, told = threading.Barrier(2), []

    def repair() -> None:
        barrier.wait()
        try:
            repair_row(actor=SET_UP, row_id=row.pk, values={**row.row, "unit": "pcs"})
            told.append("taken")
        except Faults as faults:
            told.append(faults.faults[0].code)
        finally:
            connections.close_all()

    people = [threading.Thread(target=repair) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    delivery.refresh_from_db()
    assert (sorted(told), delivery.accepted, delivery.rejected) == (["not_open", "taken"], 3, 1)
