"""The pages of transfers: the board, one transfer with its next step, receiving, the plan, prepared lists."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Scope, Site
from inventory.actions.transfers import request_transfer
from inventory.models import SafetyStock, Transfer, TransferTemplate
from lib import clock
from tests.inventory.builders import held, receive
from tests.inventory.transfer_builders import approved, asked, make_house, person, shipped

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def house(db: None) -> None:
    make_house()


def client_of(name: str, role: str = "stock_clerk") -> Client:
    user = User.objects.create_user(name, None, role=role)
    Scope.objects.create(user=user, valid_from=clock.now() - timedelta(days=1))
    client = Client()
    client.force_login(user, BACKEND)
    return client


def typed(**fields: Any) -> dict[str, Any]:
    day = (clock.now().date() + timedelta(days=2)).isoformat()
    head = {"source": "WH", "destination": "LON", "expected_on": day, "reason": "low"}
    return {**head, "sku": ["A1", ""], "quantity": ["10", ""], "lot": ["", ""], **fields}


def test_the_form_makes_a_draft_and_the_board_shows_it() -> None:
    client = client_of("carl")
    answer = client.post("/stock/transfers/new/", typed())
    made = Transfer.objects.get()
    assert (answer.url, made.state) == (f"/stock/transfers/{made.pk}/", "draft")
    assert str(made) in client.get("/stock/transfers/").content.decode()


def test_what_is_refused_stays_typed() -> None:
    answer = client_of("carl").post("/stock/transfers/new/", typed(sku=["NONE", ""]))
    assert answer.status_code == 422
    assert 'value="NONE"' in answer.content.decode()


@pytest.mark.parametrize("day", ["", "tomorrow", "2020-01-01"])
def test_a_day_that_cannot_be_is_refused(day: str) -> None:
    assert client_of("carl").post("/stock/transfers/new/", typed(expected_on=day)).status_code == 422


def test_each_step_is_a_button_of_the_page() -> None:
    client = client_of("carl")
    client.post("/stock/transfers/new/", typed())
    made = Transfer.objects.get()
    for step, state in (("submit", "approved"), ("ship", "in_transit")):
        assert f"/{step}/" in client.get(f"/stock/transfers/{made.pk}/").content.decode()
        client.post(f"/stock/transfers/{made.pk}/{step}/")
        assert Transfer.objects.get().state == state


def receipt(**figures: str) -> dict[str, str]:
    names = ("received", "damaged", "scrapped", "short", "refused")
    return {"sku": "A1", "lot": "", **dict.fromkeys(names, ""), **figures}


def test_receiving_short_on_the_form() -> None:
    made, client = shipped(), client_of("carl")
    client.post(f"/stock/transfers/{made.pk}/receive/", receipt(received="8", short="2"))
    assert (Transfer.objects.get().state, held("LON").on_hand) == ("received", 8)
    client.post(f"/stock/transfers/{made.pk}/close/")
    assert Transfer.objects.get().state == "closed"


@pytest.mark.parametrize("figure", ["abc", "-1", "NaN", "99"])
def test_figures_that_cannot_be_stay_typed(figure: str) -> None:
    made = shipped()
    answer = client_of("carl").post(f"/stock/transfers/{made.pk}/receive/", receipt(received=figure))
    assert answer.status_code == 422
    assert f'value="{figure}"' in answer.content.decode()


def test_a_manager_decides_on_the_page() -> None:
    clerk, manager = client_of("carl"), client_of("mia", "stock_manager")
    clerk.post("/stock/transfers/new/", typed(quantity=["900", ""]))
    made = Transfer.objects.get()
    clerk.post(f"/stock/transfers/{made.pk}/submit/")
    assert "decision-bar" in manager.get(f"/stock/transfers/{made.pk}/").content.decode()
    manager.post(f"/stock/transfers/{made.pk}/decide/", {"decision": "approve"})
    assert Transfer.objects.get().state == "approved"


def test_a_draft_is_cancelled_with_a_reason() -> None:
    made = request_transfer(actor=person("cora"), draft=asked())
    client = client_of("carl")
    assert client.post(f"/stock/transfers/{made.pk}/cancel/", {"reason": " "}).status_code == 422
    client.post(f"/stock/transfers/{made.pk}/cancel/", {"reason": "not needed"})
    assert Transfer.objects.get().state == "cancelled"


def test_the_plan_becomes_requests_with_one_click() -> None:
    for code, units in (("WH", 20), ("LON", 30)):
        site = Site.objects.get(code=code)
        SafetyStock.objects.create(site=site, product_id=held("WH").product_id, given_units=Decimal(units))
    client = client_of("carl")
    assert 'value="WH|LON"' in client.get("/stock/allocation/").content.decode()
    day = clock.now().date().isoformat()
    client.post("/stock/allocation/", {"pair": "WH|LON", "expected_on": day, "reason": ""})
    made = Transfer.objects.get()
    assert (made.state, made.lines.get().requested) == ("approved", 30)
    assert client.post("/stock/allocation/", {"expected_on": day}).status_code == 422


def test_a_prepared_list_is_kept_released_reviewed_and_retired() -> None:
    manager, duty = client_of("mia", "stock_manager"), client_of("dan", "duty")
    manager.post("/stock/transfer-templates/save/", {**typed(), "name": "Flood", "transit_days": "1"})
    template = TransferTemplate.objects.get()
    assert "Flood" in duty.get("/stock/transfer-templates/").content.decode()
    duty.post(f"/stock/transfer-templates/{template.pk}/release/", {"comment": "flooded"})
    made = Transfer.objects.get()
    manager.post(f"/stock/transfers/{made.pk}/review/", {"comment": "right"})
    manager.post(f"/stock/transfer-templates/{template.pk}/retire/")
    made.refresh_from_db()
    template.refresh_from_db()
    assert (made.state, made.review, template.retired_at is not None) == ("approved", "right", True)


def test_a_part_leaves_by_lots_on_the_form() -> None:
    receive("A1", site="WH", quantity="7", cost="2", lot="L7", at=None)
    client, made = client_of("carl"), approved("10")
    page = client.get(f"/stock/transfers/{made.pk}/").content.decode()
    assert 'value="L7"' in page
    form = {"sku": ["A1", "A1"], "lot": ["", "L7"], "quantity": ["2", "4"]}
    assert client.post(f"/stock/transfers/{made.pk}/ship/", form).status_code == 302
    assert held(site="WH", lot="L7").on_hand == 3
    assert made.lines.get().shipped == 6
    client.post(f"/stock/transfers/{made.pk}/ship/", {"sku": ["A1"], "lot": [""], "quantity": ["4"]})
    assert made.lines.get().shipped == 10


@pytest.mark.parametrize("quantity", ["", "x", "0", "11", "-1", "NaN"])
def test_what_cannot_leave_stays_typed(quantity: str) -> None:
    client, made = client_of("carl"), approved("10")
    form = {"sku": ["A1"], "lot": [""], "quantity": [quantity]}
    answer = client.post(f"/stock/transfers/{made.pk}/ship/", form)
    assert (answer.status_code, made.lines.get().shipped) == (422, 0)
    assert f'value="{quantity}"' in answer.content.decode()


def test_an_edit_on_the_page_voids_the_approval() -> None:
    client, made = client_of("carl"), approved("10")
    assert 'value="10"' in client.get(f"/stock/transfers/{made.pk}/edit/").content.decode()
    assert client.post(f"/stock/transfers/{made.pk}/edit/", typed(quantity=["4", ""])).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.lines.get().requested) == ("draft", 4)


def test_what_has_left_is_not_edited_on_the_page() -> None:
    client, made = client_of("carl"), shipped("10")
    assert (
        f"/stock/transfers/{made.pk}/edit/" not in client.get(f"/stock/transfers/{made.pk}/").content.decode()
    )
    assert client.post(f"/stock/transfers/{made.pk}/edit/", typed()).status_code == 409
