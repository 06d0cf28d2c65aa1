"""The pages of customs: the list, a consignment with its steps, preparing one, import limits."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from inventory.actions.customs_moving import hold_goods
from inventory.models import CustomsConsignment, ImportLimit
from tests.inventory.builders import TESTER, held
from tests.inventory.customs_builders import arrived, declared, figures, make_port, part, today
from tests.web.test_stored_files import client_of


@pytest.fixture
def clerk(db: None) -> Client:
    make_port()
    return client_of("carl")


def typed(**fields: Any) -> dict[str, Any]:
    lines = {
        "sku": ["A1", ""], "quantity": ["10", ""], "value": ["50", ""], "lot": ["", ""], "hs_code": ["9503.00", ""],
        "origin_country": ["", ""],
    }  # fmt: skip
    head = {
        "site": "LON", "from_country": "cn", "carrier": "Northern Line", "waybill": "W-1", "regime": "bonded",
        "comes_from": "supplier", "currency": "", "arrives_on": str(today()), "clears_on": str(today()),
    }  # fmt: skip
    return {**head, **lines, **fields}


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    return str(answer.content.decode())


def test_prepared_declared_arrived_and_cleared_by_hand(clerk: Client) -> None:
    answer = clerk.post("/stock/customs/new/", typed())
    made = CustomsConsignment.objects.get()
    page = f"/stock/customs/{made.pk}/"
    assert (answer.url, made.regime, made.from_country) == (page, "bonded", "CN")
    assert "950300" in text_of(clerk.get(page))
    clerk.post(f"{page}edit/", typed(carrier="Other"))
    for step, form in (("declare", {}), ("arrive", {}), ("clear", {"sku": "A1", "lot": "", "quantity": "4"})):
        assert clerk.post(f"{page}{step}/", form).url == page
    assert (held().on_hand, figures(made)[:3]) == (4, (10, 10, 4))
    assert "Other" in text_of(clerk.get("/stock/customs/?state=open"))


def test_what_is_refused_stays_typed(clerk: Client) -> None:
    shown = text_of(clerk.post("/stock/customs/new/", typed(quantity=["none", ""])), 422)
    assert "is not a number" in shown and 'value="Northern Line"' in shown
    page = f"/stock/customs/{arrived().pk}/"
    form = {"sku": "A1", "lot": "", "quantity": "11", "reason": "papers"}
    for step in ("clear", "hold", "send-back", "destroy"):
        shown = text_of(clerk.post(f"{page}{step}/", form), 422)
        assert 'value="11"' in shown and 'value="papers"' in shown
    assert clerk.post(f"{page}cancel/", {"reason": "x"}).status_code == 409


def test_late_and_held_goods_are_seen(clerk: Client) -> None:
    found = arrived(arrives_on=today() - timedelta(days=9), clears_on=today() - timedelta(days=2))
    hold_goods(actor=TESTER, consignment_id=found.pk, parts=[part("4")], reason="certificate")
    shown = text_of(clerk.get(f"/stock/customs/{found.pk}/"))
    assert "should have been cleared by now" in shown and "certificate" in shown
    assert "Overdue" in text_of(clerk.get("/stock/customs/"))
    clerk.post(f"/stock/customs/{found.pk}/release/", {})
    assert figures(found)[3] == 0


def test_limits_are_kept_ended_and_refuse(clerk: Client) -> None:
    manager = client_of("mia", "stock_manager")
    limit = {
        "country": "gb", "hs_prefix": "9503", "kind": "quantity", "amount": "5", "period": "month",
        "source": "UK Order 12", "valid_from": str(today()),
    }  # fmt: skip
    assert clerk.post("/stock/customs/limits/add/", limit).status_code == 403
    assert manager.post("/stock/customs/limits/add/", limit).status_code == 302
    text_of(manager.post("/stock/customs/limits/add/", {**limit, "amount": "-1"}), 422)
    assert "UK Order 12" in text_of(clerk.get("/stock/customs/limits/"))
    clerk.post("/stock/customs/new/", typed())
    page = f"/stock/customs/{CustomsConsignment.objects.get().pk}/"
    assert "the limit is 5 (UK Order 12)" in text_of(clerk.post(f"{page}declare/"), 422)
    made = ImportLimit.objects.get()
    text_of(manager.post(f"/stock/customs/limits/{made.pk}/end/", {"valid_to": "soon"}), 422)
    manager.post(f"/stock/customs/limits/{made.pk}/end/", {"valid_to": str(today())})
    made.refresh_from_db()
    assert made.valid_to == today()


def test_who_may_only_look_sees_no_step(clerk: Client) -> None:
    found = declared()
    shown = text_of(client_of("sal", "sales").get(f"/stock/customs/{found.pk}/"))
    assert "/arrive/" not in shown and "Customs value" not in shown
